// @ts-check
/// <reference lib="dom" />
/**
 * Computes the CRC-32 of pieces of files beside the page, so that nothing stutters. Asked `{ id, piece }` it answers
 * `{ id, crc }`, or `{ id }` where the file can no longer be read.
 *
 * @module
 */

import { crc32 } from "./crc32.js";

addEventListener("message", async (event) => {
  const { id, piece } =
    /** @type {{ id: number, piece: Blob | ArrayBuffer }} */ (event.data);
  try {
    postMessage({ id, crc: await crcOf(piece) });
  } catch {
    postMessage({ id });
  }
});

/** @param {Blob | ArrayBuffer} piece */
async function crcOf(piece) {
  if (!(piece instanceof Blob)) return crc32(new Uint8Array(piece));
  const reader = piece.stream().getReader();
  let crc = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return crc;
    crc = crc32(value, crc);
  }
}
