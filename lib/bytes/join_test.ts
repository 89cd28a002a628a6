import { assertEquals } from "@std/assert";
import { joinBytes } from "./join.ts";

Deno.test("joinBytes() puts blocks behind one another, and makes nothing of none", () => {
  const [a, none, b] = [[1, 2], [], [3]].map((bytes) => new Uint8Array(bytes));
  assertEquals(joinBytes([a!, none!, b!]), new Uint8Array([1, 2, 3]));
  assertEquals(joinBytes([]), new Uint8Array());
});
