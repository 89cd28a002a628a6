import { assertEquals } from "@std/assert";
import { bucketOf } from "../sync/digest.ts";
import {
  BEGINNING,
  fileOf,
  helloOf,
  idOf,
  PING,
  type PurePeer,
  PureTracker,
} from "../testing/pure_tracker.ts";

Deno.test("Tracker welcomes a peer with who is there, and then with what it missed", () => {
  const world = new PureTracker();
  const alice = world.join("alice");
  const file = fileOf("a.txt", "alice");
  alice.put(1, file);
  const bob = world.join("bob");
  assertEquals(bob.heard, [
    {
      m: "welcome",
      proto: 1,
      folder: "token1",
      epoch: "epoch1",
      seq: 1,
      time: BEGINNING,
      beatMs: 5000,
      ttlMs: 15_000,
      peers: [{
        id: idOf("alice"),
        name: "alice",
        host: "10.0.0.1",
        port: 7001,
      }],
    },
    {
      m: "snap",
      records: [{ record: file, seq: 1, sources: [idOf("alice")] }],
      seq: 1,
      more: false,
    },
  ]);
  assertEquals(alice.take("peers"), [{
    m: "peers",
    add: [{ id: idOf("bob"), name: "bob", host: "10.0.0.1", port: 7001 }],
    del: [],
  }]);
});

Deno.test("Tracker ends what it has to say of the past with a page, also of nothing", () => {
  const bob = new PureTracker().join("bob");
  assertEquals(bob.take("snap"), [
    { m: "snap", records: [], seq: 0, more: false },
  ]);
});

Deno.test("Tracker tells a change to all but the one who put it, who gets its number", () => {
  const world = new PureTracker();
  const [alice, bob, carol] = ["alice", "bob", "carol"].map((name) =>
    world.join(name)
  ) as [PurePeer, PurePeer, PurePeer];
  for (const peer of [alice, bob, carol]) peer.heard = [];
  const file = fileOf("a.txt", "alice");
  alice.put(7, file);
  assertEquals(alice.heard, [{ m: "ok", id: 7, seqs: [1], seq: 1 }]);
  const sources = [idOf("alice")];
  for (const peer of [bob, carol]) {
    assertEquals(peer.heard, [
      { m: "upd", records: [{ record: file, seq: 1, sources }], seq: 1 },
    ]);
  }
});

Deno.test("Tracker makes one batch of what is put in a turn, and keeps the newest of each path", () => {
  const world = new PureTracker();
  const alice = world.join("alice");
  const bob = world.join("bob");
  const older = fileOf("a.txt", "alice", 1000);
  const newer = fileOf("a.txt", "bob", 2000);
  const other = fileOf("b.txt", "alice");
  alice.mention({ m: "put", id: 1, records: [older, other] });
  bob.mention({ m: "put", id: 1, records: [newer] });
  world.turn();
  assertEquals(world.batches, 1);
  assertEquals(bob.take("ok")[0]!.seqs, [1]);
  const [rej] = alice.heard.filter(({ m }) => m === "rej");
  assertEquals(rej, {
    m: "rej",
    id: 1,
    at: 0,
    code: "older",
    winner: { record: newer, seq: 1, sources: [idOf("bob")] },
    text: "There is a newer version",
  });
  assertEquals(alice.take("ok")[0]!.seqs, [0, 2]);
  assertEquals(world.tracker.register.get(older.path)?.record, newer);
});

Deno.test("Tracker gives the same number to the same version, however often it is put", () => {
  const world = new PureTracker();
  const alice = world.join("alice");
  const bob = world.join("bob");
  const file = fileOf("a.txt", "alice");
  alice.put(1, file);
  alice.put(2, file);
  bob.put(3, { ...file });
  assertEquals(alice.take("ok").map(({ seqs }) => seqs), [[1], [1]]);
  assertEquals(bob.take("ok").map(({ seqs }) => seqs), [[1]]);
  assertEquals(world.tracker.register.seq, 1);
});

Deno.test("Tracker refuses records from the future, without number, and those it cannot read", () => {
  const world = new PureTracker();
  const alice = world.join("alice");
  alice.put(
    1,
    fileOf("a", "alice", BEGINNING + 120_001),
    "the reason",
    fileOf("b", "alice", BEGINNING + 120_000),
  );
  const rejs = alice.heard.filter((message) => message.m === "rej");
  assertEquals(rejs.map(({ at, code }) => [at, code]), [[0, "clock"], [
    1,
    "name",
  ]]);
  assertEquals(rejs[1]!.text, "the reason");
  assertEquals(alice.take("ok")[0]!.seqs, [0, 0, 1]);
});

Deno.test("Tracker keeps as many paths as it may, and newer versions of those", () => {
  const world = new PureTracker({ recordsMax: 2 });
  const alice = world.join("alice");
  alice.put(1, ...["a", "b", "c"].map((path) => fileOf(path, "alice")));
  alice.put(2, fileOf("d", "alice"), fileOf("a", "alice", 2000));
  const codes = alice.heard.filter((message) => message.m === "rej")
    .map(({ id, at, code }) => [id, at, code]);
  assertEquals(codes, [[1, 2, "quota"], [2, 0, "quota"]]);
  assertEquals(alice.take("ok").map(({ seqs }) => seqs), [[1, 2, 0], [0, 3]]);
});

Deno.test("Tracker bounds what records take, too", () => {
  const world = new PureTracker({ recordsMax: 10 });
  const alice = world.join("alice");
  const vector = Object.fromEntries(
    Array.from({ length: 1000 }, (_, at) => [`r${at}`.padEnd(10, "0"), 1]),
  );
  const v = { ...vector, [idOf("alice")]: 1 };
  alice.put(1, fileOf("a", "alice", 1, { v }));
  assertEquals(alice.take("rej")[0]?.code, "quota");
});

Deno.test("Tracker tells only what is above the number of a peer that comes back in the same epoch", () => {
  const world = new PureTracker();
  const alice = world.join("alice");
  alice.put(1, fileOf("a", "alice"), fileOf("b", "alice"));
  const bob = world.join("bob", { epoch: "epoch1", seq: 1 });
  const [page] = bob.take("snap");
  assertEquals(page!.records.map(({ seq }) => seq), [2]);
});

Deno.test("Tracker tells everything to a peer of another epoch, and asks for all it has", () => {
  const world = new PureTracker();
  const alice = world.join("alice");
  alice.put(1, fileOf("a", "alice"));
  const bob = world.join("bob", { epoch: "before", seq: 100 });
  assertEquals(bob.heard.map(({ m }) => m), ["welcome", "own", "snap"]);
  assertEquals(bob.take("snap")[0]!.records.length, 1);
  // Who never joined has nothing to tell again.
  assertEquals(world.join("carol").take("own"), []);
});

Deno.test("Tracker whose state is older than a peer knows begins a new epoch, and lets all come again", () => {
  const kept = [{ record: fileOf("a", "alice"), seq: 5 }];
  const world = new PureTracker({}, {
    epoch: "old",
    folder: "f",
    seq: 5,
    kept,
  });
  const alice = world.join("alice", { epoch: "old", seq: 5 });
  const bob = world.join("bob", { epoch: "old", seq: 9 });
  assertEquals(world.epochs, ["token1"]);
  assertEquals(alice.isOver, true);
  const [welcome] = bob.heard.filter((message) => message.m === "welcome");
  assertEquals(welcome?.epoch, "token1");
  const [page] = bob.take("snap");
  assertEquals(page!.records.map(({ record: { path } }) => path), ["a"]);
});

Deno.test("Tracker belongs to the set of the first peer, or to a new one, and refuses others", () => {
  const world = new PureTracker();
  world.join("alice", { folder: "ours" });
  assertEquals(world.folders, ["ours"]);
  const bob = world.join("bob");
  assertEquals(bob.take("welcome")[0]!.folder, "ours");
  const carol = world.join("carol", { folder: "theirs" });
  const [no] = carol.take("no");
  assertEquals(no?.code, "folder");
  assertEquals(/theirs.*ours.*\.landline\/id/.test(no!.text), true);
  assertEquals(carol.isOver, true);
  assertEquals(world.tracker.roster.get(idOf("carol")), undefined);
});

Deno.test("Tracker wants to be greeted, once and soon", () => {
  const world = new PureTracker();
  const early = world.connect();
  early.say(PING);
  assertEquals(early.take("no")[0]?.code, "bad-request");
  const twice = world.join("alice");
  twice.say(helloOf("alice"));
  assertEquals(twice.take("no")[0]?.text, "Hello was said already");
  const silent = world.connect();
  world.pass(10_000);
  assertEquals(silent.isOver, false);
  world.pass(1000);
  assertEquals(silent.take("no")[0]?.text, "Nothing was said for 10 s");
});

Deno.test("Tracker ends a connection on which something else is said, with the reason", () => {
  const world = new PureTracker();
  const alice = world.join("alice");
  alice.say("The line is no JSON");
  assertEquals(alice.take("no"), [
    { m: "no", code: "bad-request", text: "The line is no JSON" },
  ]);
  // Nothing is heard after it.
  alice.put(1, fileOf("a", "alice"));
  assertEquals(world.tracker.register.seq, 0);
});

Deno.test("Tracker answers a ping with the time, its number, the digest and how far all have everything", () => {
  const world = new PureTracker();
  const alice = world.join("alice");
  const bob = world.join("bob");
  const file = fileOf("a", "alice");
  alice.put(1, file);
  alice.have(1);
  alice.heard = [];
  alice.say({ ...PING, time: 42 });
  assertEquals(alice.take("pong"), [{
    m: "pong",
    echo: 42,
    time: BEGINNING,
    seq: 1,
    digest: world.tracker.register.digest.total(),
    whole: 0,
  }]);
  bob.have(1);
  alice.say(PING);
  assertEquals(alice.take("pong")[0]!.whole, 1);
});

Deno.test("Tracker says what is in buckets, and the digests of all", () => {
  const world = new PureTracker();
  const alice = world.join("alice");
  const files = Array.from(
    { length: 700 },
    (_, at) => fileOf(`${at}`, "alice"),
  );
  alice.put(1, ...files.slice(0, 500));
  alice.put(2, ...files.slice(500));
  alice.heard = [];
  alice.say({ m: "sync", buckets: [] });
  const [buckets] = alice.take("buckets");
  assertEquals(buckets!.digests, world.tracker.register.digest.buckets());
  alice.say({ m: "sync", buckets: Array.from({ length: 256 }, (_, at) => at) });
  const pages = alice.take("upd");
  assertEquals(
    pages.flatMap(({ records }) => records).map(({ record: { path } }) => path)
      .sort(),
    files.map(({ path }) => path).sort(),
  );
  assertEquals(pages.every(({ seq }) => seq === 700), true);
  const bucket = bucketOf(files[0]!.path);
  alice.say({ m: "sync", buckets: [bucket] });
  const some = alice.take("upd").flatMap(({ records }) => records);
  assertEquals(
    some.map(({ record }) => record),
    files.filter(({ path }) => bucketOf(path) === bucket),
  );
});
