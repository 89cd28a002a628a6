// @ts-check
/**
 * CRC-32 (RFC 1952 8), the check of a piece of an upload.
 *
 * Why this one: where the page is no secure context (http://192.168.x.x) there is no `crypto.subtle`, and SHA-1, which every
 * tus server knows, makes 80 MB/s in JavaScript (@noble/hashes 2.4.0 and unrolled by hand alike, in Chromium 156, where
 * `crypto.subtle` makes 700): a brake on a gigabit line. WebAssembly would need `wasm-unsafe-eval` in the policy. This makes
 * 800 MB/s, costs the server nothing, and finds every burst of up to 32 bits; who wants to change bytes on purpose on a line
 * without TLS could change any digest along with them.
 *
 * @module
 */

/** Sixteen tables of 256: the remainder of a byte with n bytes of zero behind it. */
const TABLES = makeTables();

function makeTables() {
  const tables = new Int32Array(16 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let remainder = byte;
    for (let bit = 0; bit < 8; bit++) {
      remainder = remainder & 1
        ? (remainder >>> 1) ^ 0xedb88320
        : remainder >>> 1;
    }
    tables[byte] = remainder;
  }
  for (let at = 256; at < tables.length; at++) {
    const before = /** @type {number} */ (tables[at - 256]);
    tables[at] = (before >>> 8) ^
      /** @type {number} */ (tables[before & 255]);
  }
  return tables;
}

/**
 * The CRC-32 of `bytes`, going on from `crc`, that of the bytes before them.
 *
 * @param {Uint8Array} bytes
 * @param {number} [crc]
 * @returns {number} without a sign
 */
export function crc32(bytes, crc = 0) {
  let remainder = ~crc;
  let at = 0;
  // Bytes before the first whole word of memory, the words, and the rest.
  const aligned = Math.min((4 - (bytes.byteOffset & 3)) & 3, bytes.length);
  for (; at < aligned; at++) remainder = withByte(remainder, bytes[at]);
  const blocks = Math.floor((bytes.length - at) / 16);
  if (blocks > 0) {
    const begin = bytes.byteOffset + at;
    remainder = withBlocks(
      remainder,
      new Int32Array(bytes.buffer, begin, blocks * 4),
    );
  }
  for (at += blocks * 16; at < bytes.length; at++) {
    remainder = withByte(remainder, bytes[at]);
  }
  return ~remainder >>> 0;
}

/** @param {number} remainder @param {number | undefined} byte */
function withByte(remainder, byte) {
  const index = (remainder ^ /** @type {number} */ (byte)) & 255;
  return (remainder >>> 8) ^ /** @type {number} */ (TABLES[index]);
}

/**
 * Sixteen bytes in each turn, by sixteen tables ("slicing by 16"), which is eight times as fast as byte by byte. Memory is
 * little-endian on everything that has a browser.
 *
 * @param {number} remainder
 * @param {Int32Array} words
 */
function withBlocks(remainder, words) {
  // No index leaves these: `undefined` need not be thought of.
  const t = /** @type {any} */ (TABLES);
  const w = /** @type {any} */ (words);
  for (let at = 0; at < words.length; at += 4) {
    const a = w[at] ^ remainder;
    const b = w[at + 1];
    const c = w[at + 2];
    const d = w[at + 3];
    remainder = t[3840 + (a & 255)] ^ t[3584 + ((a >>> 8) & 255)] ^
      t[3328 + ((a >>> 16) & 255)] ^ t[3072 + (a >>> 24)] ^
      t[2816 + (b & 255)] ^ t[2560 + ((b >>> 8) & 255)] ^
      t[2304 + ((b >>> 16) & 255)] ^ t[2048 + (b >>> 24)] ^
      t[1792 + (c & 255)] ^ t[1536 + ((c >>> 8) & 255)] ^
      t[1280 + ((c >>> 16) & 255)] ^ t[1024 + (c >>> 24)] ^
      t[768 + (d & 255)] ^ t[512 + ((d >>> 8) & 255)] ^
      t[256 + ((d >>> 16) & 255)] ^ t[d >>> 24];
  }
  return remainder;
}
