import { assertEquals, assertStringIncludes } from "@std/assert";
import { toName } from "../../names/name.ts";
import { turn } from "../../testing/fake_clock.ts";
import { within } from "../../testing/within.ts";
import type { ChangeCall, WatchCall } from "./file_calls.ts";
import type { Hint } from "./folder.ts";
import { FolderHints, HINT_PATHS_MAX, watchFaultOf } from "./hints.ts";

/** A watch that tells what it is told to. */
class ToldWatch implements WatchCall {
  #waiting: (ChangeCall | Error)[] = [];
  #wake: (() => void) | undefined;
  isClosed = false;

  tell(...paths: string[]): void {
    const names = paths.map((path) => path === "" ? "" : toName(path));
    this.push({ paths: names, isLossy: false });
  }

  push(change: ChangeCall | Error): void {
    this.#waiting.push(change);
    this.#wake?.();
  }

  async next(): Promise<ChangeCall | undefined> {
    while (!this.isClosed) {
      const change = this.#waiting.shift();
      if (change instanceof Error) throw change;
      if (change !== undefined) return change;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    return undefined;
  }

  close(): void {
    this.isClosed = true;
    this.#wake?.();
  }
}

function watched() {
  const watch = new ToldWatch();
  const faults: string[] = [];
  const hints = new FolderHints(watch, (text) => faults.push(text));
  const told: AsyncIterator<Hint> = hints[Symbol.asyncIterator]();
  const next = () => within("a hint", told.next());
  return { watch, hints, faults, next };
}

Deno.test("FolderHints tells what came meanwhile in one hint, each path once, and nothing of ours", async () => {
  const { watch, hints, next } = watched();
  watch.tell("a");
  watch.tell("b/c", ".landline/index.sqlite", "d/.landline-x.part");
  watch.tell("a", ".landlineignore");
  await turn();
  assertEquals((await next()).value, {
    paths: ["a", "b/c", ".landlineignore"].map(toName),
  });
  watch.tell(".landline/parts/x");
  watch.tell("a");
  assertEquals((await next()).value, { paths: [toName("a")] });
  hints.close();
});

Deno.test("FolderHints says anywhere where events were lost, or the folder itself is meant", async () => {
  const { watch, hints, next } = watched();
  watch.tell("a");
  watch.push({ paths: [], isLossy: true });
  watch.tell("b");
  await turn();
  assertEquals((await next()).value, "anywhere");
  watch.tell("");
  assertEquals((await next()).value, "anywhere");
  watch.tell("c");
  assertEquals((await next()).value, { paths: [toName("c")] });
  hints.close();
});

Deno.test("FolderHints holds no more than so many paths", async () => {
  const { watch, hints, next } = watched();
  watch.tell(...Array.from({ length: HINT_PATHS_MAX }, (_, i) => `f${i}`));
  await turn();
  const { value: all } = await next();
  assertEquals(all.paths.length, HINT_PATHS_MAX);
  watch.tell(...Array.from({ length: HINT_PATHS_MAX + 1 }, (_, i) => `f${i}`));
  await turn();
  assertEquals((await next()).value, "anywhere");
  hints.close();
});

Deno.test("FolderHints ends when it is closed, whoever waits, and closes the watch", async () => {
  const { watch, hints, faults, next } = watched();
  const waiting = next();
  await turn();
  hints.close();
  assertEquals((await waiting).done, true);
  assertEquals(watch.isClosed, true);
  assertEquals(faults, []);
});

Deno.test("FolderHints that the system ends says why, asks for a scan of everything, and ends", async () => {
  const { watch, faults, next } = watched();
  watch.tell("a");
  watch.push(new Error("the disk is gone"));
  await turn();
  assertEquals((await next()).value, "anywhere");
  assertEquals((await next()).done, true);
  assertEquals(watch.isClosed, true);
  assertEquals(faults, [
    "The system cannot watch the folder: the disk is gone",
  ]);
});

Deno.test("watchFaultOf() names the limit that has to be raised", () => {
  const failed = (code: string, text = "") =>
    watchFaultOf(Object.assign(new Error(text), { code }));
  const watches = "sysctl fs.inotify.max_user_watches=";
  assertStringIncludes(failed("ENOSPC"), watches);
  assertStringIncludes(failed("", "OS file watch limit reached."), watches);
  assertStringIncludes(failed("EMFILE"), "fs.inotify.max_user_instances=");
});
