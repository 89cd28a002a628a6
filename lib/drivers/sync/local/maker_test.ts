import { assertEquals, assertThrows } from "@std/assert";
import { type Reserved, VersionMaker } from "./maker.ts";

Deno.test("VersionMaker reserves counters before it uses them, many at once", () => {
  const reserved: Reserved[] = [];
  const maker = new VersionMaker("a", 7, (as) => reserved.push(as), () => 0);
  assertEquals(reserved, []);
  for (let counter = 8; counter <= 1007; counter++) {
    assertEquals(maker.count(), { replica: "a", counter });
    assertEquals(maker.counterMax, 1007);
  }
  assertEquals(maker.count().counter, 1008);
  assertEquals(reserved, [
    { replica: "a", counterMax: 1007 },
    { replica: "a", counterMax: 2007 },
  ]);
});

Deno.test("VersionMaker becomes another with all the counters it needs for that, or not at all", () => {
  let isFull = true;
  const reserved: Reserved[] = [];
  const maker = new VersionMaker("a", 7, (as) => {
    if (isFull) throw new Error("full");
    reserved.push(as);
  }, () => 0);
  assertThrows(() => maker.become("b", 2000), Error, "full");
  assertEquals([maker.replica, maker.counterMax], ["a", 7]);
  assertThrows(() => maker.count(), Error, "full");
  isFull = false;
  maker.become("b", 2000);
  isFull = true;
  for (let counter = 8; counter <= 2007; counter++) {
    assertEquals(maker.count(), { replica: "b", counter });
  }
  assertThrows(() => maker.count(), Error, "full");
  isFull = false;
  // What is reserved stays so, whoever counts.
  maker.count();
  maker.become("c", 3);
  assertEquals(maker.counterMax, 3007);
  assertEquals(reserved.at(-1), { replica: "c", counterMax: 3007 });
});
