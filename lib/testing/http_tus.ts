/**
 * Requests of tus 1.0 for tests, and what is told of their uploads.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { toBytes } from "../bytes/ascii.ts";
import { toName } from "../names/name.ts";
import { patterned } from "./content.ts";
import { askWith, connectHttp } from "./http_changes.ts";
import type { HttpAnswer, HttpPeer } from "./http_peer.ts";
import type { MemoryServer } from "./memory_server.ts";

/** In every request. */
export const TUS = { "Tus-Resumable": "1.0.0" };
/** In every request that brings bytes. */
export const PATCH = {
  ...TUS,
  "Content-Type": "application/offset+octet-stream",
};
/** What is uploaded. */
export const CONTENT = patterned(90);
/** Of the first upload in the root. */
export const FIRST_URL = "/.landline-0000000000000001";
/** `FakeClock` began on Sun, 06 Nov 1994 08:49:37 GMT. */
export const A_DAY_LATER = "Mon, 07 Nov 1994 08:49:37 GMT";

/** Begins an upload of `length` bytes in `folder`. */
export async function begin(
  peer: HttpPeer,
  folder: string,
  length: number,
  metadata: Record<string, string>,
  { body, fields }: { body?: Uint8Array; fields?: Record<string, string> } = {},
): Promise<HttpAnswer> {
  const all: Record<string, string> = {
    ...(body === undefined ? TUS : PATCH),
    "Upload-Length": `${length}`,
    "Upload-Metadata": metadataOf(metadata),
    ...fields,
  };
  return await askWith(peer, `POST ${folder}`, body ?? "", all);
}

/** Begins an upload called `filename` in the root; gives its URL. */
export async function begunAt(
  peer: HttpPeer,
  filename: string,
  fields: Record<string, string> = {},
  length = CONTENT.length,
): Promise<string> {
  const answer = await begin(peer, "/", length, { filename }, { fields });
  assertEquals(answer.status, 201, answer.text);
  return answer.fields.get("location")!;
}

/** Sends `body` as the piece of an upload at `offset`. */
export async function patch(
  peer: HttpPeer,
  url: string,
  offset: number,
  body: string | Uint8Array,
  fields: Record<string, string> = {},
): Promise<HttpAnswer> {
  const all = { ...offsetAt(offset), ...fields };
  return await askWith(peer, `PATCH ${url}`, body, all);
}

/** Where the server says that the upload goes on. */
export async function offsetOf(
  server: MemoryServer,
  url: string,
): Promise<number> {
  const peer = connectHttp(server);
  const { status, fields } = await peer.ask(`HEAD ${url}`, TUS);
  peer.close();
  assertEquals(status, 200);
  return Number(fields.get("upload-offset"));
}

/** Fields of a PATCH at `offset`. */
export function offsetAt(offset: number): Record<string, string> {
  return { ...PATCH, "Upload-Offset": `${offset}` };
}

/** `Upload-Metadata` of these pairs. */
export function metadataOf(metadata: Record<string, string>): string {
  return Object.entries(metadata).map(([key, value]) =>
    `${key} ${toBytes(value).toBase64()}`.trim()
  ).join(",");
}

/** `Upload-Checksum` of `bytes`. */
export function checksumOf(
  algorithm: string,
  bytes: Uint8Array,
): Record<string, string> {
  const digest = algorithm === "crc32"
    ? bigEndian(crc32(bytes))
    : createHash(algorithm).update(bytes).digest();
  return { "Upload-Checksum": `${algorithm} ${digest.toBase64()}` };
}

/** Fails if there is anything left of the uploads at `urls`. */
export function assertNothingLeft(
  { directory }: MemoryServer,
  ...urls: readonly string[]
): void {
  assertEquals(directory.partKeys, []);
  assertEquals(directory.heldParts, 0);
  for (const url of urls) {
    const folder = decodeURIComponent(url.slice(1, url.lastIndexOf("/") + 1));
    const place = folder === "" ? "" : toName(folder.slice(0, -1));
    assertEquals(directory.note(place, tokenOf(url)), undefined);
  }
}

/** The token in the URL of an upload. */
export function tokenOf(url: string): string {
  return url.slice(-16);
}

function bigEndian(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}
