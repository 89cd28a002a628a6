import { assert, assertEquals, assertThrows } from "@std/assert";
import { EXIT, ProgramError } from "../errors.ts";
import { parseChatServerFlags } from "./chat_server_flags.ts";

function faultOf(...args: string[]): ProgramError {
  return assertThrows(() => parseChatServerFlags(args), ProgramError);
}

Deno.test("parseChatServerFlags() has the defaults that docs/chat.md tells", () => {
  const { flags } = parseChatServerFlags([]);
  assertEquals(flags.port, 6000);
  assertEquals(flags.history, 50);
  assertEquals(flags.rate, 50);
  assertEquals(flags.idle, 30_000);
  assertEquals(flags["no-keep"], false);
  assertEquals(flags.data, undefined);
});

Deno.test("parseChatServerFlags() refuses what it cannot do with a sentence and exit code 2", () => {
  for (
    const fault of [
      faultOf("--keep", "--no-keep"),
      faultOf("folder"),
      faultOf("--port", "70000"),
      faultOf("--rat", "3"),
    ]
  ) {
    assertEquals(fault.exit, EXIT.usage);
    assert(fault.message.length > 10);
  }
});
