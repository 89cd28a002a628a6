import { assert, assertEquals } from "@std/assert";
import { SourceTrust } from "../../../sync/source_trust.ts";
import { FakeClock } from "../../../testing/fake_clock.ts";
import { Searches } from "./searches.ts";
import { Sources } from "./sources.ts";

const ME = "aaaaaaaaaa";
const B = "bbbbbbbbbb";
const C = "cccccccccc";

function site() {
  const clock = new FakeClock();
  const trust = new SourceTrust();
  const sources = new Sources(ME, trust);
  const over = new AbortController();
  const asked: { readonly at: number; readonly roots: readonly string[] }[] =
    [];
  const here = new Set<string>();
  const searches = new Searches({
    clock,
    sources,
    over: over.signal,
    isHere: (root) => here.has(root),
    want: (roots) => void asked.push({ at: clock.now(), roots }),
  });
  const found: string[] = [];
  /** The tracker says who is there, and who has something. */
  const live = (...ids: string[]) =>
    searches.peersChanged(sources.setPeers(
      ids.map((id) => ({ id, name: id, host: id, port: 1 })),
    ));
  const tell = (root: string, whole: string[], part: string[] = []) => {
    sources.set(root, whole, part);
    searches.told(root);
  };
  const wait = (root: string) =>
    searches.wait(root, () => void found.push(root));
  return {
    clock,
    trust,
    searches,
    over,
    asked,
    here,
    found,
    live,
    tell,
    wait,
  };
}

Deno.test("Searches asks for all that wait in few messages, and in the end about once a minute", async () => {
  const { clock, asked, over, wait } = site();
  for (let at = 0; at < 1200; at++) wait(`r${at}`);
  await clock.advance(20);
  assertEquals(asked.map(({ roots }) => roots.length), [500, 500, 200]);
  assertEquals(new Set(asked.flatMap(({ roots }) => roots)).size, 1200);
  // What comes to wait later falls in with the others.
  await clock.advance(700);
  wait("late");
  await clock.advance(300_000);
  asked.length = 0;
  await clock.advance(640_000);
  assertEquals(asked.length, 10 * 3);
  assertEquals(new Set(asked.map(({ at }) => at)).size, 10);
  over.abort();
  await clock.advance(1);
  assertEquals(clock.timers, 0);
  await clock.advance(600_000);
  assertEquals(asked.length, 10 * 3);
});

Deno.test("Searches asks again after 2 s, 4 s, 8 s, ...", async () => {
  const { clock, asked, over, wait } = site();
  wait("r");
  await clock.advance(130_000);
  const pauses = asked.map(({ at }) => Math.round(at / 1000));
  assertEquals(pauses, [0, 2, 4, 8, 16, 32, 64, 128]);
  over.abort();
});

Deno.test("Searches has no timer when nothing waits", async () => {
  const { clock, searches, found, live, tell, wait } = site();
  live(B);
  wait("one");
  wait("two");
  await clock.advance(100);
  assertEquals(clock.timers, 1);
  tell("one", [B]);
  searches.end("two");
  await clock.advance(5000);
  assertEquals([found, clock.timers], [["one"], 0]);
});

Deno.test("Searches finds what somebody has who is there and can be asked, once", async () => {
  const { clock, trust, searches, found, over, live, tell, wait } = site();
  wait("r");
  tell("r", [B]);
  assertEquals(found, [], "B is not there");
  live(B);
  assertEquals(found, ["r"]);
  tell("r", [B]);
  live(B, C);
  assertEquals(found, ["r"]);
  // Known already when it begins to wait: it is told later all the same.
  wait("r");
  assertEquals(found.length, 1);
  await clock.advance(0);
  assertEquals(found.length, 2);
  // Not one who is out of reach, or does not have it although the tracker says so.
  trust.failed(B, clock.now(), 500);
  searches.of("r").shunned.set(C, clock.now() + 800);
  tell("r", [B, C]);
  wait("r");
  await clock.advance(499);
  searches.look();
  assertEquals(found.length, 2);
  await clock.advance(1);
  searches.look();
  assertEquals(found.length, 3);
  over.abort();
});

Deno.test("Searches does not try parts again that had nothing new, until their peer was gone", async () => {
  const { clock, searches, found, over, live, tell, wait } = site();
  live(B);
  tell("r", [], [B]);
  searches.of("r").vain = new Set([B]);
  wait("r");
  await clock.advance(70_000);
  tell("r", [], [B]);
  assertEquals(found, []);
  live(B, C);
  assertEquals(found, []);
  tell("r", [], [B, C]);
  assertEquals(found, ["r"]);
  searches.of("r").vain = new Set([B, C]);
  wait("r");
  await clock.advance(0);
  tell("r", [C], [B]);
  assertEquals(found, ["r", "r"], "C has all of it now");
  tell("r", [], [B]);
  wait("r");
  await clock.advance(0);
  assertEquals(found.length, 2);
  live(C);
  live(B, C);
  assertEquals(found.length, 3);
  over.abort();
});

Deno.test("Searches asks soon when somebody comes, but not for each in a crowd", async () => {
  const { clock, asked, over, live, wait } = site();
  wait("r");
  await clock.advance(230_000);
  asked.length = 0;
  live(B);
  await clock.advance(4000);
  assertEquals(asked.length, 1);
  // Who was there before is no news, and who goes neither.
  const crowd: string[] = [B];
  for (let at = 0; at < 50; at++) {
    crowd.push(`d${at}`);
    live(...crowd);
    await clock.advance(1000);
  }
  const { length } = asked;
  assert(length <= 5, `${length} times`);
  over.abort();
});

Deno.test("Searches finds what has come into a file here otherwise", async () => {
  const { clock, here, found, over, wait } = site();
  wait("r");
  await clock.advance(200);
  here.add("r");
  await clock.advance(4000);
  assertEquals(found, ["r"]);
  over.abort();
});
