import { assertEquals } from "@std/assert";
import {
  type HashAlgorithm,
  runningHash,
  runningXxh64,
  xxh64,
} from "./checks.ts";

/** What everybody publishes for `123456789`, in two pieces. */
const PUBLISHED: [HashAlgorithm, string][] = [
  ["crc32", "cbf43926"],
  ["md5", "25f9e794323b453885f5181f1b624d0b"],
  ["sha1", "f7c3bc1d808e04732adf679965ccc34ca7ae3441"],
  [
    "sha256",
    "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
  ],
];

for (const [algorithm, digest] of PUBLISHED) {
  Deno.test(`runningHash() makes the ${algorithm} that everybody publishes, of pieces`, async () => {
    const check = await runningHash(algorithm);
    for (const piece of ["1234", "", "56789"]) {
      check.update(new TextEncoder().encode(piece));
    }
    assertEquals(check.digest(), digest);
  });
}

Deno.test("runningHash() keeps the zeros in front of a CRC-32", async () => {
  const check = await runningHash("crc32");
  assertEquals(check.digest(), "00000000");
});

Deno.test("runningXxh64() of pieces is xxh64() of the whole", () => {
  const check = runningXxh64();
  const bytes = new TextEncoder().encode("123456789");
  check.update(bytes.subarray(0, 4));
  check.update(bytes.subarray(4));
  assertEquals(check.digest(), xxh64(bytes));
});
