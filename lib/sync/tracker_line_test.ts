import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { anyTrackerMessage } from "../testing/tracker_arbitrary.ts";
import { record } from "../testing/tracker_peer.ts";
import { parseTrackerLine, trackerLine } from "./tracker_line.ts";

Deno.test("parseTrackerLine() gives what trackerLine() wrote, in one line", () => {
  fc.assert(
    fc.property(anyTrackerMessage, (message) => {
      const line = trackerLine(message);
      assertEquals(line.indexOf("\n"), line.length - 1);
      assertEquals(parseTrackerLine(line.slice(0, -1)), message);
    }),
    { numRuns: 500 },
  );
});

const ROOT = "x".repeat(43);
const NUMBERED = { seq: 1, sources: [], record: record("a", "alice") };
const PEER = { id: "0123456789", name: "bob", host: "::1", port: 1 };

/** A message of each kind, as another tracker might write it. */
const SOUND: readonly object[] = [
  {
    m: "welcome",
    proto: 1,
    folder: "f",
    epoch: "e",
    seq: 0,
    time: 1,
    beatMs: 1,
    ttlMs: 1,
    peers: [PEER],
  },
  { m: "no", code: "twin", text: "why" },
  { m: "snap", records: [NUMBERED], seq: 1, more: true },
  { m: "upd", records: [NUMBERED], seq: 1 },
  { m: "ok", id: 1, seqs: [1, 0], seq: 1 },
  { m: "rej", id: 1, at: 0, code: "older", winner: NUMBERED, text: "why" },
  { m: "peers", add: [PEER], del: ["0123456789"] },
  { m: "sources", of: [{ root: ROOT, whole: [], part: [] }] },
  { m: "pong", echo: 1, time: 1, seq: 1, digest: "0".repeat(32), whole: 1 },
  { m: "buckets", digests: ["0".repeat(32)] },
  { m: "own" },
  { m: "lost", path: "a", root: ROOT },
  { m: "waited", id: 1 },
];

Deno.test("parseTrackerLine() takes every kind of message, with fields it does not know", () => {
  for (const message of SOUND) {
    const line = JSON.stringify({ ...message, later: true });
    assert(typeof parseTrackerLine(line) === "object", line);
  }
});

Deno.test("parseTrackerLine() refuses wrong types, cut lines and __proto__ with a sentence, and never throws", () => {
  const wrong = [true, -1, 0.5, "\ud800", "x".repeat(5000), [[]], [{}], {}];
  let refused = 0;
  for (const message of SOUND) {
    const sound = JSON.stringify(message);
    for (const key of Object.keys(message)) {
      for (const value of wrong) {
        const line = JSON.stringify({ ...message, [key]: value });
        if (typeof parseTrackerLine(line) === "string") refused++;
      }
    }
    for (let end = 0; end < sound.length; end++) {
      assertEquals(typeof parseTrackerLine(sound.slice(0, end)), "string");
    }
    const line = `{"__proto__":1,${sound.slice(1)}`;
    assertEquals(typeof parseTrackerLine(line), "string");
  }
  assert(refused > 200, `${refused}`);
});

Deno.test("parseTrackerLine() refuses a record, a peer, a digest or a path that is none", () => {
  const faults = [
    { m: "upd", seq: 1, records: [{ ...NUMBERED, record: { p: "../a" } }] },
    { m: "upd", seq: 1, records: [{ ...NUMBERED, sources: ["x"] }] },
    { m: "peers", add: [{ ...PEER, host: "a b" }], del: [] },
    { m: "peers", add: [{ ...PEER, name: "a\nb" }], del: [] },
    { m: "peers", add: [{ ...PEER, port: 65536 }], del: [] },
    { m: "buckets", digests: ["0"] },
    { m: "lost", path: "/etc", root: ROOT },
    { m: "lost", path: "a", root: "short" },
    { m: "sources", of: [{ root: ROOT, whole: [5] }] },
    {
      m: "sources",
      of: [{ root: ROOT, whole: Array(9).fill("0123456789") }],
    },
  ];
  for (const message of faults) {
    const line = JSON.stringify(message);
    assertEquals(typeof parseTrackerLine(line), "string", line);
  }
});

Deno.test("parseTrackerLine() never throws, whatever stands in a line", () => {
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
      const parsed = parseTrackerLine(line);
      assert(typeof parsed === "string" || typeof parsed.m === "string");
    }),
    { numRuns: 500 },
  );
});
