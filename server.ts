#!/usr/bin/env -S deno run --allow-net --allow-read --allow-sys=networkInterfaces
/**
 * Serves the files of a folder, over HTTP and Landline's wire protocol, on IPv4 and IPv6. `--help` tells the rest.
 *
 * @module
 */

import {
  parseServerFlags,
  SERVER_FLAGS,
  SERVER_HELP,
} from "./lib/cli/server_flags.ts";
import { qrCode } from "./lib/cli/qr.ts";
import { phoneUrl } from "./lib/cli/addresses.ts";
import { startUpText } from "./lib/cli/start_up.ts";
import { EXIT } from "./lib/errors.ts";
import { ownAddresses } from "./lib/io/listener.ts";
import { StopSignal } from "./lib/io/signals.ts";
import { writeOut } from "./lib/io/terminal.ts";
import { startFileServer } from "./lib/programs/file_server.ts";
import { metricsMemory } from "./lib/drivers/metrics.ts";
import { runProgram } from "./lib/programs/run_program.ts";
import { startThreads } from "./lib/programs/threads.ts";

async function main(
  { flags, folder }: ReturnType<typeof parseServerFlags>,
): Promise<number> {
  const sharing = flags.workers > 1 ? "first" : "alone";
  const place = {
    thread: 0,
    memory: metricsMemory(flags.workers),
    startedAt: Date.now(),
  };
  const server = startFileServer(flags, folder, sharing, place);
  const threads = await startThreads(
    flags.workers - 1,
    { ...flags, port: server.port },
    server.root,
    place,
  );
  using stop = new StopSignal();
  const startUp = {
    flags,
    root: server.root,
    port: server.port,
    addresses: ownAddresses(),
  };
  writeOut(startUpText(startUp));
  const url = flags.qr ? phoneUrl(startUp) : undefined;
  if (url !== undefined) {
    const colours = Deno.stdout.isTerminal() && !Deno.noColor;
    writeOut(`${await qrCode(url, colours)}${url}\n`);
  }
  await stop.received;
  await Promise.all([server.stop(), threads.stop()]);
  return EXIT.ok;
}

if (import.meta.main) {
  await runProgram(
    {
      name: "server.ts",
      help: SERVER_HELP,
      table: SERVER_FLAGS,
      parse: parseServerFlags,
      main,
    },
    Deno.args,
  );
}
