import { assertEquals, assertMatch } from "@std/assert";
import { EXIT } from "../lib/errors.ts";
import { peerCommand } from "../lib/testing/peers.ts";
import { SyncSite } from "../lib/testing/sync_site.ts";
import { eventually } from "../lib/testing/within.ts";

Deno.test("peer.ts status and wait tell whom the files wait for that nobody has who is here; all else goes on", async () => {
  await using site = await SyncSite.start();
  const anna = await site.peer("anna").start();
  await site.settled();
  for (let i = 100; i < 300; i++) anna.write(`f${i}`, `${i}`);
  await anna.command("wait", "--all");
  await anna.kill();
  const bob = await site.peer("bob").start();
  const carl = await site.peer("carl").start();
  carl.write("new", "new");
  await bob.process.stdout.until(/ added new /);
  // Until the tracker knows that the connection of anna is gone for good.
  await eventually(
    "the files to wait for anna",
    async () => (await bob.status()).waiting.peers.length > 0,
  );
  assertMatch(
    await bob.command("status"),
    /\nwaiting {3}200 files, 600 B, for (anna|[0-9a-z]{10}), who is away\n/,
  );
  const late = await peerCommand(
    "wait",
    "--all",
    "--seconds",
    "1",
    "--dir",
    bob.folder,
  );
  assertEquals([late.code, late.stdout], [EXIT.network, ""]);
  assertMatch(late.stderr, /after 1 s not every peer has everything\n/);
  assertMatch(late.stderr, /lacking here: 200 files, 600 B\n/);
  assertMatch(
    late.stderr,
    /waiting: 200 files, 600 B, for (anna|[0-9a-z]{10}),/,
  );
  await anna.start();
  await site.assertWell();
  assertEquals(bob.files().length, 201);
});
