#!/usr/bin/env -S deno run --allow-net --allow-sys=networkInterfaces
/**
 * Where peers meet that keep a folder the same on every machine, on IPv4 and IPv6. `--help` tells the rest.
 *
 * @module
 */

import { phoneUrl } from "./lib/cli/addresses.ts";
import { qrCode } from "./lib/cli/qr.ts";
import {
  parseTrackerFlags,
  TRACKER_FLAGS,
  TRACKER_HELP,
} from "./lib/cli/tracker_flags.ts";
import { trackerStartUpText } from "./lib/cli/tracker_start_up.ts";
import { EXIT } from "./lib/errors.ts";
import { ownAddresses } from "./lib/io/listener.ts";
import { StopSignal } from "./lib/io/signals.ts";
import { writeOut } from "./lib/io/terminal.ts";
import { runProgram } from "./lib/programs/run_program.ts";
import { startTracker } from "./lib/programs/tracker.ts";

async function main(
  { flags }: ReturnType<typeof parseTrackerFlags>,
): Promise<number> {
  const tracker = await startTracker(flags);
  using stop = new StopSignal();
  const reach = { flags, port: tracker.port, addresses: ownAddresses() };
  writeOut(trackerStartUpText(reach, flags.data));
  const url = flags.qr ? phoneUrl(reach) : undefined;
  if (url !== undefined) {
    const colours = Deno.stdout.isTerminal() && !Deno.noColor;
    writeOut(`${await qrCode(url, colours)}${url}\n`);
  }
  await stop.received;
  await tracker.stop();
  return EXIT.ok;
}

if (import.meta.main) {
  await runProgram(
    {
      name: "tracker.ts",
      help: TRACKER_HELP,
      table: TRACKER_FLAGS,
      parse: parseTrackerFlags,
      main,
    },
    Deno.args,
  );
}
