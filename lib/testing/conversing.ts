/**
 * The conversations of the documents' examples (`exchanges.ts`), held with a server in memory.
 *
 * @module
 */

import type { Conversation } from "./exchanges.ts";
import { turn } from "./fake_clock.ts";
import type { MemoryServer } from "./memory_server.ts";
import { textOf } from "./wire_peer.ts";
import { within } from "./within.ts";

/** What the client gets that sends `pieces`, with a pause between them. */
export async function converse(
  server: MemoryServer,
  pieces: readonly Uint8Array[],
  { serverEnds }: Conversation,
): Promise<string> {
  const { peer } = server.connect();
  for (const piece of pieces) {
    // A server that has ended the connection takes no more.
    await peer.send(piece).catch(() => {});
    await turn();
  }
  if (!serverEnds) await peer.end();
  const received = textOf(await within("the end", peer.rest()));
  peer.close();
  while (server.server.clients > 0) await turn();
  return received;
}
