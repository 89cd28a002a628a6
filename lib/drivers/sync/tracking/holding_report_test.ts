import { assertEquals } from "@std/assert";
import { FakeClock } from "../../../testing/fake_clock.ts";
import { recordOf, rootNamed } from "../../../testing/records.ts";
import { SimChance } from "../../../testing/sim_chance.ts";
import type { Name } from "../../../names/name.ts";
import type { PeerMessage } from "../../../sync/tracker_messages.ts";
import { HoldingReport } from "./holding_report.ts";

function newReport() {
  const clock = new FakeClock();
  const said: string[] = [];
  const state = { seq: 0, isReady: true };
  const short = (roots: readonly string[]) =>
    roots.map((root) => root.replace(/-+$/, "")).join("+");
  const report = new HoldingReport({
    world: {
      clock,
      chance: new SimChance(1),
      network: { connect: () => Promise.reject(new Error("no network")) },
    },
    over: new AbortController().signal,
    say: (message: PeerMessage) => {
      if (message.m !== "have") return;
      const { seq, lack, got, part } = message;
      said.push(
        `${seq} lack ${short(lack)} got ${short(got)} part ${short(part)}`,
      );
    },
    isReady: () => state.isReady,
    seq: () => state.seq,
  });
  return { clock, said, state, report };
}

Deno.test("HoldingReport says nothing of what comes at once, and how far it is", async () => {
  const { clock, said, state, report } = newReport();
  report.lack(recordOf({ path: "f" }), 1);
  state.seq = 1;
  report.soon();
  await clock.advance(30);
  report.settle("f" as Name);
  await clock.advance(20);
  assertEquals(said, ["1 lack  got  part "]);
  report.soon();
  await clock.advance(50);
  assertEquals(said.length, 1, "nothing new is not said");
});

Deno.test("HoldingReport lacks a content until its last path has it", async () => {
  const { clock, said, state, report } = newReport();
  state.seq = 2;
  report.lack(recordOf({ path: "f", root: "A" }), 1);
  report.lack(recordOf({ path: "g", root: "A" }), 2);
  await clock.advance(50);
  report.began(rootNamed("A"));
  report.began(rootNamed("B"));
  await clock.advance(50);
  report.settle("f" as Name);
  await clock.advance(50);
  assertEquals(report.isWhole, false);
  report.settle("g" as Name);
  await clock.advance(50);
  assertEquals(said, [
    "2 lack A got  part ",
    "2 lack  got  part A",
    "2 lack  got A part ",
  ]);
  assertEquals([report.isWhole, report.files, report.bytes], [true, 0, 0]);
});

Deno.test("HoldingReport does not pass a delete or a folder that is not done", async () => {
  const { clock, said, state, report } = newReport();
  state.seq = 9;
  report.lack(recordOf({ path: "x", kind: "folder" }), 7);
  report.lack(recordOf({ path: "f", root: null }), 5);
  report.soon();
  await clock.advance(50);
  report.settle("f" as Name);
  await clock.advance(50);
  report.settle("x" as Name);
  await clock.advance(50);
  assertEquals(said.map((line) => line.split(" ")[0]), ["4", "6", "9"]);
});

Deno.test("HoldingReport says all that it lacks on another connection", async () => {
  const { clock, said, state, report } = newReport();
  state.seq = 2;
  report.lack(recordOf({ path: "f", root: "A" }), 1);
  report.began(rootNamed("A"));
  report.lack(recordOf({ path: "g", root: "B" }), 2);
  await clock.advance(50);
  report.settle("g" as Name);
  state.isReady = false;
  await clock.advance(50);
  report.reset();
  state.isReady = true;
  report.soon();
  await clock.advance(50);
  assertEquals(said, ["2 lack A+B got  part A", "2 lack A got  part A"]);
});

Deno.test("HoldingReport lacks the newest content of a path only", async () => {
  const { clock, said, state, report } = newReport();
  state.seq = 1;
  report.lack(recordOf({ path: "f", root: "A" }), 1);
  await clock.advance(50);
  state.seq = 2;
  report.lack(recordOf({ path: "f", root: "BB" }), 2);
  await clock.advance(50);
  assertEquals(said, ["1 lack A got  part ", "2 lack BB got A part "]);
  assertEquals([report.files, report.bytes], [1, 20]);
});

Deno.test("HoldingReport says again what one more path lacks: the tracker may have forgotten it", async () => {
  const { clock, said, state, report } = newReport();
  state.seq = 1;
  report.lack(recordOf({ path: "f", root: "A" }), 1);
  await clock.advance(50);
  report.settle("f" as Name);
  report.lack(recordOf({ path: "g", root: "A" }), 3);
  state.seq = 3;
  await clock.advance(50);
  report.lack(recordOf({ path: "h", root: "A" }), 4);
  report.settle("g" as Name);
  report.settle("h" as Name);
  state.seq = 4;
  await clock.advance(50);
  assertEquals(said, [
    "1 lack A got  part ",
    "3 lack A got  part ",
    "4 lack  got A part ",
  ]);
});
