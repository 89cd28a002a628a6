import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { anyRecord } from "../testing/any_record.ts";
import { recordOf } from "../testing/records.ts";
import { recordFromJson, recordToJson, VECTOR_MAX } from "./record_json.ts";

Deno.test("recordToJson() leaves out what is nothing, and recordFromJson() puts it back", () => {
  const file = recordOf({ stamp: [5, 6, "k3f9"], executable: true });
  assertEquals(JSON.parse(JSON.stringify(recordToJson(file))), {
    p: "f",
    z: 10,
    m: 1000,
    x: 1,
    h: file.root,
    b: 17,
    s: [5, 6, "k3f9000000"],
    v: { k3f9000000: 1 },
  });
  const folder = recordOf({ kind: "folder", path: "d" });
  assertEquals(JSON.parse(JSON.stringify(recordToJson(folder))), {
    p: "d",
    t: "d",
    h: "folder",
    s: [1000, 0, "a000000000"],
    v: { a000000000: 1 },
  });
  const gone = recordOf({
    root: null,
    earlier: ["A"],
    copyOf: "c",
    movedFrom: "m",
  });
  assertEquals(JSON.parse(JSON.stringify(recordToJson(gone))), {
    p: "f",
    h: null,
    s: [1000, 0, "a000000000"],
    v: { a000000000: 1 },
    q: ["A----------"],
    c: "c",
    mv: "m",
  });
  for (const record of [file, folder, gone]) {
    assertEquals(recordFromJson(recordToJson(record)), record);
  }
});

Deno.test("recordFromJson() reads all that recordToJson() writes", () => {
  fc.assert(fc.property(anyRecord(), (record) => {
    const json = JSON.stringify(recordToJson(record));
    assertEquals(recordFromJson(JSON.parse(json)), record);
  }));
});

const GOOD = {
  p: "f",
  z: 10,
  m: 5,
  h: "A".repeat(43),
  b: 17,
  s: [5, 6, "k3f9000000"],
  v: { k3f9000000: 1 },
};

/** What is changed in a good record -> what the refusal has to speak of. */
const BAD: readonly [change: object, about: string][] = [
  [{ p: undefined }, '"p"'],
  [{ p: 5 }, '"p"'],
  [{ p: "" }, "empty"],
  [{ p: "../f" }, '".."'],
  [{ p: "a//f" }, "empty part"],
  [{ p: "/f" }, "absolute"],
  [{ p: "a\0" }, "NUL"],
  [{ p: "\ud800" }, "Unicode"],
  [{ p: "x".repeat(256) }, "too long"],
  [{ p: "e\u0301" }, "NFC"],
  [{ p: ".landline/id" }, "Landline"],
  [{ p: "a/.landline.x" }, "Landline"],
  [{ t: "f" }, '"t"'],
  [{ t: "d" }, '"h"'],
  [{ t: "d", h: "folder" }, "content"],
  [{ t: "d", h: null, z: undefined, b: undefined }, "content"],
  [{ h: undefined }, '"h"'],
  [{ h: "folder" }, '"h"'],
  [{ h: "A".repeat(42) }, '"h"'],
  [{ h: "A".repeat(42) + "=" }, '"h"'],
  [{ h: null }, "content"],
  [{ z: -1 }, '"z"'],
  [{ z: 1.5 }, '"z"'],
  [{ z: "10" }, '"z"'],
  [{ z: 2048 * 2 ** 17 + 1 }, "blocks"],
  [{ z: 2 ** 44 + 1, b: 24 }, "blocks"],
  [{ b: 25 }, '"b"'],
  [{ b: -1 }, '"b"'],
  [{ m: 0.5 }, '"m"'],
  [{ m: 2 ** 49 }, '"m"'],
  [{ m: -(2 ** 49) }, '"m"'],
  [{ m: "5" }, '"m"'],
  [{ x: 2 }, '"x"'],
  [{ x: true }, '"x"'],
  [{ s: undefined }, '"s"'],
  [{ s: [5, 6] }, '"s"'],
  [{ s: [5, 6, "k3f9000000", 7] }, '"s"'],
  [{ s: [-1, 6, "k3f9000000"] }, '"s"'],
  [{ s: [2 ** 49, 6, "k3f9000000"] }, '"s"'],
  [{ s: [5, 2 ** 33, "k3f9000000"] }, '"s"'],
  [{ s: [5, 6, "K3f9000000"] }, '"s"'],
  [{ s: [5, 6, "k3f9"] }, '"s"'],
  [{ s: [5, 6, "b000000000"] }, '"v"'],
  [{ v: undefined }, '"v"'],
  [{ v: [] }, '"v"'],
  [{ v: { k3f9000000: 0 } }, '"v"'],
  [{ v: { k3f9000000: -1 } }, '"v"'],
  [{ v: { k3f9000000: 2 ** 49 } }, '"v"'],
  [{ v: { k3f9000000: 1, x: 1 } }, '"v"'],
  [{ q: "A" }, '"q"'],
  [{ q: ["A"] }, '"q"'],
  [{ q: Array(9).fill("A".repeat(11)) }, '"q"'],
  [{ c: "../x" }, '"c"'],
  [{ mv: ".landline/x" }, '"mv"'],
];

Deno.test("recordFromJson() refuses what is wrong, and says what", () => {
  assert(typeof recordFromJson(GOOD) === "object");
  for (const [change, about] of BAD) {
    const reason = recordFromJson({ ...GOOD, ...change });
    assert(typeof reason === "string", JSON.stringify(change));
    assertStringIncludes(reason, about);
  }
  for (const value of [null, undefined, 5, "x", [], true]) {
    assert(typeof recordFromJson(value) === "string");
  }
});

Deno.test("recordFromJson() refuses a vector of more replicas than ever change a path", () => {
  const vector = Object.fromEntries(
    Array.from(
      { length: VECTOR_MAX },
      (_, at) => [`${at}`.padStart(10, "0"), 1],
    ),
  );
  const s = [5, 6, "0000000000"];
  assert(typeof recordFromJson({ ...GOOD, s, v: vector }) === "object");
  const more = { ...vector, zzzzzzzzzz: 1 };
  assert(typeof recordFromJson({ ...GOOD, s, v: more }) === "string");
});

Deno.test("recordFromJson() takes no name of a prototype for a replica", () => {
  const text = JSON.stringify(GOOD);
  for (
    const [from, to] of [
      ['"v":{', '"v":{"__proto__":1,'],
      ['"v":{', '"v":{"constructor":1,'],
      ["{", '{"__proto__":{"x":1},'],
    ] as const
  ) {
    const value = JSON.parse(text.replace(from, to));
    assert(typeof recordFromJson(value) === "string");
  }
});

Deno.test("recordFromJson() gives a record or a sentence, whatever comes", () => {
  const keys = [...Object.keys(GOOD), "t", "x", "q", "c", "mv", "other"];
  const change = fc.dictionary(fc.constantFrom(...keys), fc.jsonValue());
  fc.assert(fc.property(change, (changes) => {
    const read = recordFromJson({ ...GOOD, ...changes });
    assert(typeof read === "string" || read.path.length > 0);
  }));
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    assert(typeof recordFromJson(value) === "string");
  }));
});

Deno.test("docs/sync.md shows a record as it is", async () => {
  const url = new URL("../../docs/sync.md", import.meta.url);
  const text = await Deno.readTextFile(url);
  const json = /## Records[\s\S]*?```json\n([\s\S]*?)\n```/.exec(text)![1]!;
  const record = recordFromJson(JSON.parse(json));
  assert(typeof record === "object", `${record}`);
  assertEquals(recordToJson(record), JSON.parse(json));
});
