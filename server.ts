#!/usr/bin/env -S deno run --allow-net --allow-read --allow-sys=networkInterfaces
/**
 * Serves the files of a folder over Landline's wire protocol, on IPv4 and IPv6. `--help` tells the rest.
 *
 * @module
 */

import {
  parseServerFlags,
  SERVER_FLAGS,
  SERVER_HELP,
} from "./lib/cli/server_flags.ts";
import { startUpText } from "./lib/cli/start_up.ts";
import { EXIT } from "./lib/errors.ts";
import { ownAddresses } from "./lib/io/listener.ts";
import { StopSignal } from "./lib/io/signals.ts";
import { writeOut } from "./lib/io/terminal.ts";
import { startFileServer } from "./lib/programs/file_server.ts";
import { runProgram } from "./lib/programs/run_program.ts";
import { startThreads } from "./lib/programs/threads.ts";

async function main(
  { flags, folder }: ReturnType<typeof parseServerFlags>,
): Promise<number> {
  const sharing = flags.workers > 1 ? "first" : "alone";
  const server = startFileServer(flags, folder, sharing);
  const threads = await startThreads(flags.workers - 1, {
    ...flags,
    port: server.port,
  }, server.root);
  using stop = new StopSignal();
  writeOut(
    startUpText({
      flags,
      root: server.root,
      port: server.port,
      addresses: ownAddresses(),
    }),
  );
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
