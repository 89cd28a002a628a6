// @ts-check
/// <reference lib="dom" />
/**
 * The check that goes with each piece of an upload (tus 1.0, "Checksum").
 *
 * @module
 */

import { toBase64 } from "./metadata.js";

/**
 * The value of Upload-Checksum for a piece; `undefined` where there is none.
 *
 * @typedef {(piece: Blob | ArrayBuffer) => Promise<string | undefined>} CheckOf
 */

/**
 * What makes checks that a server understands which says `algorithms` (Tus-Checksum-Algorithm).
 *
 * @param {string} algorithms
 * @returns {CheckOf}
 */
export function checksFor(algorithms) {
  const known = algorithms.split(",").map((name) => name.trim());
  if (known.includes("crc32") && typeof Worker === "function") {
    return crcChecks();
  }
  // Another tus server behind this page, on localhost or with TLS.
  if (known.includes("sha1") && globalThis.crypto?.subtle !== undefined) {
    return async (piece) => {
      const bytes = piece instanceof Blob ? await piece.arrayBuffer() : piece;
      const digest = await crypto.subtle.digest("SHA-1", bytes);
      return `sha1 ${toBase64(new Uint8Array(digest))}`;
    };
  }
  return () => Promise.resolve(undefined);
}

/** @returns {CheckOf} */
function crcChecks() {
  const worker = new Worker(new URL("check_worker.js", import.meta.url), {
    type: "module",
  });
  /** @type {Map<number, (check: string | undefined) => void>} */
  const asked = new Map();
  let isBroken = false;
  worker.addEventListener("message", ({ data: { id, crc } }) => {
    const answer = asked.get(id);
    asked.delete(id);
    answer?.(crc === undefined ? undefined : `crc32 ${bigEndian(crc)}`);
  });
  worker.addEventListener("error", () => {
    // Without checks rather than not at all: TCP has one, too.
    isBroken = true;
    for (const answer of asked.values()) answer(undefined);
    asked.clear();
  });
  let last = 0;
  return (piece) =>
    new Promise((resolve) => {
      if (isBroken) return resolve(undefined);
      asked.set(++last, resolve);
      worker.postMessage({ id: last, piece });
    });
}

/** @param {number} crc */
function bigEndian(crc) {
  return toBase64(Uint8Array.of(crc >>> 24, crc >>> 16, crc >>> 8, crc));
}
