/**
 * CRC-32, the check of zip files.
 *
 * @module
 */

/** The CRC-32 of `bytes`, or, with the one of what stands in front of them, of all. */
export type Crc32 = (bytes: Uint8Array, before?: number) => number;

/** Loads it: `node:zlib` costs 20 ms once, that only those who ask for a zip file pay. It runs at 12 GB/s. */
export async function loadCrc32(): Promise<Crc32> {
  const { crc32 } = await import("node:zlib");
  return crc32;
}
