import { assertEquals } from "@std/assert";
import { inSyncWorld, sameTree } from "../../testing/sync_world.ts";

Deno.test("SyncPeer keeps both of two concurrent edits, under the same names everywhere", () =>
  inSyncWorld(async (world) => {
    const [a, b] = await world.apart("f");
    a.write("f", "edit of a");
    await world.pass(100);
    b.write("f", "edit of b");
    await world.together();
    assertEquals(sameTree([a, b]), {
      "f": "edit of b",
      "f (conflict)": "edit of a",
    });
    const c = world.add("c");
    c.start();
    await world.pass();
    sameTree([a, b, c]);
  }));

Deno.test("SyncPeer keeps only the newest with --conflicts newest, the other as a version", () =>
  inSyncWorld(async (world) => {
    const a = world.add("a", { conflicts: "newest" });
    const b = world.add("b", { conflicts: "newest" });
    a.write("f", "of a", world.clock.wallTime() - 5000);
    b.write("f", "of b", world.clock.wallTime() - 1000);
    a.start();
    b.start();
    await world.pass();
    assertEquals(sameTree([a, b]), { "f": "of b" });
    assertEquals(a.folder!.versions().length, 1);
  }));

Deno.test("SyncPeer makes no conflict of the same edit, or of another date", () =>
  inSyncWorld(async (world) => {
    const [a, b] = await world.apart("f");
    a.write("f", "the same");
    await world.pass(100);
    b.write("f", "the same");
    await world.together();
    assertEquals(sameTree([a, b]), { "f": "the same" });
    assertEquals(a.fetched.length + b.fetched.length, 1);
  }));

Deno.test("SyncPeer lets a newer edit win over a delete, and an older one come back", () =>
  inSyncWorld(async (world) => {
    const [a, b] = await world.apart("f");
    a.user.remove("f");
    await world.pass(100);
    b.write("f", "later");
    await world.together();
    assertEquals(sameTree([a, b]), { "f": "later" });

    world.isTrackerThere = false;
    world.cut();
    a.write("f", "earlier");
    await world.pass(100);
    b.user.remove("f");
    await world.pass(100);
    await world.together();
    assertEquals(sameTree([a, b]), { "f": "earlier" });
  }));

Deno.test("SyncPeer takes the newest of each of old files at the first join, and keeps what differs", () =>
  inSyncWorld(async (world) => {
    const [a, b] = [world.add("a"), world.add("b")];
    const { clock } = world;
    a.write("f", "old", clock.wallTime() - 9000);
    b.write("f", "new", clock.wallTime() - 5000);
    a.write("same", "same", clock.wallTime() - 9000);
    b.write("same", "same", clock.wallTime() - 5000);
    a.start();
    await world.pass();
    b.start();
    await world.pass();
    assertEquals(sameTree([a, b]), {
      "f": "new",
      "f (conflict)": "old",
      "same": "same",
    });
  }));

Deno.test("SyncPeer does not bring back what was deleted, when its index was lost", () =>
  inSyncWorld(async (world) => {
    const [a, b] = await world.running(2);
    a!.write("gone", "gone");
    a!.write("kept", "kept");
    await world.pass();
    await b!.stop();
    a!.user.remove("gone");
    await world.pass();
    b!.wipeIndex();
    b!.start();
    await world.pass(5000);
    assertEquals(sameTree([a!, b!]), { "kept": "kept" });
    assertEquals(b!.folder!.versions().map(({ path }) => path), ["gone"]);
    assertEquals(b!.fetched.length, 2, "fetched before the index was lost");
  }));

Deno.test("SyncPeer keeps an edit that was made while the same file is fetched", () =>
  inSyncWorld(async (world) => {
    const [a, b] = await world.running(2);
    b!.fetchMs = 1000;
    a!.write("f", "from a");
    await world.pass(500);
    assertEquals(b!.peer.status().lacking.files, 1);
    b!.write("f", "from b");
    await world.pass(5000);
    const tree = sameTree([a!, b!]);
    assertEquals(Object.values(tree).sort(), ["from a", "from b"]);
  }));

Deno.test("SyncPeer keeps what a program goes on writing into a file that was replaced", () =>
  inSyncWorld(async (world) => {
    const [a, b] = await world.running(2);
    a!.write("f", "first");
    await world.pass();
    a!.write("f", "second");
    // It has the old file open, and has written nothing yet.
    const inode = b!.disk.get("f");
    await world.pass(500);
    assertEquals(b!.tree["f"], "second");
    b!.disk.write(inode, 5, new TextEncoder().encode(" and more"));
    await world.pass(5000);
    const texts = Object.values(b!.tree).sort();
    assertEquals(texts, ["first and more", "second"]);
    sameTree([a!, b!]);
  }));

Deno.test("SyncPeer tells what a program goes on writing into a file that became a conflict copy, or was moved", () =>
  inSyncWorld(async (world) => {
    const [a, b] = await world.running(2);
    a!.write("f", "f");
    await world.pass();
    b!.fetchMs = 100;
    a!.write("g", "of a");
    await world.pass(50);
    b!.write("g", "of b", world.clock.wallTime() - 5000);
    await world.pass(500);
    a!.user.rename("f", "h");
    await world.pass(500);
    assertEquals(Object.values(b!.tree), ["of a", "of b", "f"]);
    const copy = Object.keys(b!.tree)[1]!;
    // It has them open under the names that they had: no hint names the new ones.
    for (const path of [copy, "h"]) {
      const inode = b!.disk.get(path);
      const more = new TextEncoder().encode(" and more");
      b!.disk.write(inode, inode.bytes.length, more);
    }
    await world.pass(5000);
    assertEquals(sameTree([a!, b!]), {
      "g": "of a",
      "g (conflict)": "of b and more",
      "h": "f and more",
    });
  }));

Deno.test("SyncPeer keeps an edit that was made while the new file is waited for to be on the disk", () =>
  inSyncWorld(async (world) => {
    const [a, b] = await world.running(2);
    a!.write("f", "first");
    await world.pass();
    await b!.stop();
    b!.syncMs = 1000;
    b!.start();
    await world.pass();
    a!.write("f", "second");
    await world.pass(500);
    b!.write("f", "of b");
    await world.pass(5000);
    assertEquals(sameTree([a!, b!]), {
      "f": "of b",
      "f (conflict)": "second",
    });
  }));

Deno.test("SyncPeer places the newest only of what came while the disk was waited for", () =>
  inSyncWorld(async (world) => {
    const [a] = await world.running(1);
    const b = world.add("b");
    b.syncMs = 1000;
    b.start();
    a!.write("f", "first");
    await world.pass(5000);
    a!.write("f", "second");
    await world.pass(500);
    a!.write("f", "third");
    await world.pass(5000);
    assertEquals(sameTree([a!, b]), { "f": "third" });
    assertEquals(b.folder!.versions().length, 1);
  }));

Deno.test("SyncPeer puts an old file of a newcomer into the versions, where others have deleted theirs", () =>
  inSyncWorld(async (world) => {
    const [a] = await world.running(1);
    a!.write("f", "newer");
    await world.pass();
    a!.user.remove("f");
    await world.pass();
    const b = world.add("b");
    b.write("f", "older", world.clock.wallTime() - 3_600_000);
    b.start();
    await world.pass(5000);
    assertEquals(sameTree([a!, b]), {});
    assertEquals(b.folder!.versions().length, 1);
  }));
