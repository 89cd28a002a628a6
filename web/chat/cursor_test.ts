import { assertEquals } from "@std/assert";
import { Cursor } from "./cursor.js";

Deno.test("Cursor is not told before an opening was complete", () => {
  const cursor = new Cursor();
  assertEquals(`${cursor}`, "-");
  assertEquals(cursor.joined("e1"), false);
  for (const id of [98, 100, 60]) cursor.shown(id);
  assertEquals([`${cursor}`, cursor.isOpening], ["-", true]);
  // The connection is lost, and comes back.
  cursor.joined("e1");
  for (const id of [98, 100, 60, 61]) cursor.shown(id);
  cursor.opened();
  assertEquals([`${cursor}`, cursor.isOpening], ["e1.100", false]);
});

Deno.test("Cursor goes on with every message, and never back", () => {
  const cursor = new Cursor();
  cursor.joined("e1");
  cursor.opened();
  assertEquals(`${cursor}`, "-");
  for (const id of [7, 8, 3]) cursor.shown(id);
  assertEquals(`${cursor}`, "e1.8");
  // Behind a cursor everything comes in order.
  cursor.joined("e1");
  cursor.shown(9);
  assertEquals(`${cursor}`, "e1.9");
});

Deno.test("Cursor begins anew in another history", () => {
  const cursor = new Cursor();
  cursor.joined("e1");
  cursor.opened();
  cursor.shown(7);
  assertEquals(cursor.joined("e2"), true);
  assertEquals(`${cursor}`, "-");
  cursor.shown(2);
  cursor.opened();
  assertEquals(`${cursor}`, "e2.2");
});

Deno.test("Cursor is remembered", () => {
  const before = new Cursor();
  assertEquals(before.state, undefined);
  before.joined("e1");
  before.opened();
  before.shown(7);
  const after = new Cursor();
  after.restore(before.state!);
  assertEquals([after.joined("e1"), `${after}`], [false, "e1.7"]);
});
