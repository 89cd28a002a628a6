/**
 * Two fields of tus 1.0 (tus.io/protocols/resumable-upload): what a file is called that is going to be uploaded, and the
 * check of a piece of it.
 *
 * @module
 */

import { fromBytes } from "../bytes/ascii.ts";
import { Refusal } from "../errors.ts";

/** Pairs in one `Upload-Metadata`: clients send a name and a type, Uppy some more. */
export const METADATA_PAIRS_MAX = 50;
/** The whole field: a name of 3 KiB and some more in base64. */
export const METADATA_BYTES_MAX = 8 * 1024;

/** A key and, if it is not empty, its value; as a field of several lines is joined, blanks may stand around. */
const PAIR = /^[ \t]*([\x21-\x2b\x2d-\x7e]+)(?: ([^ \t]*))?[ \t]*$/;

/**
 * The pairs of `Upload-Metadata` (tus 1.0, "Creation").
 *
 * @throws {Refusal} `bad-request` for what is not a list of pairs, names a key twice or is not base64 of UTF-8
 */
export function parseMetadata(value: string | undefined): Map<string, string> {
  const metadata = new Map<string, string>();
  if (value === undefined || value === "") return metadata;
  if (value.length > METADATA_BYTES_MAX) throw broken("is too long");
  const pairs = value.split(",");
  if (pairs.length > METADATA_PAIRS_MAX) throw broken("has too many pairs");
  for (const pair of pairs) {
    const [, key, encoded = ""] = PAIR.exec(pair) ?? [];
    if (key === undefined) throw broken("is not a list of keys and values");
    if (metadata.has(key)) throw broken("has a key twice");
    const bytes = fromBase64(encoded);
    const text = bytes === undefined ? undefined : fromBytes(bytes);
    if (text === undefined) {
      throw broken("has a value that is not Base64 of UTF-8");
    }
    metadata.set(key, text);
  }
  return metadata;
}

function broken(how: string): Refusal {
  return new Refusal("bad-request", `Upload-Metadata ${how}`);
}

/**
 * Algorithm -> bytes of its digest. tus wants SHA-1 at least; it, MD5 and CRC-32 find accidents, not forgers. CRC-32 (with
 * its highest byte first) is what a page can make without slowing an upload down (`web/crc32.js`).
 */
const DIGEST_BYTES = { sha1: 20, sha256: 32, md5: 16, crc32: 4 } as const;

/** An algorithm for `Upload-Checksum`. */
export type ChecksumAlgorithm = keyof typeof DIGEST_BYTES;

/** All of them, as `Tus-Checksum-Algorithm` lists them. */
export const CHECKSUM_ALGORITHMS = Object.keys(DIGEST_BYTES).join(",");

/** What the bytes of a PATCH have to hash to. */
export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly digest: Uint8Array<ArrayBuffer>;
}

/**
 * The check in `Upload-Checksum` (tus 1.0, "Checksum").
 *
 * @throws {Refusal} `bad-request`, also for an algorithm that is not known here, as tus has it
 */
export function parseChecksum(value: string): Checksum {
  const [, algorithm = "", encoded = ""] = /^([^ ]+) ([^ ]+)$/.exec(value) ??
    [];
  if (!isAlgorithm(algorithm)) {
    throw new Refusal(
      "bad-request",
      `Upload-Checksum is not one of ${CHECKSUM_ALGORITHMS} and a digest`,
    );
  }
  const digest = fromBase64(encoded);
  if (digest?.length !== DIGEST_BYTES[algorithm]) {
    throw new Refusal(
      "bad-request",
      `The digest in Upload-Checksum is not Base64 of ${
        DIGEST_BYTES[algorithm]
      } bytes`,
    );
  }
  return { algorithm, digest };
}

function isAlgorithm(name: string): name is ChecksumAlgorithm {
  return Object.hasOwn(DIGEST_BYTES, name);
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** RFC 4648 4, with its padding and zeros for the bits that are left (3.5): one text for each value, or `undefined`. */
function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  // `fromBase64` passes over blanks.
  if (!BASE64.test(text)) return undefined;
  try {
    return Uint8Array.fromBase64(text, { lastChunkHandling: "strict" });
  } catch {
    return undefined;
  }
}
