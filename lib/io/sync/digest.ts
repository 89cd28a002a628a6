/**
 * Reads files of a synced folder: one that is open, and one from end to end for its hashes.
 *
 * @module
 */

import { createHash, hash } from "node:crypto";
import type { Name } from "../../names/name.ts";
import { blockCount, HASH_BYTES } from "../../sync/blocks.ts";
import type { Seen } from "../../sync/seen.ts";
import { errnoOf } from "../os_faults.ts";
import { passesLink } from "./acting.ts";
import type { FileCalls, FileStat, OpenCall } from "./file_calls.ts";
import type { Digested } from "./folder.ts";
import { readFull } from "./parts.ts";
import { settlesAt, toSeen } from "./seeing.ts";

/**
 * Hashing runs at full speed from 128 KiB on; many files are read at once, and what each of them takes for its buffer the
 * process keeps (16 of 1 MiB were a sixth of its memory).
 */
const PIECE_BYTES = 256 * 1024;

/** Vanished, or swapped for a link, a folder (where those cannot be opened) or a socket. */
const NO_FILE: ReadonlySet<string> = new Set([
  "ENOENT",
  "ENOTDIR",
  "ELOOP",
  "EISDIR",
  "ENXIO",
]);

/** What a read of another file may use again. One only: few files are read at once. */
let spareBuffer: Uint8Array<ArrayBuffer> | undefined;

/** A file that was opened, and how it was then. */
interface Opened {
  readonly file: OpenCall;
  readonly stat: FileStat;
}

/** Opens the file at `path` for reading; `undefined` if it is none. */
export function openFile(calls: FileCalls, path: Name): Opened | undefined {
  if (calls.stat(path)?.kind !== "file" || passesLink(calls, path)) {
    return undefined;
  }
  return openAtOnce(calls, path);
}

/**
 * Opens the file at `path` if it is the one that was seen with `version`. Its inode and its stamps say so when it is open:
 * what is above it needs no look, and what else may be there by now is closed again.
 */
export function openAsSeen(
  calls: FileCalls,
  path: Name,
  version: string,
): Opened | undefined {
  const opened = openAtOnce(calls, path);
  if (opened === undefined) return undefined;
  if (toSeen(opened.stat, calls.now()).version === version) return opened;
  opened.file.close();
  return undefined;
}

function openAtOnce(calls: FileCalls, path: Name): Opened | undefined {
  let file: OpenCall;
  try {
    file = calls.openToRead(path);
  } catch (error) {
    if (NO_FILE.has(errnoOf(error) ?? "")) return undefined;
    throw error;
  }
  const stat = file.stat();
  if (stat.kind === "file") return { file, stat };
  file.close();
  return undefined;
}

/** See `SyncFolder.digest`. */
export async function digestFile(
  calls: FileCalls,
  path: Name,
  blockLogOf: (size: number) => number,
): Promise<Digested | undefined> {
  // That no link leads there is seen when it has been read.
  const opened = openAtOnce(calls, path);
  if (opened === undefined) return undefined;
  const { file } = opened;
  try {
    const seen = await settled(calls, opened);
    if (seen === undefined) return undefined;
    const blockLog = blockLogOf(seen.size);
    const hashes = await hashBlocks(calls, file, seen.size, blockLog);
    if (hashes === undefined || passesLink(calls, path)) return undefined;
    const after = calls.stat(path);
    const isSame = after !== undefined &&
      toSeen(after, calls.now()).version === seen.version;
    return isSame ? { seen, blockLog, hashes } : undefined;
  } finally {
    file.close();
  }
}

/**
 * The file as it is when another change of it would have another time stamp: what is read from then on is what the stamp
 * stands for. `undefined` if it goes on changing.
 */
async function settled(
  calls: FileCalls,
  { file, stat }: Opened,
): Promise<Seen | undefined> {
  const seen = toSeen(stat, calls.now());
  if (!seen.isRacy) return seen;
  await calls.sleep(settlesAt(seen.mtime) - calls.now());
  const later = toSeen(file.stat(), calls.now());
  return later.isRacy ? undefined : later;
}

/** The hashes of all blocks; `undefined` if the file is shorter than it was. */
async function hashBlocks(
  calls: FileCalls,
  file: OpenCall,
  size: number,
  blockLog: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const blockSize = 2 ** blockLog;
  const hashes = new Uint8Array(blockCount(size, blockLog) * HASH_BYTES);
  const buffer = takeBuffer(Math.min(size, PIECE_BYTES));
  try {
    let at = 0;
    for (let offset = 0; offset < size; offset += blockSize) {
      const length = Math.min(blockSize, size - offset);
      const digest = await hashBlock(calls, file, { offset, length }, buffer);
      if (digest === undefined) return undefined;
      hashes.set(digest, at);
      at += HASH_BYTES;
      await calls.turn();
    }
  } finally {
    giveBack(buffer);
  }
  return hashes;
}

/** The hash of one block; `undefined` if the file ends in it. */
async function hashBlock(
  calls: FileCalls,
  file: OpenCall,
  { offset, length }: { readonly offset: number; readonly length: number },
  buffer: Uint8Array,
): Promise<Uint8Array | undefined> {
  const running = length > buffer.length ? createHash("sha256") : undefined;
  for (let done = 0; done < length;) {
    const piece = buffer.subarray(0, Math.min(buffer.length, length - done));
    if (readFull(file, offset + done, piece) < piece.length) return undefined;
    // One call for the whole block is cheaper than three.
    if (running === undefined) return hash("sha256", piece, "buffer");
    running.update(piece);
    done += piece.length;
    await calls.turn();
  }
  return running?.digest();
}

function takeBuffer(bytes: number): Uint8Array<ArrayBuffer> {
  if (bytes < PIECE_BYTES) return new Uint8Array(bytes);
  const buffer = spareBuffer ?? new Uint8Array(PIECE_BYTES);
  spareBuffer = undefined;
  return buffer;
}

function giveBack(buffer: Uint8Array<ArrayBuffer>): void {
  if (buffer.length === PIECE_BYTES) spareBuffer = buffer;
}
