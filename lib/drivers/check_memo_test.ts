import { assertEquals, assertNotEquals } from "@std/assert";
import { CheckMemo } from "./check_memo.ts";

const INFO = { size: 10, mtime: 5, version: "v1" };

Deno.test("CheckMemo.key differs with version, piece and name", () => {
  const memo = new CheckMemo();
  const keys = [
    memo.key("a", INFO, 0, 10),
    memo.key("b", INFO, 0, 10),
    memo.key("a", { ...INFO, version: "v2" }, 0, 10),
    memo.key("a", INFO, 1, 10),
    memo.key("a", INFO, 0, 11),
    // Names may look like the other fields.
    memo.key("10 a", INFO, 0, 0),
    memo.key("0 10 a", INFO, 0, 10),
  ];
  assertEquals(new Set(keys).size, keys.length);
});

Deno.test("CheckMemo.remembered computes once, and every time without a key", () => {
  const memo = new CheckMemo();
  let computed = 0;
  const compute = () => `check ${++computed}`;
  assertEquals(memo.remembered("k", compute), "check 1");
  assertEquals(memo.remembered("k", compute), "check 1");
  assertEquals(memo.remembered(undefined, compute), "check 2");
  assertEquals(memo.remembered(undefined, compute), "check 3");
  assertEquals(memo.get(undefined), undefined);
});

Deno.test("CheckMemo forgets the oldest of more than 16384", () => {
  const memo = new CheckMemo();
  for (let i = 0; i <= 16 * 1024; i++) memo.put(`k${i}`, "check");
  assertEquals(memo.get("k0"), undefined);
  assertNotEquals(memo.get("k1"), undefined);
  assertNotEquals(memo.get(`k${16 * 1024}`), undefined);
});
