import {
  assert,
  assertEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { toBytes } from "../bytes/ascii.ts";
import { Refusal } from "../errors.ts";
import { anyText } from "../testing/arbitrary.ts";
import {
  CHECKSUM_ALGORITHMS,
  METADATA_BYTES_MAX,
  METADATA_PAIRS_MAX,
  parseChecksum,
  parseMetadata,
} from "./metadata.ts";

function metadataOf(value: string | undefined): Record<string, string> {
  return Object.fromEntries(parseMetadata(value));
}

Deno.test("parseMetadata() reads the example of tus, where a value may be missing", () => {
  assertEquals(
    metadataOf("filename d29ybGRfZG9taW5hdGlvbl9wbGFuLnBkZg==,is_confidential"),
    { filename: "world_domination_plan.pdf", is_confidential: "" },
  );
});

Deno.test("parseMetadata() reads what several lines of the field make, and none", () => {
  assertEquals(metadataOf("a YQ==, b YWI=,\tc "), { a: "a", b: "ab", c: "" });
  assertEquals(metadataOf(undefined), {});
  assertEquals(metadataOf(""), {});
});

Deno.test("parseMetadata() gives back every value that is text", () => {
  const text = anyText();
  fc.assert(fc.property(text, text, (a, b) => {
    const pairs = [a, b].map((value, at) =>
      `k${at} ${toBytes(value).toBase64()}`
    );
    assertEquals(metadataOf(pairs.join()), { k0: a, k1: b });
  }));
});

Deno.test("parseMetadata() keeps keys apart from what objects are made of (S9)", () => {
  const metadata = parseMetadata("__proto__ YQ==,constructor YQ==");
  assertEquals([...metadata.keys()], ["__proto__", "constructor"]);
  assertEquals(parseMetadata("a YQ==").get("toString"), undefined);
});

Deno.test("parseMetadata() refuses what tus does not have", () => {
  const refused: [value: string, fault: string][] = [
    [" ", "list of keys and values"],
    [",", "list of keys and values"],
    ["a YQ==,", "list of keys and values"],
    [",a YQ==", "list of keys and values"],
    ["a YQ==,,b", "list of keys and values"],
    ["a  YQ==", "list of keys and values"],
    ["a\tYQ==", "list of keys and values"],
    ["a YQ== YQ==", "list of keys and values"],
    ["\u00e4 YQ==", "list of keys and values"],
    ["a YQ==,a YQ==", "a key twice"],
    ["a,a", "a key twice"],
    // Base64 in one way only, so that two programs cannot read two names.
    ["a YQ", "not Base64"],
    ["a YQ=", "not Base64"],
    ["a YR==", "not Base64"],
    ["a YQ===", "not Base64"],
    ["a YQ==YQ==", "not Base64"],
    ["a =", "not Base64"],
    ["a YW-_", "not Base64"],
    ["a Y", "not Base64"],
    ["a YQ==\n", "not Base64"],
    ["a YQ==;", "not Base64"],
    // 0xff; a slash in two bytes; half a surrogate pair.
    ["a /w==", "not Base64 of UTF-8"],
    ["a wK8=", "not Base64 of UTF-8"],
    ["a 7aCA", "not Base64 of UTF-8"],
  ];
  for (const [value, fault] of refused) {
    const refusal = assertThrows(() => parseMetadata(value), Refusal);
    assertEquals(refusal.code, "bad-request", value);
    assertStringIncludes(refusal.message, fault, value);
  }
});

Deno.test("parseMetadata() takes as much as it says, and refuses more (D2)", () => {
  const pairs = (count: number) =>
    Array.from({ length: count }, (_, at) => `k${at}`).join();
  assertEquals(
    parseMetadata(pairs(METADATA_PAIRS_MAX)).size,
    METADATA_PAIRS_MAX,
  );
  assertThrows(
    () => parseMetadata(pairs(METADATA_PAIRS_MAX + 1)),
    Refusal,
    "too many",
  );
  const long = (length: number) => "k".repeat(length);
  assertEquals(parseMetadata(long(METADATA_BYTES_MAX)).size, 1);
  assertThrows(
    () => parseMetadata(long(METADATA_BYTES_MAX + 1)),
    Refusal,
    "too long",
  );
});

Deno.test("parseChecksum() reads the example of tus, SHA-256, MD5 and CRC-32", () => {
  const { algorithm, digest } = parseChecksum(
    "sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=",
  );
  assertEquals(algorithm, "sha1");
  assertEquals(digest.toHex(), "2aae6c35c94fcfb415dbe95f408b9ce91ee846ed");
  assertEquals(parseChecksum("md5 1B2M2Y8AsgTpgAmY7PhCfg==").digest.length, 16);
  assertEquals(parseChecksum("crc32 y/Q5Jg==").digest.toHex(), "cbf43926");
  const zeros = new Uint8Array(32);
  assertEquals(parseChecksum(`sha256 ${zeros.toBase64()}`), {
    algorithm: "sha256",
    digest: zeros,
  });
});

Deno.test("parseChecksum() knows what it lists", () => {
  assertEquals(CHECKSUM_ALGORITHMS, "sha1,sha256,md5,crc32");
});

Deno.test("parseChecksum() refuses other algorithms, and digests that are none of theirs", () => {
  const sha1 = "Kq5sNclPz7QV2+lfQIuc6R7oRu0=";
  const refused = [
    "",
    "sha1",
    "sha1 ",
    ` ${sha1}`,
    sha1,
    `md4 ${sha1}`,
    `md5 ${sha1}`,
    `SHA1 ${sha1}`,
    `__proto__ ${sha1}`,
    `toString ${sha1}`,
    `sha1  ${sha1}`,
    `sha1 ${sha1} `,
    `sha1,${sha1}`,
    `sha1 ${sha1}, sha1 ${sha1}`,
    `sha256 ${sha1}`,
    "sha1 AAAA",
    `sha1 ${sha1.slice(0, -1)}`,
    // The same bytes, written in another way.
    "sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu1=",
    "sha1 Kq5sNclPz7QV2-lfQIuc6R7oRu0=",
    "sha1 2aae6c35c94fcfb415dbe95f408b9ce91ee846ed",
    `sha1 ${"A".repeat(30_000)}`,
  ];
  for (const value of refused) {
    const refusal = assertThrows(() => parseChecksum(value), Refusal);
    assertEquals(refusal.code, "bad-request", value);
    assert(!refusal.message.includes("Kq5s"));
  }
});
