import { assert, assertEquals } from "@std/assert";
import { toName } from "../../names/name.ts";
import { recordToJson } from "../../sync/record_json.ts";
import {
  assertSame,
  inSyncWorld,
  type TestPeer,
} from "../../testing/sync_world.ts";
import { hello, TrackerPeer } from "../../testing/tracker_peer.ts";

Deno.test("SyncPeer brings what one has to the other", () =>
  inSyncWorld(async (world) => {
    const [a, b] = [world.add("a"), world.add("b")];
    a.write("one.txt", "one");
    a.write("x/y/two.txt", "two two two two two two two two");
    a.user.makeFolders("empty");
    b.write("three.txt", "");
    a.start();
    b.start();
    await world.pass();
    assertSame([a, b], {
      "empty": null,
      "one.txt": "one",
      "three.txt": "",
      "x": null,
      "x/y": null,
      "x/y/two.txt": "two two two two two two two two",
    });
  }));

Deno.test("SyncPeer tells changes, and a late joiner gets the newest of each", () =>
  inSyncWorld(async (world) => {
    const [a, b] = await world.running(2);
    a!.write("f", "first");
    await world.pass(200);
    assertSame([a!, b!], { "f": "first" });
    b!.write("f", "second");
    await world.pass(200);
    assertSame([a!, b!], { "f": "second" });
    const c = world.add("c");
    c.start();
    await world.pass();
    assertSame([a!, b!, c], { "f": "second" });
    assertEquals(c.fetched.length, 1);
  }));

Deno.test("SyncPeer takes away what was deleted, a folder with all that was in it", () =>
  inSyncWorld(async (world) => {
    const peers = await world.running(3);
    peers[0]!.write("x/y/f", "f");
    peers[0]!.write("g", "g");
    await world.pass();
    peers[1]!.user.removeAll("x");
    await world.pass();
    assertSame(peers, { "g": "g" });
    assertEquals(peers[2]!.folder!.versions().map(({ path }) => path), [
      "x/y/f",
    ]);
  }));

Deno.test("SyncPeer keeps the executable bit and the date", () =>
  inSyncWorld(async (world) => {
    const [a, b] = await world.running(2);
    a!.write("f", "f", world.clock.wallTime() - 123_456);
    await world.pass();
    a!.user.describe("f", { mode: 0o755 });
    await world.pass();
    assertEquals(b!.user.visit("f")!.executable, true);
    assertEquals(b!.user.visit("f")!.mtime, a!.user.visit("f")!.mtime);
    assertEquals(b!.fetched.length, 1, "the mode is no content");
  }));

Deno.test("SyncPeer tells what was done while it was not running", () =>
  inSyncWorld(async (world) => {
    const [a, b] = await world.running(2);
    a!.write("changed", "1");
    a!.write("gone", "1");
    await world.pass();
    await a!.stop();
    a!.write("changed", "2");
    a!.user.remove("gone");
    a!.write("new", "1");
    await world.pass(5000);
    a!.start();
    await world.pass();
    assertSame([a!, b!], { "changed": "2", "new": "1" });
  }));

Deno.test("SyncPeer is quiet when there is nothing to do", () =>
  inSyncWorld(async (world) => {
    const [a, b] = await world.running(2);
    a!.write("x/f", "f");
    await world.pass();
    const { seq } = world.hub.tracker.register;
    const before = [a!.folder!.calls.changes, b!.folder!.calls.changes];
    await world.pass(60_000);
    assertEquals(world.hub.tracker.register.seq, seq);
    assertEquals([a!.folder!.calls.changes, b!.folder!.calls.changes], before);
    assertSame([a!, b!], { "x": null, "x/f": "f" });
  }));

Deno.test("SyncPeer says what it did, and whose change it was", () =>
  inSyncWorld(async (world) => {
    const [a, b] = await world.running(2);
    a!.write("f", "f");
    await world.pass(200);
    a!.user.rename("f", "g");
    await world.pass(200);
    a!.user.remove("g");
    await world.pass(200);
    const told = (peer: TestPeer) =>
      peer.changes.map(({ what, path, from, by }) =>
        [what, path, from, by].join(" ")
      );
    assertEquals(told(a!), ["added f  ", "moved g f ", "deleted g  "]);
    assertEquals(told(b!), ["added f  a", "moved g f a", "deleted g  a"]);
  }));

Deno.test("SyncPeer follows a move without fetching, and keeps no version of what was moved", () =>
  inSyncWorld(async (world) => {
    const [a, b] = await world.running(2);
    a!.write("f", "a content of some length");
    await world.pass();
    a!.user.rename("f", "x/g");
    await world.pass();
    assertSame([a!, b!], { "x": null, "x/g": "a content of some length" });
    assertEquals(b!.fetched.length, 1);
    assertEquals(b!.folder!.versions(), []);
  }));

Deno.test("SyncPeer lets go of what came for a name to which the file was moved meanwhile", () =>
  inSyncWorld(async (world) => {
    const [a, b] = await world.running(2);
    b!.fetchMs = 100;
    a!.write("f", "text");
    await world.pass(60);
    const { register } = world.hub.tracker;
    const f = recordToJson(register.get(toName("f"))!.record);
    const stranger = new TrackerPeer(await world.connect(7000));
    await stranger.say(hello("s", { folder: world.hub.tracker.folder }));
    const put = async (id: number, record: object) => {
      await stranger.say({ m: "put", id, records: [record] });
      await world.pass(250);
    };
    const [phys] = f.s;
    const made = { s: [phys + 1, 0, "s000000000"] };
    // Of the move, the new name is told while the old one is on its way, and the old one when both are here.
    await put(1, { ...f, ...made, p: "g", v: { s000000000: 1 }, mv: "f" });
    assertEquals(b!.tree, { f: "text" });
    assertEquals(b!.folder!.parts(), [f.h!]);
    await put(2, { p: "f", h: null, ...made, v: { ...f.v, s000000000: 2 } });
    assertEquals(b!.tree, { g: "text" });
    assertEquals(b!.folder!.parts(), []);
    stranger.close();
  }));

Deno.test("SyncPeer moves a folder in one step, however much is in it", () =>
  inSyncWorld(async (world) => {
    const [a, b] = await world.running(2);
    const count = 300;
    for (let at = 0; at < count; at++) {
      a!.write(`x/sub${at % 3}/f${at}`, `f${at}`);
    }
    a!.user.makeFolders("y");
    await world.pass();
    a!.user.rename("x", "y/z");
    for (let ms = 0; ms < 500; ms += 2) {
      await world.clock.advance(2);
      const paths = Object.keys(b!.tree);
      const olds = paths.filter((path) => path.startsWith("x/")).length;
      const news = paths.filter((path) => path.startsWith("y/z/")).length;
      assertEquals([olds, news].sort(), [0, count + 3]);
    }
    assertSame([a!, b!], a!.tree);
    assertEquals(Object.keys(b!.tree).length, count + 5);
    assertEquals(b!.fetched.length, count);
  }));

Deno.test("SyncPeer does not read again what was moved with its folder", () =>
  inSyncWorld(async (world) => {
    const [a, b] = await world.running(2);
    for (const name of ["f", "g", "h"]) a!.write(`x/${name}`, name);
    await world.pass(20_000);
    const read: string[] = [];
    const folder = a!.folder!;
    const digest = folder.digest.bind(folder);
    folder.digest = (path, blockLogOf) => {
      read.push(path);
      return digest(path, blockLogOf);
    };
    a!.user.rename("x", "y");
    await world.pass();
    assertSame([a!, b!], { "y": null, "y/f": "f", "y/g": "g", "y/h": "h" });
    assertEquals(read, []);
  }));

Deno.test("SyncPeer looks at everything once for all who ask while it does not look yet", () =>
  inSyncWorld(async (world) => {
    const [a] = await world.running(1);
    a!.write("f", "f");
    const looks: string[] = [];
    const folder = a!.folder!;
    const children = folder.children.bind(folder);
    folder.children = (path, unusable) => {
      looks.push(path);
      return children(path, unusable);
    };
    const scans = [1, 2, 3, 4, 5].map(() => a!.peer.scan());
    await world.pass();
    await Promise.all(scans);
    assert(looks.length <= 2, `${looks.length} looks`);
  }));

Deno.test("SyncPeer.waitFor resolves when everybody has everything", () =>
  inSyncWorld(async (world) => {
    const [a, b] = await world.running(2);
    a!.write("f", "f");
    let isOver = false;
    void a!.peer.scan().then(() =>
      a!.peer.waitFor(undefined, new AbortController().signal)
    ).then(() => isOver = true);
    await world.clock.advance(0);
    assertEquals(isOver, false);
    while (!isOver) await world.clock.advance(5);
    assertSame([a!, b!], { "f": "f" });
  }));
