import { assert, assertEquals } from "@std/assert";
import { inSyncWorld, sameTree } from "../../testing/sync_world.ts";

Deno.test("SyncPeer keeps a folder in which somebody made something while another deleted it", () =>
  inSyncWorld(async (world) => {
    const [a, b] = await world.apart("x/f");
    b.write("x/new", "new");
    await world.pass(100);
    a.user.removeAll("x");
    await world.pass(100);
    await world.together();
    assertEquals(sameTree([a, b]), { "x": null, "x/new": "new" });
  }));

Deno.test("SyncPeer makes a file of a folder, and a folder of a file", () =>
  inSyncWorld(async (world) => {
    const [a, b] = await world.running(2);
    a!.write("x/f", "f");
    a!.write("y", "y");
    await world.pass();
    a!.user.removeAll("x");
    a!.write("x", "x");
    a!.user.remove("y");
    a!.write("y/g", "g");
    await world.pass();
    assertEquals(sameTree([a!, b!]), { "x": "x", "y": null, "y/g": "g" });
  }));

Deno.test("SyncPeer keeps a folder with files and a file of the same name", () =>
  inSyncWorld(async (world) => {
    const [a, b] = await world.apart("x/f");
    b.write("x/g", "g");
    await world.pass(100);
    a.user.removeAll("x");
    a.write("x", "a file");
    await world.pass(100);
    await world.together();
    assertEquals(sameTree([a, b]), {
      "x": null,
      "x (conflict)": "a file",
      "x/g": "g",
    });
  }));

Deno.test("SyncPeer leaves alone what is ignored, and the folder it is in", () =>
  inSyncWorld(async (world) => {
    const [a, b] = await world.running(2);
    a!.write(".landlineignore", "*.o\n");
    await world.pass();
    a!.write("x/f", "f");
    await world.pass();
    b!.write("x/g.o", "object");
    a!.write("h.o", "object");
    await world.pass();
    a!.user.removeAll("x");
    await world.pass();
    assertEquals(a!.tree, { ".landlineignore": "*.o\n", "h.o": "object" });
    assertEquals(b!.tree, {
      ".landlineignore": "*.o\n",
      "x": null,
      "x/g.o": "object",
    });
    assert(b!.peer.status().isIdle);
    b!.user.remove("x/g.o");
    await b!.peer.scan();
    await world.pass();
    const { seq } = world.hub.tracker.register;
    await world.pass();
    assertEquals(world.hub.tracker.register.seq, seq);
  }));

Deno.test("SyncPeer syncs what the rules do not ignore any more", () =>
  inSyncWorld(async (world) => {
    const [a, b] = await world.running(2);
    a!.write(".landlineignore", "*.o\n");
    a!.write("f.o", "object");
    await world.pass();
    assertEquals(b!.tree, { ".landlineignore": "*.o\n" });
    a!.write(".landlineignore", "");
    await world.pass();
    assertEquals(sameTree([a!, b!]), {
      ".landlineignore": "",
      "f.o": "object",
    });
  }));

Deno.test("SyncPeer never touches a link, and says what stands in the way", () =>
  inSyncWorld(async (world) => {
    const [a, b] = await world.running(2);
    b!.write("target", "target");
    await world.pass();
    b!.user.symlink("target", "f");
    a!.write("f", "f");
    await world.pass();
    assertEquals(b!.user.visit("f")?.kind, "other");
    const { troubles, lacking } = b!.peer.status();
    assertEquals(troubles.map(({ path }) => path), ["f"]);
    assertEquals(lacking.files, 1);
    b!.user.remove("f");
    await world.pass(5000);
    assertEquals(sameTree([a!, b!]), { "f": "f", "target": "target" });
    assertEquals(b!.peer.status().troubles, []);
  }));

Deno.test("SyncPeer makes one folder of two, when two were given the same name", () =>
  inSyncWorld(async (world) => {
    const [a, b] = await world.apart("x/f");
    a.write("y/a", "a");
    b.write("y/b", "b");
    await world.together();
    assertEquals(sameTree([a, b]), {
      "x": null,
      "x/f": "base",
      "y": null,
      "y/a": "a",
      "y/b": "b",
    });
  }));

Deno.test("SyncPeer follows a folder that was moved, and an edit in it that its mover did not know of", () =>
  inSyncWorld(async (world) => {
    const [a, b] = await world.apart("x/f");
    b.write("x/f", "edit");
    await world.pass(100);
    a.user.rename("x", "y");
    await world.pass(100);
    await world.together();
    assertEquals(sameTree([a, b]), {
      "x": null,
      "x/f": "edit",
      "y": null,
      "y/f": "base",
    });
  }));

Deno.test("SyncPeer takes away what was moved to a name that is ignored here", () =>
  inSyncWorld(async (world) => {
    const [a, b] = [world.add("a"), world.add("b", { ignore: "/new\n" })];
    a.start();
    b.start();
    a.write("old", "text");
    await world.pass();
    a.user.rename("old", "new");
    await world.pass(5000);
    assertEquals([a.tree, b.tree], [{ "new": "text" }, {}]);
    assert(b.peer.status().isIdle);
  }));

Deno.test("SyncPeer takes away a folder in which somebody deletes just what goes with it", () =>
  inSyncWorld(async (world) => {
    const [a, b] = await world.running(2);
    a!.write("x/f", "f");
    await world.pass();
    a!.user.removeAll("x");
    await world.pass(10);
    // Seen only when b has heard of the other delete, and its folder waits.
    b!.user.remove("x/f");
    await world.pass();
    assertEquals(sameTree([a!, b!]), {});
  }));

Deno.test("SyncPeer takes away a folder in which somebody deletes what its deleter did not know of", () =>
  inSyncWorld(async (world) => {
    const [a, b] = await world.running(2);
    a!.write("x/f", "f");
    await world.pass();
    b!.write("x/f", "edit");
    await world.pass(15);
    a!.user.removeAll("x");
    await world.pass(10);
    b!.user.remove("x/f");
    await world.pass();
    assertEquals(sameTree([a!, b!]), {});
  }));

Deno.test("SyncPeer keeps a folder that is deleted while something in it is edited, with nobody else there", () =>
  inSyncWorld(async (world) => {
    const [a, b] = await world.running(2);
    a!.write("x/f", "f");
    await world.pass();
    a!.user.removeAll("x");
    await world.pass(10);
    b!.write("x/f", "edit");
    await world.pass(15);
    // It has told its delete, and would make the folder again.
    await a!.stop();
    await world.pass();
    assertEquals(sameTree([b!]), { "x": null, "x/f": "edit" });
  }));
