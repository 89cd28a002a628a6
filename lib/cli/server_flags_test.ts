import { assert, assertEquals, assertThrows } from "@std/assert";
import { EXIT, ProgramError } from "../errors.ts";
import { parseServerFlags, SERVER_FLAGS, SERVER_HELP } from "./server_flags.ts";

Deno.test("parseServerFlags() serves the current folder, read-only, on port 5000", () => {
  const { flags, folder } = parseServerFlags([]);
  assertEquals(folder, ".");
  assertEquals(flags.port, 5000);
  assertEquals(flags["allow-upload"], false);
  assertEquals(flags["allow-run"], undefined);
  assertEquals(flags.hidden, false);
});

Deno.test("parseServerFlags() takes the command lines that are in people's fingers", () => {
  assertEquals(parseServerFlags(["--port", "5000", "2024"]).folder, "2024");
  assertEquals(parseServerFlags(["--allow-upload", "DIR"]).folder, "DIR");
  assertEquals(parseServerFlags(["--hidden", "DIR", "--port=0"]).folder, "DIR");
  const { flags } = parseServerFlags(["--allow-run", "ls,ps aux,uname *"]);
  assertEquals(flags["allow-run"], "ls,ps aux,uname *");
  assertEquals(
    parseServerFlags(["--chunk-size", "1000"]).flags["chunk-size"],
    1000,
  );
});

Deno.test("parseServerFlags() refuses a second folder", () => {
  const error = assertThrows(() => parseServerFlags(["a", "b"]), ProgramError);
  assertEquals(error.exit, EXIT.usage);
  assert(error.message.startsWith("Only one folder can be served, not 2"));
});

Deno.test("SERVER_HELP tells every exit code of a server", () => {
  for (const code of [0, 1, 2, 3, 4, 130, 143]) {
    assert(new RegExp(`\\b${code}\\b`).test(SERVER_HELP.more), String(code));
  }
});

Deno.test("SERVER_FLAGS gives no short spelling twice", () => {
  const all = Object.entries(SERVER_FLAGS).flatMap(([name, flag]) => [
    name,
    ..."alias" in flag ? flag.alias : [],
  ]);
  assertEquals(new Set(all).size, all.length);
});
