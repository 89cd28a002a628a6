import { assertEquals, assertThrows } from "@std/assert";
import { EXIT, ProgramError } from "../errors.ts";
import {
  CHAT_CLIENT_FLAGS,
  CHAT_CLIENT_HELP,
  parseChatClientCommand,
} from "./chat_client_flags.ts";
import { helpOf } from "./flags.ts";

Deno.test("parseChatClientCommand() finds the server in flags and in the address that the server shows", () => {
  for (
    const [args, host, port] of [
      ["", "localhost", 6000],
      ["--ip ::1 --port 7 --username alice", "::1", 7],
      ["http://192.168.1.7:6001/", "192.168.1.7", 6001],
      ["http://[fe80::1%eth0]:6000", "fe80::1%eth0", 6000],
      ["landline://nas", "nas", 6000],
      // RFC 9110 4.2.1.
      ["http://nas/", "nas", 80],
      ["http://nas:8/ --port 9 --ip other", "other", 9],
    ] as const
  ) {
    const words = args.split(" ").filter((word) => word !== "");
    const command = parseChatClientCommand(words);
    assertEquals([command.host, command.port], [host, port], args);
  }
});

Deno.test("parseChatClientCommand() refuses what it does not understand, with exit code 2", () => {
  for (
    const args of [
      ["nas"],
      ["https://nas/"],
      ["http://nas:x/"],
      ["http://nas:0/"],
      ["http://nas:65536/"],
      ["http://nas/room"],
      ["http://a/", "http://b/"],
      ["--colour", "always"],
      ["--color", "sometimes"],
      ["--history", "-1"],
      ["--username", ""],
    ]
  ) {
    const error = assertThrows(
      () => parseChatClientCommand(args),
      ProgramError,
    );
    assertEquals(error.exit, EXIT.usage, args.join(" "));
  }
});

Deno.test("CHAT_CLIENT_HELP fits into a terminal of 120 columns, and tells what is typed and seen", () => {
  const help = helpOf(CHAT_CLIENT_HELP, CHAT_CLIENT_FLAGS);
  for (const line of help.split("\n")) {
    assertEquals(line.length <= 120, true, line);
  }
  for (const text of ["hello | bob", "alice|hello", "--stay", "Exit codes:"]) {
    assertEquals(help.includes(text), true, text);
  }
});
