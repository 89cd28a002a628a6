#!/usr/bin/env -S deno run --allow-net --allow-sys=networkInterfaces
/**
 * A chat for terminals and browsers, on IPv4 and IPv6. `--help` tells the rest.
 *
 * @module
 */

import { phoneUrl } from "./lib/cli/addresses.ts";
import {
  CHAT_SERVER_FLAGS,
  CHAT_SERVER_HELP,
  parseChatServerFlags,
} from "./lib/cli/chat_server_flags.ts";
import { chatStartUpText } from "./lib/cli/chat_start_up.ts";
import { qrCode } from "./lib/cli/qr.ts";
import { EXIT } from "./lib/errors.ts";
import { ownAddresses } from "./lib/io/listener.ts";
import { StopSignal } from "./lib/io/signals.ts";
import { writeOut } from "./lib/io/terminal.ts";
import { startChatServer } from "./lib/programs/chat_server.ts";
import { runProgram } from "./lib/programs/run_program.ts";

async function main(
  { flags }: ReturnType<typeof parseChatServerFlags>,
): Promise<number> {
  const server = await startChatServer(flags);
  using stop = new StopSignal();
  const reach = { flags, port: server.port, addresses: ownAddresses() };
  writeOut(chatStartUpText(reach, server.webPort, flags.data));
  const url = flags.qr
    ? phoneUrl({ ...reach, port: server.webPort })
    : undefined;
  if (url !== undefined) {
    const colours = Deno.stdout.isTerminal() && !Deno.noColor;
    writeOut(`${await qrCode(url, colours)}${url}\n`);
  }
  await stop.received;
  await server.stop();
  return EXIT.ok;
}

if (import.meta.main) {
  await runProgram(
    {
      name: "chat_server.ts",
      help: CHAT_SERVER_HELP,
      table: CHAT_SERVER_FLAGS,
      parse: parseChatServerFlags,
      main,
    },
    Deno.args,
  );
}
