import { assert, assertEquals } from "@std/assert";
import type { FolderWatch, Hint } from "../../../io/sync/folder.ts";
import type { Name } from "../../../names/name.ts";
import { FakeClock } from "../../../testing/fake_clock.ts";
import { SimChance } from "../../../testing/sim_chance.ts";
import { Watching } from "./watching.ts";

/** Hints that are given by hand, and when what was looked at. */
function newWatching() {
  const clock = new FakeClock();
  const over = new AbortController();
  const looks: { at: number; paths: readonly string[] | "anywhere" }[] = [];
  const stream = new TransformStream<Hint, Hint>({}, { highWaterMark: 1e6 });
  const writer = stream.writable.getWriter();
  const watch: FolderWatch = Object.assign(stream.readable, { close() {} });
  const world = {
    clock,
    chance: new SimChance(1),
    network: { connect: () => Promise.reject(new Error("no network")) },
  };
  const watching = new Watching(
    world,
    over.signal,
    (paths) => void looks.push({ at: clock.now(), paths }),
  );
  const running = watching.follow(watch);
  return {
    clock,
    looks,
    async hint(...paths: string[]) {
      await writer.write({ paths: paths as Name[] });
      await clock.advance(0);
    },
    async anywhere() {
      await writer.write("anywhere");
      await clock.advance(0);
    },
    async end() {
      over.abort();
      await writer.close();
      await running;
    },
  };
}

Deno.test("Watching looks when a burst is over, once at each path", async () => {
  const { clock, looks, hint, end } = newWatching();
  await hint("a", "b");
  await clock.advance(15);
  await hint("a", "c");
  await clock.advance(19);
  assertEquals(looks, []);
  await clock.advance(1);
  assertEquals(looks, [{ at: 35, paths: ["a", "b", "c"] }]);
  await end();
  assertEquals(clock.timers, 0);
});

Deno.test("Watching does not wait longer than 100 ms for a burst to end", async () => {
  const { clock, looks, hint, end } = newWatching();
  for (let at = 0; at < 20; at++) {
    await hint(`f${at}`);
    await clock.advance(10);
  }
  assertEquals(looks.map(({ at }) => at), [100, 200]);
  await end();
});

Deno.test("Watching looks ever more rarely at what keeps changing, and at once at the rest", async () => {
  const { clock, looks, hint, end } = newWatching();
  for (let ms = 0; ms < 10_000; ms += 10) {
    await hint("log");
    await clock.advance(10);
  }
  const times = looks.map(({ at }) => at);
  const pauses = times.slice(1).map((at, i) => at - times[i]!);
  assert(times.length < 15, `${times}`);
  assert(pauses.at(-1)! >= 1900, `${pauses}`);
  const before = looks.length;
  await hint("other");
  await clock.advance(100);
  assertEquals(looks[before]?.paths, ["other"]);
  // The last change is seen, however late.
  await clock.advance(3000);
  assertEquals(looks.at(-1)!.paths, ["log"]);
  const last = looks.length;
  // Left alone for a while, it is like any other.
  await clock.advance(10_000);
  await hint("log");
  await clock.advance(20);
  assertEquals(looks.length, last + 1);
  await end();
});

Deno.test("Watching looks at everything when hints were lost", async () => {
  const { clock, looks, hint, anywhere, end } = newWatching();
  await hint("a");
  await anywhere();
  await clock.advance(50);
  assertEquals(looks, [{ at: 20, paths: "anywhere" }]);
  await end();
});
