import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { anyPeerMessage } from "../testing/tracker_arbitrary.ts";
import { hello, record } from "../testing/tracker_peer.ts";
import { HAVE_ROOTS_MAX, parsePeerLine, peerLine } from "./peer_line.ts";

Deno.test("parsePeerLine() gives what peerLine() wrote, in one line", () => {
  fc.assert(
    fc.property(anyPeerMessage, (message) => {
      const line = peerLine(message);
      assertEquals(line.indexOf("\n"), line.length - 1);
      assertEquals<unknown>(parsePeerLine(line.slice(0, -1)), message);
    }),
    { numRuns: 500 },
  );
});

/** A message of each kind, as a stranger writes it. */
const SOUND: readonly object[] = [
  hello("alice", {
    folder: "f",
    formerly: ["0123456789"],
    advertise: "host:9",
    epoch: "e",
  }),
  { m: "put", id: 1, records: [record("a", "alice")] },
  { m: "have", seq: 5, lack: ["x".repeat(43)], got: [], part: [] },
  { m: "ping", time: 1, sent: 2, received: 3, left: 4 },
  { m: "want", roots: ["x".repeat(43), "y".repeat(43)] },
  { m: "bad", peer: "0123456789", why: "corrupt" },
  { m: "sync", buckets: [0, 255] },
  { m: "wait", id: 1, seq: 2, name: "bob" },
  { m: "bye" },
];

Deno.test("parsePeerLine() takes every kind of message, with fields it does not know", () => {
  for (const message of SOUND) {
    const line = JSON.stringify({ ...message, later: [1, { 2: null }] });
    assert(typeof parsePeerLine(line) === "object", line);
  }
});

const WRONG: readonly unknown[] = [
  null,
  true,
  -1,
  0.5,
  1e300,
  "",
  "\u0000",
  "\ud800",
  "x".repeat(5000),
  [],
  [[]],
  {},
  { __proto__: null, length: 1 },
];

Deno.test("parsePeerLine() refuses every field of a wrong type with a sentence, and never throws", () => {
  let refused = 0;
  for (const message of SOUND) {
    for (const key of Object.keys(message)) {
      for (const value of WRONG) {
        const line = JSON.stringify({ ...message, [key]: value });
        const parsed = parsePeerLine(line);
        if (typeof parsed !== "string") continue;
        refused++;
        assert(/^[A-Z"].{5,300}$/.test(parsed), parsed);
      }
    }
  }
  assert(refused > 200, `${refused}`);
});

Deno.test("parsePeerLine() refuses a message that lacks a field it needs", () => {
  const optional = new Set([
    "folder",
    "formerly",
    "advertise",
    "epoch",
    "lack",
    "got",
    "part",
    "records",
    "roots",
    "buckets",
    "name of wait",
  ]);
  for (const message of SOUND) {
    const { m } = message as { m: string };
    for (const key of Object.keys(message)) {
      const { [key]: _, ...rest } = message as Record<string, unknown>;
      const parsed = parsePeerLine(JSON.stringify(rest));
      const mayLack = optional.has(key) || optional.has(`${key} of ${m}`);
      assertEquals(typeof parsed, mayLack ? "object" : "string", `${m} ${key}`);
    }
  }
});

Deno.test("parsePeerLine() refuses what is no JSON object, cut off, or has a key __proto__", () => {
  for (const line of ["", " ", "[]", "1", '"hello"', "null", "GET /", "{"]) {
    assertEquals(typeof parsePeerLine(line), "string", line);
  }
  for (const message of SOUND) {
    const line = JSON.stringify(message);
    for (let end = 0; end < line.length; end++) {
      assertEquals(typeof parsePeerLine(line.slice(0, end)), "string");
    }
    assertEquals(
      parsePeerLine(`{"__proto__":{"m":"bye"},${line.slice(1)}`),
      'The message has a key "__proto__"',
    );
  }
  // Where no key of ours is, the prototype's is not taken for it.
  assertEquals(typeof parsePeerLine('{"m":"toString"}'), "string");
});

Deno.test("parsePeerLine() takes 0, 1, 2 and 50 elements, and not more than it may", () => {
  const lists: readonly [string, string, unknown, number][] = [
    ["put", "records", record("a", "alice"), 500],
    ["sync", "buckets", 7, 256],
    ["have", "lack", "x".repeat(43), HAVE_ROOTS_MAX],
    ["have", "got", "x".repeat(43), HAVE_ROOTS_MAX],
    ["have", "part", "x".repeat(43), HAVE_ROOTS_MAX],
  ];
  for (const [m, key, element, max] of lists) {
    for (const count of [0, 1, 2, 50, max, max + 1]) {
      const elements = Array.from({ length: count }, () => element);
      const sound = { seq: 1, id: 1, m, [key]: elements };
      const parsed = parsePeerLine(JSON.stringify(sound));
      assertEquals(typeof parsed, count > max ? "string" : "object", key);
    }
  }
  const half = Array.from(
    { length: HAVE_ROOTS_MAX / 2 + 1 },
    () => "x".repeat(43),
  );
  const have = { m: "have", seq: 1, lack: half, got: half };
  assertEquals(
    parsePeerLine(JSON.stringify(have)),
    `A "have" names at most ${HAVE_ROOTS_MAX} contents`,
  );
});

Deno.test("parsePeerLine() gives the reason in place of a record that is none, and the others as they are", () => {
  const records = [record("a", "alice"), record("../b", "alice"), 5];
  const parsed = parsePeerLine(JSON.stringify({ m: "put", id: 1, records }));
  assert(typeof parsed === "object" && parsed.m === "put");
  assertEquals(parsed.records.map((each) => typeof each), [
    "object",
    "string",
    "string",
  ]);
});

Deno.test("parsePeerLine() never throws, whatever stands in a line", () => {
  const anything = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.json({ maxDepth: 4 }),
    fc.tuple(
      fc.constantFrom(...SOUND.map((each) => (each as { m: string }).m)),
      fc.dictionary(fc.string(), fc.jsonValue()),
    ).map(([m, fields]) => JSON.stringify({ ...fields, m })),
  );
  fc.assert(
    fc.property(anything, (line) => {
      const parsed = parsePeerLine(line);
      assert(typeof parsed === "string" || typeof parsed.m === "string");
    }),
    { numRuns: 500 },
  );
});
