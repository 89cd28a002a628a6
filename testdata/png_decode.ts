/**
 * Reads back what `png.ts` writes, for the tests: strict, and knows no other kind of PNG.
 */

import { crc32, inflateSync } from "node:zlib";
import type { Picture } from "./png.ts";

/** Decodes an 8-bit RGB picture with one IDAT and filters None or Up; throws Error about the first thing that is wrong. */
export function decodePng(file: Uint8Array): Picture {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (view.getUint32(0) !== 0x89504e47 || view.getUint32(4) !== 0x0d0a1a0a) {
    throw new Error("Cannot decode PNG: wrong signature");
  }
  const chunks = new Map<string, Uint8Array>();
  for (let at = 8; at < file.length;) {
    const length = view.getUint32(at);
    const type = new TextDecoder().decode(file.subarray(at + 4, at + 8));
    const end = at + 8 + length;
    if (view.getUint32(end) !== crc32(file.subarray(at + 4, end))) {
      throw new Error(`Cannot decode PNG: wrong CRC of ${type}`);
    }
    chunks.set(type, file.subarray(at + 8, end));
    at = end + 4;
  }
  if ([...chunks.keys()].join() !== "IHDR,IDAT,IEND") {
    throw new Error(`Cannot decode PNG: chunks are ${[...chunks.keys()]}`);
  }
  const width = view.getUint32(16);
  const height = view.getUint32(20);
  const format = chunks.get("IHDR")!.subarray(8).join();
  if (format !== "8,2,0,0,0") {
    throw new Error(`Cannot decode PNG: format is ${format}`);
  }
  const rows = new Uint8Array(inflateSync(chunks.get("IDAT")!));
  return { width, height, pixels: unfiltered(rows, width, height) };
}

function unfiltered(
  rows: Uint8Array,
  width: number,
  height: number,
): Uint8Array {
  const stride = width * 3;
  if (rows.length !== height * (1 + stride)) {
    throw new Error(`Cannot decode PNG: IDAT holds ${rows.length} bytes`);
  }
  const pixels = new Uint8Array(height * stride);
  for (let y = 0; y < height; y++) {
    const start = y * (1 + stride);
    const filter = rows[start]!;
    if (filter !== 0 && filter !== 2) {
      throw new Error(`Cannot decode PNG: filter is ${filter}`);
    }
    for (let i = 0; i < stride; i++) {
      const above = filter === 2 && y > 0 ? pixels[(y - 1) * stride + i]! : 0;
      pixels[y * stride + i] = rows[start + 1 + i]! + above;
    }
  }
  return pixels;
}
