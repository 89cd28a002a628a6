/**
 * The least PNG that every viewer shows: 8-bit RGB, one IDAT, no ancillary chunks (W3C PNG, third edition).
 */

import { constants, crc32, deflateSync } from "node:zlib";

/** Eight-bit RGB: `pixels` holds height * width * 3 bytes, rows from the top, without padding. */
export interface Picture {
  width: number;
  height: number;
  pixels: Uint8Array | Uint8ClampedArray;
}

/** Bytes per pixel, and so the distance from a byte to the same channel of the next pixel. */
export const channels = 3;

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const filterUp = 2;

/**
 * Encodes `picture` as the bytes of a PNG file; the same picture always gives the same bytes.
 *
 * Throws RangeError if the number of pixels does not fit width and height.
 */
export function encodePng(picture: Picture): Uint8Array<ArrayBuffer> {
  const { width, height, pixels } = picture;
  if (width < 1 || height < 1 || pixels.length !== width * height * channels) {
    throw new RangeError(
      `Cannot encode ${pixels.length} bytes as a picture of ${width} x ${height}`,
    );
  }
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, 2, 0, 0, 0], 8); // 8 bits, RGB, deflate, the standard filters, not interlaced

  // Huffman codes only. Grain has no repetitions to find, the search for them costs most of the time,
  // and what it finds depends on the processor in some builds of zlib: without it bytes are the same everywhere.
  const data = deflateSync(filtered(picture), {
    strategy: constants.Z_HUFFMAN_ONLY,
  });
  const file = new Uint8Array(8 + 12 + header.length + 12 + data.length + 12);
  file.set(signature);
  let end = putChunk(file, 8, "IHDR", header);
  end = putChunk(file, end, "IDAT", data);
  putChunk(file, end, "IEND", new Uint8Array());
  return file;
}

/** Every row as its filter type and its differences to the row above, which are small where the picture is smooth. */
function filtered({ width, height, pixels }: Picture): Uint8Array {
  const stride = width * channels;
  const result = new Uint8Array(height * (1 + stride));
  let to = 0;
  let from = 0;
  for (let y = 0; y < height; y++) {
    result[to++] = filterUp;
    if (y === 0) {
      result.set(pixels.subarray(0, stride), to); // above the first row lies zero
      to += stride;
      from += stride;
      continue;
    }
    for (const end = from + stride; from < end; from++, to++) {
      result[to] = pixels[from]! - pixels[from - stride]!;
    }
  }
  return result;
}

/** Writes length, type, data and CRC at `start` of `file`, and returns where the chunk ends. */
function putChunk(
  file: Uint8Array<ArrayBuffer>,
  start: number,
  type: string,
  data: Uint8Array,
): number {
  const view = new DataView(file.buffer);
  const dataStart = start + 8;
  const dataEnd = dataStart + data.length;
  view.setUint32(start, data.length);
  for (let i = 0; i < 4; i++) file[start + 4 + i] = type.charCodeAt(i);
  file.set(data, dataStart);
  view.setUint32(dataEnd, crc32(file.subarray(start + 4, dataEnd)));
  return dataEnd + 4;
}
