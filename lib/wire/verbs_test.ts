import { assert, assertEquals } from "@std/assert";
import { toName } from "../names/name.ts";
import { bodyBytesOf, helpText, PART_BYTES_MAX, VERBS } from "./verbs.ts";

Deno.test("helpText() has a line for every verb, with what follows it", () => {
  const lines = helpText().trimEnd().split("\n");
  const verbs = Object.entries(VERBS);
  assertEquals(lines.length, verbs.length);
  for (const [i, [verb, { template, help }]] of verbs.entries()) {
    assertEquals(
      lines[i]!.replace(/ +/g, " "),
      `${verb} ${template} ${help}`.replace(/ +/g, " "),
    );
  }
});

Deno.test("helpText() fits a terminal of 120 columns", () => {
  for (const line of helpText().split("\n")) assert(line.length <= 120, line);
});

Deno.test("helpText() names the limit of a part that is enforced", () => {
  assert(VERBS.part.help.includes(String(PART_BYTES_MAX)));
});

Deno.test("bodyBytesOf() tells the length behind upload and part, and 0 for all else", () => {
  const name = toName("a");
  const hex = "0".repeat(16);
  assertEquals(bodyBytesOf({ verb: "upload", length: 7, name }), 7);
  assertEquals(
    bodyBytesOf({ verb: "part", token: hex, offset: 9, length: 8, xxh64: hex }),
    8,
  );
  assertEquals(bodyBytesOf({ verb: "read", offset: 0, length: 7, name }), 0);
  assertEquals(bodyBytesOf({ verb: "help" }), 0);
});
