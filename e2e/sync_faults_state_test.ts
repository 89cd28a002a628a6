import { assertEquals, assertMatch } from "@std/assert";
import { SyncSite } from "../lib/testing/sync_site.ts";
import { eventually } from "../lib/testing/within.ts";

// sync.md 2.14: what peers and trackers remember is lost. Nobody's content is lost with it, and what was deleted stays
// deleted.

/** Files enough to be a folder, not so many that their deletion looks like an accident. */
const FILES = Array.from({ length: 12 }, (_, index) => `notes/${index}.txt`);

function wipeIndex(folder: string): void {
  for (const { name } of Deno.readDirSync(`${folder}/.landline`)) {
    if (name.startsWith("index.sqlite")) {
      Deno.removeSync(`${folder}/.landline/${name}`);
    }
  }
}

Deno.test("peer.ts whose index was deleted takes up what is there: no copies, the newest of each, the deleted stays away", async () => {
  await using site = await SyncSite.start();
  const [alice, bob] = [site.peer("alice"), site.peer("bob")];
  for (const file of FILES) alice.write(file, `${file}, as it was\n`);
  await alice.start();
  await bob.start();
  await site.settled();
  await bob.stop();
  wipeIndex(bob.folder);
  alice.write(FILES[0]!, "changed by alice meanwhile\n");
  Deno.removeSync(`${alice.folder}/${FILES[1]}`);
  alice.write("new.txt", "made by alice meanwhile\n");
  await alice.waitForAll();
  await bob.start();
  await site.assertWell();
  assertEquals(
    bob.files().filter((name) => !name.includes("(conflict ")),
    ["new.txt", ...FILES.filter((name) => name !== FILES[1])].sort(),
  );
  assertEquals(bob.read(FILES[0]!), "changed by alice meanwhile\n");
  assertMatch(await bob.command("versions"), /notes\/1\.txt/);
});

Deno.test("peer.ts that was changed while its index was deleted keeps what was written", async () => {
  await using site = await SyncSite.start();
  const [alice, bob] = [site.peer("alice"), site.peer("bob")];
  alice.write("plan.txt", "first\n");
  await alice.start();
  await bob.start();
  await site.settled();
  await bob.stop();
  wipeIndex(bob.folder);
  bob.write("plan.txt", "bob's own\n");
  await bob.start();
  await site.assertWell();
  assertEquals(alice.read("plan.txt"), "bob's own\n", "the newest wins");
});

Deno.test("peers tell a tracker that lost everything what there is, and what was deleted stays deleted", async () => {
  await using site = await SyncSite.start();
  const [alice, bob] = [site.peer("alice"), site.peer("bob")];
  for (const file of FILES) alice.write(file, `${file}\n`);
  await alice.start();
  await bob.start();
  await site.settled();
  await bob.kill();
  Deno.removeSync(`${alice.folder}/${FILES[0]}`);
  await alice.waitForAll();
  await site.killTracker();
  alice.write("while there was none.txt", "no tracker\n");
  await site.startTracker();
  await bob.start();
  await site.assertWell();
  assertEquals(
    bob.files(),
    ["while there was none.txt", ...FILES.slice(1)].sort(),
  );
});

Deno.test("tracker.ts --data that was killed knows all that it knew, and changes made meanwhile arrive", async () => {
  await using site = await SyncSite.start("--data", "DATA");
  const [alice, bob] = [site.peer("alice"), site.peer("bob")];
  for (const file of FILES) alice.write(file, `${file}\n`);
  await alice.start();
  await bob.start();
  await site.settled();
  await site.killTracker();
  await eventually(
    "alice to see that the tracker is away",
    async () => (await alice.status()).tracker.state !== "connected",
  );
  alice.write(FILES[0]!, "by alice\n");
  bob.write(FILES[1]!, "by bob\n");
  Deno.removeSync(`${bob.folder}/${FILES[2]}`);
  await site.startTracker();
  await site.assertWell();
  assertEquals(bob.read(FILES[0]!), "by alice\n");
  assertEquals(alice.read(FILES[1]!), "by bob\n");
  assertEquals(alice.files().includes(FILES[2]!), false);
});

Deno.test("peer.ts that is killed while files come and go has them all when it is back", async () => {
  await using site = await SyncSite.start();
  const [alice, bob] = [site.peer("alice"), site.peer("bob")];
  await alice.start();
  await bob.start();
  for (let round = 0; round < 3; round++) {
    for (const file of FILES) alice.write(file, `${file} in round ${round}\n`);
    Deno.removeSync(`${alice.folder}/${FILES[round]}`);
    // Somewhere in the middle of it.
    await eventually(
      "something of it at bob",
      () => bob.files().length > 0,
    );
    await bob.kill();
    await bob.start();
  }
  await site.assertWell();
  assertEquals(bob.files().length, FILES.length - 1);
});
