import { assert, assertEquals, assertThrows } from "@std/assert";
import { EXIT, ProgramError } from "../errors.ts";
import { parseTrackerFlags } from "./tracker_flags.ts";

Deno.test("parseTrackerFlags() has the defaults that docs/sync.md tells", () => {
  const { flags } = parseTrackerFlags([]);
  assertEquals(flags.port, 7000);
  assertEquals(flags["max-clients"], 4096);
  assertEquals(flags["max-files"], 1_000_000);
  assertEquals([flags.data, flags.bind, flags.qr], [undefined, [], false]);
});

Deno.test("parseTrackerFlags() refuses what it cannot do with a sentence and exit code 2", () => {
  const wrong = [["folder"], ["--port", "70000"], ["--max-files", "0"], [
    "--dat",
    "x",
  ]];
  for (const args of wrong) {
    const fault = assertThrows(() => parseTrackerFlags(args), ProgramError);
    assertEquals(fault.exit, EXIT.usage);
    assert(fault.message.length > 10);
  }
});
