import { assert, assertEquals, assertMatch } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { TcpChannel } from "../lib/io/channel.ts";
import { DiskFolder } from "../lib/testing/disk_folder.ts";
import { startTracker } from "../lib/testing/peers.ts";
import { ProgramProcess } from "../lib/testing/program_process.ts";
import {
  hello,
  record,
  type Said,
  TrackerPeer,
} from "../lib/testing/tracker_peer.ts";
import { eventually } from "../lib/testing/within.ts";

const TRACKER = fromFileUrl(new URL("../tracker.ts", import.meta.url));
const QUIET = ["--log", "off"];

async function connect(port: number, host = "127.0.0.1"): Promise<TrackerPeer> {
  return new TrackerPeer(await TcpChannel.connect(host, port, 10_000));
}

/** A peer that is in, with the welcome it got and the records it was told. */
async function join(port: number, name: string, more: object = {}) {
  const peer = await connect(port);
  await peer.say(hello(name, more));
  const welcome = await peer.until("welcome");
  const { records } = await peer.until("snap");
  return { peer, welcome, records: records as Said[] };
}

async function cannotStart(...args: string[]) {
  await using tracker = new ProgramProcess(TRACKER, args);
  return await tracker.ended();
}

Deno.test("tracker.ts tells one peer what another one put, over IPv4 and IPv6, and who is there", async () => {
  await using tracker = await startTracker(...QUIET);
  const alice = await join(tracker.port, "alice");
  const file = record("a/ü.txt", "alice");
  await alice.peer.say({ m: "put", id: 1, records: [file] });
  assertEquals((await alice.peer.until("ok")).seqs, [1]);
  const bob = new TrackerPeer(
    await TcpChannel.connect("::1", tracker.port, 10_000),
  );
  await bob.say(hello("bob", { port: 7002 }));
  assertEquals(
    (await bob.until("welcome")).peers.map(({ host }: Said) => host),
    [
      "",
    ],
  );
  assertEquals((await bob.until("snap")).records, [
    { seq: 1, sources: ["alice00000"], record: file },
  ]);
  const newer = record("a/ü.txt", "bob", 5000);
  await bob.say({ m: "put", id: 1, records: [newer] });
  assertEquals((await alice.peer.until("upd")).records[0].record, newer);
  bob.close();
  assertEquals((await alice.peer.until("peers")).del, ["bob0000000"]);
  alice.peer.close();
});

Deno.test("tracker.ts without --data begins anew, and asks for everything", async () => {
  let epoch = "";
  {
    await using tracker = await startTracker(...QUIET);
    const { peer, welcome } = await join(tracker.port, "alice");
    epoch = welcome.epoch;
    await peer.say({ m: "put", id: 1, records: [record("a", "alice")] });
    await peer.until("ok");
    peer.close();
  }
  await using tracker = await startTracker(...QUIET);
  const peer = await connect(tracker.port);
  await peer.say(hello("alice", { epoch, seq: 1 }));
  const welcome = await peer.next();
  assert(welcome.epoch !== epoch);
  assertEquals((await peer.next()).m, "own");
  assertEquals((await peer.next()).records, []);
  peer.close();
});

for (const signal of ["SIGTERM", "SIGKILL"] as const) {
  Deno.test(`tracker.ts --data knows after ${signal} all that it acknowledged`, async () => {
    using data = new DiskFolder();
    let epoch = "";
    let folder = "";
    let last = 0;
    {
      await using tracker = await startTracker(...QUIET, "--data", data.path);
      const { peer, welcome } = await join(tracker.port, "alice");
      ({ epoch, folder } = welcome);
      for (let id = 0; id < 30; id++) {
        const records = [
          record(`f${id}`, "alice"),
          record("same", "alice", id),
        ];
        await peer.say({ m: "put", id, records });
      }
      for (let id = 0; id < 30; id++) last = (await peer.until("ok")).seq;
      tracker.signal(signal);
      const { code } = await tracker.ended();
      if (signal === "SIGTERM") assertEquals(code, 0);
      peer.close();
    }
    await using tracker = await startTracker(...QUIET, "--data", data.path);
    const { peer, welcome, records } = await join(tracker.port, "bob", {
      folder,
    });
    assertEquals([welcome.epoch, welcome.folder, welcome.seq], [
      epoch,
      folder,
      last,
    ]);
    assertEquals(records.length, 31);
    const same = records.find((each) => each.record.p === "same");
    assertEquals(same.record.s[0], 29);
    // And numbers go on.
    await peer.say({ m: "put", id: 1, records: [record("new", "bob")] });
    assert((await peer.until("ok")).seqs[0] > last);
    peer.close();
    const { mode } = await Deno.stat(data.path);
    assertEquals((mode ?? 0) & 0o077, 0);
  });
}

Deno.test("tracker.ts says in a sentence why it cannot start", async () => {
  using data = new DiskFolder();
  await using tracker = await startTracker(...QUIET, "--data", data.path);
  const taken = await cannotStart("--port", `${tracker.port}`);
  assertEquals([taken.code, taken.stdout], [1, ""]);
  assertMatch(
    taken.stderr,
    /^tracker\.ts: Port \d+ is in use by another program\. .*\n$/,
  );
  const twice = await cannotStart("--port", "0", "--data", data.path);
  assertEquals([twice.code, twice.stdout], [1, ""]);
  assertMatch(
    twice.stderr,
    /^tracker\.ts: Cannot keep the state in ".*": another tracker has it\n$/,
  );
  const file = `${data.path}/tracker.whole`;
  const none = await cannotStart("--port", "0", "--data", `${file}/x`);
  assertEquals(none.code, 1);
  assertMatch(
    none.stderr,
    /^tracker\.ts: Cannot keep the state in ".*": .*\n$/,
  );
  const wrong = await cannotStart("--prot", "1");
  assertEquals(wrong.code, 2);
  assertMatch(wrong.stderr, /^tracker\.ts: .*--prot.*\n/);
});

Deno.test("tracker.ts --max-clients tells one too many, in lines and in HTTP", async () => {
  await using tracker = await startTracker(...QUIET, "--max-clients", "1");
  const { peer } = await join(tracker.port, "alice");
  const late = await connect(tracker.port);
  await late.say(hello("bob"));
  const no = await late.until("no");
  assertEquals([no.code, no.text], [
    "busy",
    "The server has its 1 clients; try again later",
  ]);
  const answer = await fetch(`http://127.0.0.1:${tracker.port}/`);
  await answer.body?.cancel();
  assertEquals(answer.status, 503);
  late.close();
  peer.close();
});

Deno.test("tracker.ts logs who comes and goes, and what browsers ask, in lines that nobody can forge", async () => {
  await using tracker = await startTracker();
  const { peer } = await join(tracker.port, "alice", { name: "a\u202eb" });
  await peer.say({ m: "bye" });
  await tracker.stderr.until(/a\\u\{202e\}b leaves\n/);
  const answer = await fetch(`http://127.0.0.1:${tracker.port}/state.json`);
  assertEquals((await answer.json()).peers, []);
  await tracker.stderr.until(/"GET \/state\.json HTTP\/1\.1" 200 /);
  peer.close();
});

Deno.test("tracker.ts lets go of a peer that is gone without a word", async () => {
  await using tracker = await startTracker(...QUIET);
  const { peer } = await join(tracker.port, "alice");
  peer.close();
  await eventually("the peer to be gone", async () => {
    const answer = await fetch(`http://127.0.0.1:${tracker.port}/state.json`);
    return (await answer.json()).peers.length === 0;
  });
});
