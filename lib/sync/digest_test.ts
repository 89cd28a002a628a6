import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { anyRecord } from "../testing/any_record.ts";
import { recordOf } from "../testing/records.ts";
import { bucketOf, BUCKETS, RecordDigest } from "./digest.ts";
import type { FileRecord } from "./record.ts";

function digestOf(...records: readonly FileRecord[]): RecordDigest {
  const digest = new RecordDigest();
  for (const record of records) digest.add(record);
  return digest;
}

Deno.test("RecordDigest starts from nothing, and comes back to it", () => {
  const digest = new RecordDigest();
  assertEquals(digest.total(), "0".repeat(32));
  const records = Array.from(
    { length: 500 },
    (_, at) => recordOf({ path: `p${at}` }),
  );
  for (const record of records) digest.add(record);
  assertNotEquals(digest.total(), "0".repeat(32));
  for (const record of records.toReversed()) digest.remove(record);
  assertEquals(digest.total(), "0".repeat(32));
  digest.add(records[0]!);
  digest.clear();
  assertEquals(digest.buckets(), new Array(BUCKETS).fill("0".repeat(32)));
  assertEquals(digest.total(), "0".repeat(32));
});

Deno.test("RecordDigest is the sum, modulo 2^128, of the first 16 bytes of SHA-256, little-endian", () => {
  const records = Array.from(
    { length: 300 },
    (_, at) => recordOf({ path: `p${at}`, root: at % 3 === 0 ? null : "A" }),
  );
  const sums = new Array<bigint>(BUCKETS).fill(0n);
  for (const { path, stamp, root, mtime } of records) {
    const text = `${stamp.phys} ${stamp.logical} ${stamp.by} ${
      root ?? ""
    } ${mtime} 0 ${path}`;
    const hash = createHash("sha256").update(text).digest().subarray(0, 16);
    sums[bucketOf(path)]! += BigInt("0x" + hash.reverse().toString("hex"));
  }
  const hex = (sum: bigint) =>
    BigInt.asUintN(128, sum).toString(16).padStart(32, "0");
  const digest = digestOf(...records);
  assertEquals(digest.buckets(), sums.map(hex));
  assertEquals(digest.total(), hex(sums.reduce((a, b) => a + b)));
});

Deno.test("RecordDigest does not care for the order", () => {
  fc.assert(fc.property(fc.array(anyRecord(), { maxLength: 6 }), (records) => {
    assertEquals(
      digestOf(...records).buckets(),
      digestOf(...records.toReversed()).buckets(),
    );
  }));
});

Deno.test("RecordDigest tells apart what are not the same version", () => {
  const versions = [
    recordOf(),
    recordOf({ root: "B" }),
    recordOf({ root: null }),
    recordOf({ mtime: 1001 }),
    recordOf({ executable: true }),
    recordOf({ path: "g" }),
    recordOf({ stamp: [1001, 0, "a"] }),
    recordOf({ stamp: [1000, 1, "a"] }),
    recordOf({ stamp: [1000, 0, "b"] }),
  ];
  const totals = versions.map((record) => digestOf(record).total());
  assertEquals(new Set(totals).size, versions.length);
});

Deno.test("bucketOf() spreads paths over all buckets", () => {
  const counts = new Array<number>(BUCKETS).fill(0);
  for (let at = 0; at < 25_600; at++) counts[bucketOf(`d/file ${at}.txt`)]!++;
  assert(Math.min(...counts) > 40, `${Math.min(...counts)}`);
  assert(Math.max(...counts) < 200, `${Math.max(...counts)}`);
});
