/**
 * For tests of what changes a folder over HTTP: a server in memory that takes uploads, and clients that send bodies.
 *
 * @module
 */

import { toBytes } from "../bytes/ascii.ts";
import { turn } from "./fake_clock.ts";
import { type HttpAnswer, HttpPeer, requestText } from "./http_peer.ts";
import type { ChannelPairOptions } from "./memory_channel.ts";
import { MemoryServer, type MemoryServerOptions } from "./memory_server.ts";
import { textOf } from "./wire_peer.ts";

/** Fields of a request, beside Host. */
export type RequestFields = Readonly<Record<string, string>>;

/** A server that takes uploads and deletes; its tokens are 0000000000000001 and so on. */
export function changeServer(options: MemoryServerOptions = {}): MemoryServer {
  let tokens = 0;
  return new MemoryServer({
    uploads: {},
    ...options,
    http: {
      mayDelete: true,
      newToken: () => `${++tokens}`.padStart(16, "0"),
      ...options.http,
    },
  });
}

/** A new connection to `server`. */
export function connectHttp(
  server: MemoryServer,
  options?: ChannelPairOptions,
): HttpPeer {
  return new HttpPeer(server.connect(options).clientEnd);
}

/** Sends a request (`PUT /a`) with a counted body, and gives its answer. */
export async function askWith(
  peer: HttpPeer,
  request: string,
  body: string | Uint8Array,
  fields: RequestFields = {},
): Promise<HttpAnswer> {
  await peer.send(requestWith(request, body, fields));
  return await peer.answer(request.slice(0, request.indexOf(" ")));
}

/** A request with a counted body. */
export function requestWith(
  request: string,
  body: string | Uint8Array,
  fields: RequestFields = {},
): Uint8Array {
  const bytes = typeof body === "string" ? toBytes(body) : body;
  const head = requestText(request, {
    ...fields,
    "Content-Length": `${bytes.length}`,
  });
  return new Uint8Array([...toBytes(head), ...bytes]);
}

/** Sends what gets through of `bytes`, and lets the server notice that the rest does not come. */
export async function sendUntilCut(
  peer: HttpPeer,
  bytes: Uint8Array,
): Promise<void> {
  await peer.send(bytes).catch(() => {});
  await peer.rest();
  await turn();
}

/** The content of the file `name` as text; `undefined` if there is none. */
export function contentOf(
  { directory }: MemoryServer,
  name: string,
): string | undefined {
  const bytes = directory.get(name);
  return bytes && textOf(bytes);
}
