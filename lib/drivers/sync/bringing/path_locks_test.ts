import { assertEquals, assertRejects } from "@std/assert";
import type { Name } from "../../../names/name.ts";
import { turn } from "../../../testing/fake_clock.ts";
import { PathLocks } from "./path_locks.ts";

Deno.test("PathLocks lets one act at a path, and others elsewhere", async () => {
  const locks = new PathLocks();
  const [a, b] = ["a", "b"] as Name[];
  const first = Promise.withResolvers<void>();
  const order: string[] = [];
  const run = (path: Name, what: string, until?: Promise<void>) =>
    locks.run(path, async () => {
      order.push(what);
      await until;
    });
  const runs = [
    run(a!, "a1", first.promise),
    run(a!, "a2"),
    run(b!, "b1"),
    run(a!, "a3"),
  ];
  await turn();
  assertEquals(order, ["a1", "b1"]);
  assertEquals([locks.isBusy(a!), locks.isBusy(b!)], [true, false]);
  first.resolve();
  await Promise.all(runs);
  assertEquals(order, ["a1", "b1", "a2", "a3"]);
  assertEquals(locks.isBusy(a!), false);
});

Deno.test("PathLocks goes on behind an act that failed", async () => {
  const locks = new PathLocks();
  const failing = locks.run("a" as Name, () => {
    throw new Error("failed");
  });
  const next = locks.run("a" as Name, () => "next");
  await assertRejects(() => failing, Error, "failed");
  assertEquals(await next, "next");
});
