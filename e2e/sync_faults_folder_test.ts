import { assertEquals, assertMatch } from "@std/assert";
import { patterned } from "../lib/testing/content.ts";
import { canMount, SmallDisk } from "../lib/testing/small_disk.ts";
import { SyncSite } from "../lib/testing/sync_site.ts";
import { eventually } from "../lib/testing/within.ts";

// sync.md 2.14: what can become of a folder and its disk. An empty folder never empties the others.

const MB = 2 ** 20;
/** So many that no accident deletes them for all. */
const FILES = Array.from(
  { length: 40 },
  (_, index) => `pictures/${index}.jpg`,
);

/** Two peers that have all files. */
async function twoPeers(site: SyncSite) {
  const [alice, bob] = [site.peer("alice"), site.peer("bob")];
  for (const file of FILES) alice.write(file, patterned(2000, file.length));
  await alice.start();
  await bob.start();
  await site.settled();
  assertEquals(bob.files(), [...FILES].sort());
  return { alice, bob };
}

/** All that a person sees goes, what is ours stays. In one step: of a slow one the beginning looks like what it is, some deletes. */
function empty(folder: string): void {
  assertEquals(
    [...Deno.readDirSync(folder)].map(({ name }) => name).sort(),
    [".landline", "pictures"],
  );
  Deno.renameSync(`${folder}/pictures`, `${folder}-pictures`);
}

Deno.test("peer.ts does not tell others of a folder that was emptied while it ran, until that is confirmed", async () => {
  await using site = await SyncSite.start();
  const { alice, bob } = await twoPeers(site);
  empty(alice.folder);
  await eventually(
    "the deletes to be held back",
    async () => (await alice.status()).held !== undefined,
  );
  assertEquals((await alice.status()).held!.deletes, FILES.length + 1);
  assertEquals(bob.files(), [...FILES].sort());
  await alice.process.stderr.until(/peer\.ts confirm/);
  await alice.command("confirm");
  await site.assertWell();
  assertEquals(bob.files(), []);
  assertMatch(await bob.command("versions"), /pictures\/0\.jpg/);
});

Deno.test("peer.ts does not tell others of a folder that was emptied while it was away", async () => {
  await using site = await SyncSite.start();
  const { alice, bob } = await twoPeers(site);
  await alice.stop();
  empty(alice.folder);
  await alice.start();
  await eventually(
    "the deletes to be held back",
    async () => (await alice.status()).held !== undefined,
  );
  bob.write("still here.txt", "yes\n");
  await eventually(
    "changes of others to come all the same",
    () => alice.files().includes("still here.txt"),
  );
  assertEquals(bob.files(), [...FILES, "still here.txt"].sort());
});

Deno.test("peer.ts on a disk that is not mounted takes it for a new folder, and nothing is deleted anywhere", async () => {
  await using site = await SyncSite.start();
  const { alice, bob } = await twoPeers(site);
  await alice.stop();
  Deno.renameSync(alice.folder, `${alice.folder}-elsewhere`);
  Deno.mkdirSync(alice.folder);
  await alice.start();
  await site.assertWell();
  assertEquals(bob.files(), [...FILES].sort());
});

Deno.test("peer.ts whose folder is moved away spreads nothing, and goes on when it is back", async () => {
  await using site = await SyncSite.start();
  const { alice, bob } = await twoPeers(site);
  Deno.renameSync(alice.folder, `${alice.folder}-elsewhere`);
  bob.write("meanwhile.txt", "something\n");
  await alice.process.stderr.until(/lost its mark/);
  assertEquals(bob.files(), ["meanwhile.txt", ...FILES].sort());
  Deno.renameSync(`${alice.folder}-elsewhere`, alice.folder);
  await site.assertWell();
  assertEquals(alice.files(), ["meanwhile.txt", ...FILES].sort());
});

Deno.test("peer.ts replaces and deletes a file that is read-only, and keeps its old version", async () => {
  await using site = await SyncSite.start();
  const [alice, bob] = [site.peer("alice"), site.peer("bob")];
  alice.write("law.txt", "old\n");
  Deno.chmodSync(`${alice.folder}/law.txt`, 0o444);
  await alice.start();
  await bob.start();
  await site.settled();
  assertEquals(bob.read("law.txt"), "old\n");
  Deno.chmodSync(`${bob.folder}/law.txt`, 0o444);
  Deno.chmodSync(`${alice.folder}/law.txt`, 0o644);
  alice.write("law.txt", "new and longer\n");
  await site.assertWell();
  assertEquals(bob.read("law.txt"), "new and longer\n");
  Deno.chmodSync(`${bob.folder}/law.txt`, 0o444);
  Deno.removeSync(`${alice.folder}/law.txt`);
  await site.assertWell();
  assertEquals(bob.files(), []);
  assertMatch(await bob.command("versions"), /law\.txt/);
});

const ignore = !canMount();
const WHY = ignore ? " (skipped: only root may mount a small disk)" : "";

Deno.test({
  name:
    `peer.ts whose disk is full says so, keeps what it has, and goes on when there is room${WHY}`,
  ignore,
  async fn() {
    using disk = new SmallDisk("size=12m");
    await using site = await SyncSite.start();
    const [alice, bob, small] = [
      site.peer("alice"),
      site.peer("bob"),
      site.peer("small", { folder: `${disk.path}/shared` }),
    ];
    for (const peer of [alice, bob, small]) await peer.start();
    alice.write("small.txt", "fits\n");
    await site.settled();
    alice.write("large.bin", patterned(30 * MB));
    await eventually(
      "bob, who has room, to have it",
      () => bob.files().includes("large.bin"),
    );
    await eventually(
      "the full disk to be told",
      async () => /disk is full/i.test(JSON.stringify(await small.status())),
    );
    assertEquals(small.files(), ["small.txt"]);
    disk.remount("size=120m");
    await site.assertWell();
  },
});

Deno.test({
  name:
    `peer.ts that may not write into a folder says so, brings up to date all the rest, and that folder later`,
  async fn(t) {
    await using site = await SyncSite.start();
    const [alice, bob] = [site.peer("alice"), site.peer("bob")];
    alice.write("locked/a.txt", "one\n");
    await alice.start();
    await bob.start();
    await site.settled();
    const locked = `${bob.folder}/locked`;
    if (!chattr("+i", locked)) {
      // Only root on a file system that has it; modes do not stop root, and others cannot lock a folder of their own so.
      await t.step({
        name: "skipped: this file system has no immutable folders",
        ignore: true,
        fn: () => {},
      });
      return;
    }
    try {
      alice.write("locked/b.txt", "two\n");
      alice.write("free.txt", "three\n");
      await eventually(
        "the rest at bob",
        () => bob.files().includes("free.txt"),
      );
      await eventually(
        "the trouble to be told",
        async () =>
          (await bob.status()).troubles.some(({ path }) =>
            path === "locked/b.txt"
          ),
      );
    } finally {
      chattr("-i", locked);
    }
    await site.assertWell();
  },
});

function chattr(flag: "+i" | "-i", path: string): boolean {
  try {
    return new Deno.Command("chattr", { args: [flag, path] }).outputSync()
      .success;
  } catch {
    return false;
  }
}
