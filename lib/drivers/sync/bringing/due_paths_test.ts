import { assertEquals } from "@std/assert";
import type { Name } from "../../../names/name.ts";
import { turn } from "../../../testing/fake_clock.ts";
import { DuePaths } from "./due_paths.ts";

Deno.test("DuePaths decides about each path once, and again if it was due meanwhile", async () => {
  const over = new AbortController();
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const due = new DuePaths(2, over.signal, (path) => {
    begun.push(path);
    return new Promise((resolve) => void ends.push(resolve));
  });
  for (const path of ["a", "b", "c", "c", "a"] as Name[]) due.add(path);
  assertEquals(begun, ["a", "b"]);
  ends.shift()!();
  await turn();
  assertEquals(begun, ["a", "b", "c"]);
  ends.shift()!();
  await turn();
  assertEquals(begun, ["a", "b", "c", "a"]);
  assertEquals(due.isIdle, false);
  for (const end of ends) end();
  await turn();
  assertEquals(due.isIdle, true);
  over.abort();
  due.add("d" as Name);
  assertEquals(begun.length, 4);
});
