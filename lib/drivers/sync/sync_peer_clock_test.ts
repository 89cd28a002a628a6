import { assertEquals, assertStringIncludes } from "@std/assert";
import { assertSame, inSyncWorld } from "../../testing/sync_world.ts";

Deno.test("SyncPeer gives a delete no date that happened while it was not running", () =>
  inSyncWorld(async (world) => {
    const [a] = await world.running(1);
    const mtime = world.clock.wallTime() - 100_000;
    for (const path of ["f", "g"]) a!.write(path, "text", mtime);
    await world.pass();
    a!.user.remove("f");
    await world.pass();
    await a!.stop();
    a!.user.remove("g");
    a!.start();
    await world.pass();
    const { register } = world.hub.tracker;
    const stamps = [...register.entries()].map(({ record }) => [
      record.path,
      record.root,
      record.stamp.phys > mtime,
      record.stamp.logical,
    ]);
    assertEquals(stamps.sort(), [["f", null, true, 0], ["g", null, false, 1]]);
  }));

Deno.test("SyncPeer does not publish while its clock is off by minutes, and goes on receiving", () =>
  inSyncWorld(async (world) => {
    const a = world.add("a");
    const b = world.add("b");
    b.skewMs = 300_000;
    a.start();
    b.start();
    await world.pass(6000);
    b.write("of b", "b");
    a.write("of a", "a");
    await world.pass(6000);
    assertEquals(a.tree, { "of a": "a" });
    assertEquals(b.tree, { "of a": "a", "of b": "b" });
    assertStringIncludes(b.notes.join("\n"), "300.0 s off");
  }));

Deno.test("SyncPeer makes a version anew that was made while its clock was far ahead", () =>
  inSyncWorld(async (world) => {
    const [a, b] = await world.running(2);
    a!.write("f", "first");
    await world.pass();
    await world.stopTracker();
    a!.skewMs = 3_600_000;
    await a!.stop();
    a!.start();
    await world.pass();
    a!.write("f", "second");
    await world.pass();
    a!.skewMs = 0;
    await world.startTracker();
    await world.pass(20_000);
    assertSame([a!, b!], { "f": "second" });
    b!.write("f", "third");
    await world.pass();
    assertSame([a!, b!], { "f": "third" });
  }));

Deno.test("SyncPeer corrects its clock by the tracker's", () =>
  inSyncWorld(async (world) => {
    const a = world.add("a");
    const b = world.add("b");
    b.skewMs = -60_000;
    a.write("f", "older", world.clock.wallTime() - 5000);
    a.start();
    b.start();
    await world.pass();
    b.user.remove("f");
    await world.pass();
    assertSame([a, b], {});
  }));
