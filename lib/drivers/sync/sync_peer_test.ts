import { assertEquals } from "@std/assert";
import { SyncWorld } from "../../testing/sync_world.ts";

/** Runs `test` in a world with a tracker; everything is stopped afterwards. */
async function inWorld(test: (world: SyncWorld) => Promise<void>) {
  const world = new SyncWorld();
  await world.startTracker();
  try {
    await test(world);
  } finally {
    await world.stop();
  }
}

Deno.test("SyncPeer brings what one has to the other", () =>
  inWorld(async (world) => {
    const [a, b] = [world.add("a"), world.add("b")];
    a.write("one.txt", "one");
    a.write("x/y/two.txt", "two two two two two two two two");
    a.user.makeFolders("empty");
    b.write("three.txt", "");
    a.start();
    b.start();
    await world.pass();
    const all = {
      "empty": null,
      "one.txt": "one",
      "three.txt": "",
      "x": null,
      "x/y": null,
      "x/y/two.txt": "two two two two two two two two",
    };
    assertEquals(a.tree, all);
    assertEquals(b.tree, all);
    assertEquals([a.peer.status().isIdle, b.peer.status().isIdle], [
      true,
      true,
    ]);
  }));
