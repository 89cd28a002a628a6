import { assertEquals } from "@std/assert";
import {
  contentOf,
  someBytes,
  TransferWorld,
} from "../../../testing/transfer_world.ts";

Deno.test("Transfer fetches a small file with one request, and no list", async () => {
  const world = new TransferWorld(2);
  const [a, b] = world.peers as [typeof world.peers[0], typeof world.peers[0]];
  const content = contentOf(someBytes(100));
  a.put(content);
  world.tell(content.list.root);
  assertEquals(await world.until(b.get(content)), content.bytes);
  assertEquals(b.transfer.received, 100);
  assertEquals(a.transfer.sent, 100);
  await world.stop();
});

Deno.test("Transfer fetches a file of many blocks", async () => {
  const world = new TransferWorld(2);
  const [a, b] = world.peers as [typeof world.peers[0], typeof world.peers[0]];
  const content = contentOf(someBytes(1000));
  a.put(content);
  world.tell(content.list.root);
  assertEquals(await world.until(b.get(content)), content.bytes);
  assertEquals(b.transfer.received, 1000);
  await world.stop();
});
