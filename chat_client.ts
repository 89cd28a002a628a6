#!/usr/bin/env -S deno run --allow-net --allow-env=TERM
/**
 * Talks at a Landline chat server: at a terminal with a prompt, in a pipe with lines for scripts. `--help` tells the rest.
 *
 * @module
 */

import {
  CHAT_CLIENT_FLAGS,
  CHAT_CLIENT_HELP,
  type ChatClientCommand,
  parseChatClientCommand,
} from "./lib/cli/chat_client_flags.ts";
import { runProgram } from "./lib/programs/run_program.ts";

/** What a terminal needs is loaded where there is one. */
async function main(command: ChatClientCommand): Promise<number> {
  if (Deno.stdin.isTerminal() && Deno.stdout.isTerminal()) {
    const { terminalChat } = await import(
      "./lib/programs/chat_client/terminal.ts"
    );
    return await terminalChat(command);
  }
  const { pipedChat } = await import("./lib/programs/chat_client/piped.ts");
  return await pipedChat(command);
}

if (import.meta.main) {
  await runProgram(
    {
      name: "chat_client.ts",
      help: CHAT_CLIENT_HELP,
      table: CHAT_CLIENT_FLAGS,
      parse: parseChatClientCommand,
      main,
    },
    Deno.args,
  );
}
