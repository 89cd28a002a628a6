import { assert, assertEquals, assertMatch } from "@std/assert";
import { EXIT } from "../lib/errors.ts";
import type { PeerStatus } from "../lib/sync/control_messages.ts";
import { patterned } from "../lib/testing/content.ts";
import { peerCommand, startPeer } from "../lib/testing/peers.ts";
import { SyncSite } from "../lib/testing/sync_site.ts";
import { eventually } from "../lib/testing/within.ts";

/** Three peers that run; the first one has `files`. */
async function threePeers(
  site: SyncSite,
  files: Readonly<Record<string, string | Uint8Array>> = {},
) {
  const peers = [site.peer("anna"), site.peer("bob"), site.peer("carl")];
  const [anna, bob, carl] = peers as [
    typeof peers[0],
    typeof peers[0],
    typeof peers[0],
  ];
  for (const [path, content] of Object.entries(files)) {
    anna.write(path, content);
  }
  for (const peer of peers) await peer.start();
  await site.settled();
  return { anna, bob, carl, peers };
}

Deno.test("peer.ts brings every kind of file to every peer, with bytes, date and bit", async () => {
  await using site = await SyncSite.start();
  const files = {
    "a.txt": "hello\n",
    "nested/deep/er/b.bin": patterned(3_000_000, 1),
    "empty": "",
    "nested/name with  spaces ": "x",
    "Grüße/日本語 🎈.txt": "unicode",
    "two\nlines": "newline",
    "-rf": "no flag",
    ".hidden": "seen",
  };
  const { anna, bob, carl } = await threePeers(site, files);
  await site.assertWell();
  assertEquals(bob.files(), Object.keys(files).sort());
  for (const peer of [bob, carl]) {
    Deno.mkdirSync(`${peer.folder}/empty folder of ${peer.name}/inner`, {
      recursive: true,
    });
  }
  Deno.chmodSync(`${anna.folder}/a.txt`, 0o755);
  Deno.utimeSync(`${anna.folder}/empty`, 1_000_000_000, 1_000_000_000);
  await site.settled();
  for (const { folder } of [anna, bob, carl]) {
    for (const name of ["bob", "carl"]) {
      assert(
        Deno.statSync(`${folder}/empty folder of ${name}/inner`).isDirectory,
      );
    }
    assertEquals(Deno.statSync(`${folder}/a.txt`).mode! & 0o100, 0o100);
    assertEquals(
      Deno.statSync(`${folder}/empty`).mtime!.getTime(),
      1_000_000_000_000,
    );
  }
});

Deno.test("peer.ts passes on changes, moves and deletes of any peer, and says so in one line each", async () => {
  await using site = await SyncSite.start();
  const { anna, bob, carl } = await threePeers(site, {
    "a": "one",
    "d/b": "two",
    "d/c": "three",
  });
  bob.write("a", "changed by bob");
  await carl.process.stdout.until(/ changed a \(14 B\) from bob\n/);
  Deno.renameSync(`${carl.folder}/d`, `${carl.folder}/e`);
  await anna.process.stdout.until(/ moved d\/b? to e\/b? from carl\n/);
  await site.settled();
  assertEquals(anna.files(), ["a", "e/b", "e/c"]);
  // The emptied folder goes, too.
  assertEquals(
    [...Deno.readDirSync(anna.folder)].map(({ name }) => name).sort(),
    [".landline", "a", "e"],
  );
  Deno.removeSync(`${anna.folder}/e`, { recursive: true });
  await bob.process.stdout.until(/ deleted e\/b from anna\n/);
  await site.assertWell();
  assertEquals(carl.files(), ["a"]);
  assertEquals(carl.read("a"), "changed by bob");
  for (const { process } of [anna, bob, carl]) {
    assertEquals(process.stderr.text, "");
  }
});

Deno.test("peer.ts brings a late peer up to date, and one that was away, whichever side changed", async () => {
  await using site = await SyncSite.start();
  const { anna, bob } = await threePeers(site, { "a": "one", "b": "one" });
  await bob.stop();
  anna.write("a", "two");
  bob.write("b", "two of bob");
  bob.write("c", "new of bob");
  Deno.removeSync(`${anna.folder}/b`);
  const dora = site.peer("dora");
  dora.write("d", "brought along");
  await dora.start();
  await bob.start();
  await site.assertWell();
  // A change that was made while it was away is not lost to a delete.
  assertEquals(dora.files(), ["a", "b", "c", "d"]);
  assertEquals(dora.read("b"), "two of bob");
  assertEquals(bob.read("a"), "two");
});

Deno.test("peer.ts keeps both of two changes that did not know of each other, under one name everywhere", async () => {
  await using site = await SyncSite.start();
  const { anna, bob } = await threePeers(site, { "doc.txt": "base" });
  await anna.stop();
  await bob.stop();
  anna.write("doc.txt", "from anna");
  bob.write("doc.txt", "from bob, later");
  const later = Date.now() / 1000 + 2;
  Deno.utimeSync(`${anna.folder}/doc.txt`, later - 4, later - 4);
  await anna.start();
  await bob.start();
  await site.assertWell();
  const [copy, name, ...more] = anna.files();
  assertEquals([name, more], ["doc.txt", []]);
  assertMatch(copy!, /^doc \(conflict .*\)\.txt$/);
  assertEquals(anna.read("doc.txt"), "from bob, later");
  assertEquals(anna.read(copy!), "from anna");
});

Deno.test("peer.ts does not sync what .landlineignore names, on any peer", async () => {
  await using site = await SyncSite.start();
  const { anna, bob } = await threePeers(site, {
    ".landlineignore": "*.tmp\n/build/\n",
    "a.tmp": "mine",
    "build/x": "mine",
    "kept": "shared",
  });
  assertEquals(bob.files(), [".landlineignore", "kept"]);
  bob.write("b.tmp", "bob's");
  bob.write("sub/.landlineignore", "!*.tmp\n");
  bob.write("sub/c.tmp", "shared");
  await site.settled();
  assertEquals(anna.files().includes("b.tmp"), false);
  assertEquals(anna.read("sub/c.tmp"), "shared");
  assertEquals(anna.read("a.tmp"), "mine");
});

Deno.test("peer.ts status tells people and programs how it stands", async () => {
  await using site = await SyncSite.start();
  const { anna, bob } = await threePeers(site, { "a": "12345", "d/b": "6" });
  const status: PeerStatus = JSON.parse(
    await bob.command("status", "--json"),
  );
  assertEquals(status.name, "bob");
  assertEquals([status.files, status.folders, status.bytes], [2, 1, 6]);
  assertEquals(status.lacking, { files: 0, bytes: 0 });
  assertEquals(status.tracker.state, "connected");
  assertEquals(status.peers.map(({ name }) => name).sort(), ["anna", "carl"]);
  assertEquals([status.received, status.troublesTotal], [6, 0]);
  assert(status.port > 0 && status.port === bob.process.port);
  const text = await anna.command("status");
  assertMatch(text, /^anna, on port \d+/);
  assertMatch(text, /\nlacking {3}nothing\n/);
  assertMatch(text, /\npeer {6}bob, 127\.0\.0\.1:\d+\n/);
  assertMatch(await anna.command("why", "d/b"), /^path: d\/b\n/);
  assertMatch(await anna.command("why", `${anna.folder}/d/b`), /^path: d\/b\n/);
});

Deno.test("peer.ts wait returns when all, or the one that is named, have what was written just before", async () => {
  await using site = await SyncSite.start();
  const { anna, bob, carl } = await threePeers(site);
  for (let i = 0; i < 5; i++) {
    anna.write(`f${i}`, `${i}`);
    await anna.command("wait", i % 2 === 0 ? "--all" : "--peer=bob");
    assertEquals(bob.read(`f${i}`), `${i}`);
  }
  await anna.command("wait", "--all");
  assertEquals(carl.files().length, 5);
  const late = await peerCommand(
    "wait",
    "--peer",
    "nobody",
    "--seconds",
    "1",
    "--dir",
    anna.folder,
  );
  assertEquals([late.code, late.stdout], [EXIT.network, ""]);
  assertMatch(late.stderr, /nobody does not have everything/);
});

Deno.test("peer.ts scan looks at once where no watcher does", async () => {
  await using site = await SyncSite.start();
  const anna = await site.peer("anna", { args: ["--no-watch"] }).start();
  const bob = await site.peer("bob", { args: ["--no-watch"] }).start();
  await site.settled();
  anna.write("a", "x");
  anna.write("d/b", "y");
  await anna.command("scan", "a");
  await bob.process.stdout.until(/ added a /);
  await anna.command("scan");
  await bob.process.stdout.until(/ added d\/b /);
});

Deno.test("peer.ts restore puts versions back, with and without a peer that runs", async () => {
  await using site = await SyncSite.start();
  const { anna, bob } = await threePeers(site, { "a": "one", "d/b": "two" });
  bob.write("a", "one, changed");
  await site.settled();
  Deno.removeSync(`${bob.folder}/d`, { recursive: true });
  await site.settled();
  const listed = await anna.command("versions");
  assertMatch(
    listed,
    /^\S+ {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +3 B {2}d\/b\n\S+ .* a\n$/,
  );
  assertEquals(
    await anna.command("versions", "d"),
    listed.split("\n")[0] + "\n",
  );
  assertEquals(
    (await anna.command("versions", "--json")).trim().split("\n")
      .map((line) => JSON.parse(line).path),
    ["d/b", "a"],
  );
  // A deleted one under its own name, and everybody has it again.
  assertEquals(await anna.command("restore", "d/b"), "d/b\n");
  await site.settled();
  assertEquals(bob.read("d/b"), "two");
  // A replaced one beside what took its place.
  const beside = (await anna.command("restore", "a")).trimEnd();
  assertMatch(beside, /^a \(version .*\)$/);
  assertEquals(anna.read(beside), "one");
  const id = listed.split("\n")[1]!.split(" ")[0]!;
  await anna.stop();
  assertEquals(await anna.command("restore", id, "--to", "again"), "again\n");
  assertEquals(anna.read("again"), "one");
  const dir = ["--dir", anna.folder];
  const taken = await peerCommand("restore", id, "--to", "again", ...dir);
  assertEquals(taken.code, EXIT.exists);
  assertMatch(taken.stderr, /"again" is there already/);
  const none = await peerCommand("restore", "never", ...dir);
  assertEquals(none.code, EXIT.notFound);
  assertMatch(none.stderr, /no version of "never"/);
  await anna.start();
  await site.assertWell();
  assert(bob.files().includes("again"));
});

Deno.test("peer.ts is one for each folder, and commands need the one that runs", async () => {
  await using site = await SyncSite.start();
  const anna = await site.peer("anna").start();
  const dir = ["--dir", anna.folder];
  const second = await peerCommand("--tracker", `[::1]:${site.port}`, ...dir);
  assertEquals(second.code, EXIT.exists);
  assertMatch(second.stderr, /^peer\.ts: A peer is running for this folder/);
  assertMatch(await anna.command("status"), /^anna, /);
  await anna.kill();
  // It was killed: its address is still there.
  const nobody = await peerCommand("status", ...dir);
  assertEquals([nobody.code, nobody.stdout], [EXIT.notFound, ""]);
  assertMatch(nobody.stderr, /^peer\.ts: No peer runs for /);
  await anna.start();
  assertMatch(await anna.command("status"), /^anna, /);
});

Deno.test("peer.ts ends at once when it is told to, and leaves nothing that says it runs", async () => {
  await using site = await SyncSite.start();
  const anna = site.peer("anna");
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    await using peer = await startPeer({
      tracker: site.port,
      folder: anna.folder,
      name: "anna",
    });
    await peer.stdout.until(/Syncing/);
    peer.signal(signal);
    const { code, stderr } = await peer.ended();
    assertEquals([code, stderr], [EXIT.ok, ""]);
    assertEquals(
      [...Deno.readDirSync(`${anna.folder}/.landline`)].map(({ name }) => name)
        .filter((name) => name.startsWith("control")),
      [],
    );
  }
});

Deno.test("peer.ts takes commands wherever it listens for others", async () => {
  await using site = await SyncSite.start();
  for (const [i, bind] of ["::1", "127.0.0.2", "0.0.0.0", "::"].entries()) {
    const peer = site.peer(`p${i}`, { args: ["--bind", bind] });
    await peer.start();
    assertMatch(await peer.command("status"), new RegExp(`^p${i}, `));
  }
  site.peers[0]!.write("a", "x");
  await site.assertWell();
});

Deno.test("peer.ts tells others the address that --advertise says, and is called after machine and folder", async () => {
  await using site = await SyncSite.start();
  const bob = await site.peer("bob").start();
  await using _anna = await startPeer({
    tracker: site.port,
    folder: site.peer("anna").folder,
    args: ["--advertise", "192.0.2.7:4444"],
  });
  let peers = (await bob.status()).peers;
  await eventually("anna", async () => {
    peers = (await bob.status()).peers;
    return peers.length > 0;
  });
  assertEquals(peers[0]!.address, "192.0.2.7:4444");
  assertMatch(peers[0]!.name, /-anna$/);
});

Deno.test("peer.ts keeps trying where there is no tracker, and says so once", async () => {
  await using site = await SyncSite.start();
  const anna = site.peer("anna");
  anna.write("a", "x");
  await site.killTracker();
  await anna.start();
  await anna.process.stderr.until(/tracker/i);
  assertEquals((await anna.status()).tracker.state, "away");
  await site.startTracker();
  await eventually(
    "anna to join",
    async () => (await anna.status()).tracker.state === "connected",
  );
  const bob = await site.peer("bob").start();
  await site.assertWell();
  assertEquals(bob.read("a"), "x");
});

Deno.test("peer.ts says in a sentence why it cannot start", async () => {
  await using site = await SyncSite.start();
  const { folder } = site.peer("anna");
  const tracker = ["--tracker", `[::1]:${site.port}`];
  Deno.writeTextFileSync(`${folder}/file`, "");
  const cases: [string[], number, RegExp][] = [
    [["--dir", `${folder}/missing`, ...tracker], EXIT.notFound, /missing/],
    [["--dir", `${folder}/file`, ...tracker], EXIT.usage, /no folder/],
    [["--dir", folder], EXIT.usage, /--tracker/],
    [
      ["--dir", folder, ...tracker, "--port", `${site.port}`],
      EXIT.other,
      /in use/,
    ],
    [["status", "--dir", `${folder}/missing`], EXIT.notFound, /no folder/],
    [["why", "../x", "--dir", folder], EXIT.usage, /no path in the folder/],
    [["fly", "--dir", folder], EXIT.usage, /no command "fly"/],
  ];
  for (const [args, code, text] of cases) {
    const ended = await peerCommand(...args);
    assertEquals(ended.code, code, `${args}: ${ended.stderr}`);
    assertMatch(ended.stderr, /^peer\.ts: /);
    assertMatch(ended.stderr, text);
    assertEquals(ended.stdout, "");
  }
  // What failed has let go of the folder.
  await site.peers[0]!.start();
  const help = await peerCommand("--help");
  assertEquals([help.code, help.stderr], [EXIT.ok, ""]);
  assertMatch(help.stdout, /Usage: peer\.ts --dir DIR --tracker ADDR/);
});

Deno.test("peer.ts writes its log for programs, or none", async () => {
  await using site = await SyncSite.start();
  const anna = site.peer("anna", { args: ["--log", "json"] });
  const bob = site.peer("bob", { args: ["--log", "off"] });
  anna.write("a\n", "x");
  await anna.start();
  await bob.start();
  await site.settled();
  const [, line = ""] = await anna.process.stdout.until(/\n(\{.*\})\n/);
  const { time, ...change } = JSON.parse(line);
  assertMatch(time, /^\d{4}-.*Z$/);
  assertEquals(change, { what: "added", kind: "file", path: "a\n", size: 1 });
  bob.write("b", "y");
  await site.settled();
  assertEquals(bob.process.stdout.text.split("\n").length, 2);
});
