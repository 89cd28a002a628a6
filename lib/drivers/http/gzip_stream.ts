/**
 * Compression while bytes are on their way: gzip (RFC 1952), the one coding that browsers take without TLS.
 *
 * @module
 */

import { joinBytes } from "../../bytes/join.ts";
import { Refusal } from "../../errors.ts";
import type { OpenFile } from "../../io/directory.ts";
import { hasChanged } from "../read_answers.ts";
import type { HttpSession } from "./http_session.ts";

/** What is compressed at a time: some 3 ms, in which nobody else has his turn. */
const PIECE_BYTES = 64 * 1024;
/** Pieces between two turns for others. What compresses well is not sent for long, so that no write would be one. */
const TURN_PIECES = 4;

/** `bytes`, compressed. */
export async function gzipped(
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for await (const piece of gzipStream([bytes])) pieces.push(piece);
  return joinBytes(pieces);
}

/**
 * Sends `file` compressed, in chunks; the answer is begun. The end is sent only if the file is still the same then.
 *
 * @throws {Refusal} `changed`
 */
export async function sendGzipped(
  file: OpenFile,
  session: HttpSession,
): Promise<void> {
  for await (const piece of gzipStream(contentOf(file, session))) {
    if (session.room < piece.length) await session.flush();
    session.beginChunk(piece.length);
    await session.send(piece);
    session.endChunk();
  }
  session.endChunks();
}

/** As much of `file` as it had when it was opened; each piece is valid until the next is asked for. */
async function* contentOf(
  file: OpenFile,
  session: HttpSession,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const buffer = new Uint8Array(Math.min(PIECE_BYTES, file.info.size));
  let pieces = 0;
  for (let left = file.info.size; left > 0;) {
    const into = left < buffer.length ? buffer.subarray(0, left) : buffer;
    const reading = file.read(into);
    const count = typeof reading === "number" ? reading : await reading;
    left -= count;
    // The last piece is held back until the file is known to be still the same.
    if (count === 0 || (left === 0 && hasChanged(file))) {
      throw new Refusal("changed");
    }
    yield into.subarray(0, count);
    if (++pieces % TURN_PIECES === 0) await session.yield();
  }
}

/** `pieces` compressed. Whoever stops reading ends theirs, too. */
async function* gzipStream(
  pieces:
    | AsyncIterable<Uint8Array<ArrayBuffer>>
    | Iterable<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const { readable, writable } = new CompressionStream("gzip");
  const feeding = feed(writable, pieces);
  try {
    yield* readable;
  } finally {
    await feeding;
  }
}

/** Writes `pieces` into `writable`; what goes wrong is heard at its other end. */
async function feed(
  writable: WritableStream<BufferSource>,
  pieces:
    | AsyncIterable<Uint8Array<ArrayBuffer>>
    | Iterable<Uint8Array<ArrayBuffer>>,
): Promise<void> {
  const writer = writable.getWriter();
  try {
    for await (const piece of pieces) await writer.write(piece);
    await writer.close();
  } catch (error) {
    await writer.abort(error).catch(() => {});
  }
}
