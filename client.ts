#!/usr/bin/env -S deno run --allow-net --allow-read --allow-write
/**
 * Fetches files from a Landline server over several connections, every byte verified; also lists, uploads, runs, echoes,
 * and has a prompt. `--help` tells the rest.
 *
 * @module
 */

import {
  CLIENT_FLAGS,
  CLIENT_HELP,
  type ClientCommand,
  parseClientCommand,
} from "./lib/cli/client_flags.ts";
import { connectFirst } from "./lib/programs/client/connect.ts";
import { runProgram } from "./lib/programs/run_program.ts";

/** Each command is loaded when it is asked for: a start costs what it needs. */
async function main(command: ClientCommand): Promise<number> {
  switch (command.verb) {
    case "download": {
      // The server is being reached while the rest is loaded.
      const connecting = connectFirst(command);
      connecting.catch(() => {});
      return await (await import("./lib/programs/client/download.ts"))
        .downloadCommand(command, connecting);
    }
    case "list":
      return await (await import("./lib/programs/client/list.ts")).listCommand(
        command,
      );
    case "upload":
      return await (await import("./lib/programs/client/upload.ts"))
        .uploadCommand(command);
    case "run":
    case "echo":
      return await (await import("./lib/programs/client/ask_once.ts"))
        .askOnceCommand(command);
    case "compare":
      return await (await import("./lib/programs/client/compare.ts"))
        .compareCommand(command);
    case "prompt":
      return await (await import("./lib/programs/client/prompt.ts"))
        .promptCommand(command);
    default:
      throw command.verb satisfies never;
  }
}

if (import.meta.main) {
  await runProgram(
    {
      name: "client.ts",
      help: CLIENT_HELP,
      table: CLIENT_FLAGS,
      parse: parseClientCommand,
      main,
    },
    Deno.args,
  );
}
