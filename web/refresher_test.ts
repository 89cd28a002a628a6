import { assertEquals } from "@std/assert";
import { REFRESH_MS, Refresher } from "./refresher.js";

/** A refresher of a listing that takes `tookMs` to fetch, in a time that stands still but for that and `pass`. */
function site(tookMs: number) {
  let now = 0;
  let refreshes = 0;
  const timers = new Map<object, { at: number; action: () => void }>();
  const refresher = new Refresher({
    refresh: () => {
      refreshes++;
      now += tookMs;
      return Promise.resolve();
    },
    now: () => now,
    after: (ms, action) => {
      const key = {};
      timers.set(key, { at: now + ms, action });
      return () => timers.delete(key);
    },
  });
  return {
    refresher,
    refreshes: () => refreshes,
    async pass(ms: number) {
      now += ms;
      for (const [key, { at, action }] of timers) {
        if (at > now) continue;
        timers.delete(key);
        action();
      }
      await Promise.resolve();
      await Promise.resolve();
    },
  };
}

Deno.test("Refresher shows files together that come in quick succession", async () => {
  const { refresher, refreshes, pass } = site(10);
  for (let i = 0; i < 5; i++) {
    refresher.ask(i === 4);
    await pass(100);
  }
  assertEquals(refreshes(), 0);
  await pass(REFRESH_MS);
  assertEquals(refreshes(), 1);
  await pass(100_000);
  assertEquals(refreshes(), 1);
});

Deno.test("Refresher does not fetch a slow listing all the time, but soon when the last file is there", async () => {
  const { refresher, refreshes, pass } = site(2000);
  refresher.ask(false);
  await pass(REFRESH_MS);
  assertEquals(refreshes(), 1);
  refresher.ask(false);
  await pass(19_000);
  assertEquals(refreshes(), 1);
  refresher.ask(false);
  await pass(1000);
  assertEquals(refreshes(), 2);
  refresher.ask(false);
  refresher.ask(true);
  await pass(REFRESH_MS);
  assertEquals(refreshes(), 3);
  await pass(100_000);
  assertEquals(refreshes(), 3);
});

Deno.test("Refresher goes on after a listing that could not be fetched", async () => {
  let refreshes = 0;
  const actions: (() => void)[] = [];
  const refresher = new Refresher({
    refresh: () => {
      refreshes++;
      return Promise.reject(new Error("gone"));
    },
    now: () => 0,
    after: (_ms, action) => {
      actions.push(action);
      return () => {};
    },
  });
  for (let i = 1; i <= 2; i++) {
    refresher.ask(true);
    actions.pop()!();
    await Promise.resolve();
    assertEquals(refreshes, i);
  }
});
