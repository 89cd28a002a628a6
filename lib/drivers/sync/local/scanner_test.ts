import { assertEquals } from "@std/assert";
import { type Name, toName } from "../../../names/name.ts";
import type { Seen } from "../../../sync/seen.ts";
import { FakeClock } from "../../../testing/fake_clock.ts";
import { PathLocks } from "../bringing/path_locks.ts";
import type { Observed } from "./observer.ts";
import { Scanner } from "./scanner.ts";

const FILE: Seen = {
  kind: "file",
  size: 1,
  mtime: 0,
  executable: false,
  inode: 1,
  version: "1",
  isRacy: false,
};

/** A folder in which every path is a file, and an observer that tells what it was given. */
function newScanner() {
  const locks = new PathLocks();
  const over = new AbortController();
  const looks: Name[] = [];
  const observed: [path: Name, kind: string | undefined][] = [];
  /** An observer does not come to an end before this. */
  let until: Promise<void> | undefined;
  const scanner = new Scanner({
    clock: new FakeClock(),
    folder: {
      look: (path) => {
        looks.push(path);
        return FILE;
      },
      children: () => [],
    },
    tree: {
      get: () => undefined,
      liveBelow: () => [],
      liveIn: () => [],
      pathOfInode: () => undefined,
    },
    observer: {
      observe: async (path, looked): Promise<Observed> => {
        observed.push([path, looked?.seen?.kind]);
        await until;
        return { kind: "known", seen: FILE, torn: false };
      },
    },
    departures: { settle: () => Promise.resolve() },
    locks,
    over: over.signal,
    ignoring: { ignores: () => false, look: () => false },
    onLooked: () => {},
    onRules: () => {},
    onFault: () => {},
    onTrouble: () => {},
  });
  return {
    scanner,
    locks,
    looks,
    observed,
    holdUp(promise: Promise<void>) {
      until = promise;
    },
  };
}

const F = toName("f");

Deno.test("Scanner gives its look at a path to who observes it", async () => {
  const { scanner, looks, observed } = newScanner();
  await scanner.scan([F]);
  assertEquals(looks, [F]);
  assertEquals(observed, [[F, "file"]]);
});

Deno.test("Scanner does not believe its look at a path where somebody is at work", async () => {
  const { scanner, locks, observed } = newScanner();
  const { promise, resolve } = Promise.withResolvers<void>();
  const working = locks.run(F, () => promise);
  const scanning = scanner.scan([F]);
  resolve();
  await Promise.all([working, scanning]);
  assertEquals(observed, [[F, undefined]]);
});

Deno.test("Scanner does not believe its look at a path that had to wait for its turn", async () => {
  const { scanner, observed, holdUp } = newScanner();
  const { promise, resolve } = Promise.withResolvers<void>();
  holdUp(promise);
  const paths = Array.from({ length: 17 }, (_, at) => toName(`f${at}`));
  const scanning = scanner.scan(paths);
  // Sixteen are observed at once.
  while (observed.length < 16) await Promise.resolve();
  resolve();
  await scanning;
  assertEquals(observed.map(([, kind]) => kind), [
    ...Array(16).fill("file"),
    undefined,
  ]);
});
