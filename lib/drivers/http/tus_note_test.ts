import { assertEquals } from "@std/assert";
import { toName } from "../../names/name.ts";
import { formatTusNote, parseTusNote, type TusNote } from "./tus_note.ts";

const NOTE: TusNote = {
  base: toName('a b"\n.txt'),
  length: 90,
  metadata: "filename YQ==",
  lastModified: 1234,
  checkingFrom: 30,
  isFinishing: true,
};

Deno.test("parseTusNote() gives back what formatTusNote() wrote, on one line", () => {
  for (const note of [NOTE, { base: NOTE.base, length: 1 }]) {
    const text = formatTusNote(note);
    assertEquals(parseTusNote(text), note);
    assertEquals(text.split("\n").length, 2);
  }
});

Deno.test("parseTusNote() takes no piece of a note, as a power cut leaves it", () => {
  const text = formatTusNote(NOTE).trimEnd();
  for (let cut = 0; cut < text.length; cut++) {
    assertEquals(parseTusNote(text.slice(0, cut)), undefined);
  }
  assertEquals(parseTusNote("\0".repeat(200)), undefined);
});

const OTHERS: Record<string, unknown> = {
  "another format": { format: "landline-upload-2" },
  "no format": { format: undefined },
  "a base with a folder": { base: "a/b" },
  "a base that leaves the folder": { base: ".." },
  "no base": { base: undefined },
  "a base that is no text": { base: 1 },
  "no length": { length: undefined },
  "a length of nothing": { length: 0 },
  "a negative length": { length: -1 },
  "a length that is no whole number": { length: 1.5 },
  "a length past 2^53": { length: 2 ** 53 },
  "a length that is text": { length: "90" },
  "metadata that is no text": { metadata: {} },
  "a date that is text": { lastModified: "1234" },
  "a negative offset": { checkingFrom: -1 },
  "an end that is not true": { isFinishing: false },
};
for (const [what, change] of Object.entries(OTHERS)) {
  Deno.test(`parseTusNote() takes no note with ${what}`, () => {
    const said = { ...JSON.parse(formatTusNote(NOTE)), ...change as object };
    assertEquals(parseTusNote(JSON.stringify(said)), undefined);
  });
}

Deno.test("parseTusNote() takes no JSON that is something else", () => {
  for (const text of ["null", "1", '"x"', "[]", '["landline-upload-1"]']) {
    assertEquals(parseTusNote(text), undefined);
  }
});
