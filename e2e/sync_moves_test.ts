import { assertEquals } from "@std/assert";
import { patterned } from "../lib/testing/content.ts";
import { SyncSite } from "../lib/testing/sync_site.ts";

/** The changes that a peer has told since `from`, without their dates. */
function toldSince(text: string, from: number): string[] {
  return text.slice(from).split("\n").filter((line) => line !== "")
    .map((line) => line.slice(line.indexOf(" ") + 1));
}

Deno.test("peer.ts moves a folder in one step where others moved it, and nothing is sent", async () => {
  await using site = await SyncSite.start();
  const [alice, bob] = [site.peer("alice"), site.peer("bob")];
  for (let at = 0; at < 20; at++) {
    alice.write(`before/f${at}`, patterned(20_000, at + 1));
  }
  await alice.start();
  await bob.start();
  await site.settled();
  const { received } = await bob.status();
  const told = bob.process.stdout.text.length;
  Deno.renameSync(`${alice.folder}/before`, `${alice.folder}/after`);
  await site.assertWell();
  await bob.process.stdout.until(/moved before/);
  assertEquals(toldSince(bob.process.stdout.text, told), [
    "moved before/ to after/ from alice",
  ]);
  assertEquals((await bob.status()).received, received);
});

Deno.test("peer.ts gives a large file its other name without a byte on the wire", async () => {
  await using site = await SyncSite.start();
  const [alice, bob] = [site.peer("alice"), site.peer("bob")];
  alice.write("before.bin", patterned(5_000_000));
  await alice.start();
  await bob.start();
  await site.settled();
  const { received } = await bob.status();
  Deno.renameSync(`${alice.folder}/before.bin`, `${alice.folder}/after.bin`);
  await site.assertWell();
  assertEquals(bob.files(), ["after.bin"]);
  assertEquals((await bob.status()).received, received);
});
