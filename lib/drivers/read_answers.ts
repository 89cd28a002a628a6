/**
 * Answers of a server that only read: listings, files, pieces of files, digests.
 *
 * Files go from the directory straight into the outbox; only their lengths pass through the machine. A file that shrinks,
 * grows or is replaced while it is sent is never passed off as whole: `read` and `digest` end in a refusal, `download`,
 * whose length is promised already, ends the connection before the last chunk.
 *
 * @module
 */

import { toBytes } from "../bytes/ascii.ts";
import { Refusal } from "../errors.ts";
import type { Checks } from "../io/checks.ts";
import type { FileInfo, OpenFile, SharedDirectory } from "../io/directory.ts";
import { escapeName } from "../names/escape.ts";
import type { Name } from "../names/name.ts";
import type { DigestAlgorithm } from "../wire/verbs.ts";
import type { CheckMemo } from "./check_memo.ts";
import { LINES_BYTES } from "./outbox.ts";
import type { WireSession } from "./wire_session.ts";

/** What the answers are made from. */
export interface ReadSources {
  readonly directory: SharedDirectory;
  readonly checks: Checks;
  readonly memo: CheckMemo;
  /** Bytes of a file that are read and sent at a time; `undefined` for as many as the outbox takes. */
  readonly chunkBytes: number | undefined;
}

/**
 * Where an answer in frames goes, whatever the protocol calls them: `WireSession`, and chunks of HTTP
 * (`http/checked_answers.ts`).
 */
export interface FrameSink {
  /** As those of `Session`. */
  readonly room: number;
  readonly mark: number;
  cutTo(mark: number): void;
  stage(bytes: number): Uint8Array<ArrayBuffer>;
  send(bytes: Uint8Array): Promise<void>;
  flush(): Promise<void>;
  /** A frame of `bytes` bytes follows. */
  data(bytes: number): void;
  /** The end of the answer, and what is said of it. */
  end(fields: Record<string, string | number>): void;
}

/** A piece of a file. */
export interface PieceRequest {
  readonly name: Name;
  readonly offset: number;
  /** At most so many bytes; the end of the file may come first. */
  readonly length: number;
}

/** Reading a whole file for a digest: after so many bytes (some 4 ms of hashing) others have their turn. */
const DIGEST_PIECE_BYTES = 1024 * 1024;
const DIGEST_TURN_BYTES = 8 * DIGEST_PIECE_BYTES;

/** Smaller pieces are hashed anew: in the microsecond that takes, no key is put together. */
const MEMO_BYTES_MIN = 16 * 1024;

const CHANGED = () => new Refusal("changed");

/** The names of all files, one a line. */
export async function answerFilelist(
  { directory }: ReadSources,
  session: WireSession,
): Promise<void> {
  await session.flush();
  const blocks: Uint8Array[] = [];
  let bytes = 0;
  for await (const names of directory.names("")) {
    if (names.length === 0) continue;
    const block = toBytes(
      names.map((name) => escapeName(name) + "\n").join(""),
    );
    blocks.push(block);
    bytes += block.length;
  }
  session.ok(bytes);
  for (const block of blocks) await session.send(block);
}

/** `SIZE MTIME VERSION NAME` of all files, as they are found. */
export async function answerList(
  { directory }: ReadSources,
  place: Name | "",
  session: FrameSink,
): Promise<void> {
  let files = 0;
  for await (const entries of directory.entries(place)) {
    if (entries.length === 0) continue;
    files += entries.length;
    const lines = entries.map(({ size, mtime, version, name }) =>
      `${size} ${mtime} ${version} ${escapeName(name)}\n`
    );
    const block = toBytes(lines.join(""));
    session.data(block.length);
    await session.send(block);
    await session.flush();
  }
  session.end({ files });
}

/**
 * The whole file. The last chunk is held back until the file is known to be still the same.
 *
 * @returns how many bytes were sent
 */
export async function answerDownload(
  sources: ReadSources,
  name: Name,
  session: WireSession,
): Promise<number> {
  using file = closing(sources.directory.open(name));
  const { size, mtime, version } = file.info;
  session.ok(size, { mtime, version });
  await sendContent(file, size, sources.chunkBytes, session);
  return size;
}

/**
 * Sends `length` bytes of `file` from where it stands. The last chunk is held back until the file is known to be still
 * the same: the promised length can only be kept from being reached, and the peer sees that it is cut.
 *
 * @param chunkBytes bytes that are read and written at a time; `undefined` for as many as the outbox takes
 */
export async function sendContent(
  file: OpenFile,
  length: number,
  chunkBytes: number | undefined,
  session: Pick<FrameSink, "mark" | "room" | "flush" | "stage"> & {
    abort(): void;
  },
): Promise<void> {
  for (let left = length; left > 0;) {
    const wanted = Math.min(left, chunkBytes ?? left);
    if (session.mark > 0 && session.room < wanted) await session.flush();
    const count = Math.min(wanted, session.room);
    const got = await readFully(file, session.stage(count));
    left -= count;
    if (got < count || (left === 0 && hasChanged(file))) {
      session.abort();
      throw CHANGED();
    }
    // With a chunk size of one's own, each chunk is written on its own: 1000 bytes at a time means it.
    if (chunkBytes !== undefined) await session.flush();
  }
}

/**
 * A piece of a file in frames, and its check behind it.
 *
 * @returns how many bytes were sent
 */
export function answerRead(
  sources: ReadSources,
  request: PieceRequest,
  session: FrameSink,
): number | Promise<number> {
  const file = sources.directory.open(request.name);
  const { size } = file.info;
  if (request.offset > size) {
    file.close();
    throw new Refusal("bad-range", `The file has ${size} bytes`);
  }
  const length = Math.min(request.length, size - request.offset);
  return sendPiece(sources, { ...request, length }, file, session);
}

/**
 * The same for a file that is open, and that has so many bytes; it is closed at the end. Small pieces, the common case,
 * are answered without a promise: ten thousand files of 1 KiB are ten thousand calls of this function.
 */
export function sendPiece(
  sources: ReadSources,
  piece: PieceRequest,
  file: OpenFile,
  session: FrameSink,
): number | Promise<number> {
  const { offset, length } = piece;
  let isOpen = true;
  try {
    if (offset > 0) file.seek(offset);
    if (
      length <= session.room - LINES_BYTES && sources.chunkBytes === undefined
    ) {
      const mark = session.mark;
      if (length > 0) session.data(length);
      const bytes = session.stage(length);
      const got = length === 0 ? 0 : file.read(bytes);
      if (typeof got === "number") {
        if (got < length || hasChanged(file)) {
          session.cutTo(mark);
          throw CHANGED();
        }
        const key = memoKey(sources, piece, file, length);
        session.end(
          endFields(
            file.info,
            sources.memo.remembered(key, () => sources.checks.xxh64(bytes)),
          ),
        );
        return length;
      }
      // A cold disk: nobody else waits for it.
      session.cutTo(mark);
      isOpen = false;
      return sendFrames(sources, piece, file, length, session, got);
    }
    isOpen = false;
    return sendFrames(sources, piece, file, length, session);
  } finally {
    if (isOpen) file.close();
  }
}

async function sendFrames(
  sources: ReadSources,
  request: PieceRequest,
  opened: OpenFile,
  length: number,
  session: FrameSink,
  before?: Promise<unknown>,
): Promise<number> {
  using file = closing(opened);
  if (before !== undefined) {
    await before;
    file.seek(request.offset);
  }
  const key = memoKey(sources, request, file, length);
  const known = sources.memo.get(key);
  const check = known === undefined ? sources.checks.runningXxh64() : undefined;
  for (let left = length; left > 0;) {
    const wanted = Math.min(left, sources.chunkBytes ?? left);
    if (session.mark > 0 && session.room < wanted) await session.flush();
    const count = Math.min(wanted, session.room);
    const mark = session.mark;
    session.data(count);
    const bytes = session.stage(count);
    const got = await readFully(file, bytes);
    if (got < count) {
      session.cutTo(mark);
      throw CHANGED();
    }
    check?.update(bytes);
    left -= count;
    if (sources.chunkBytes !== undefined) await session.flush();
  }
  if (hasChanged(file)) throw CHANGED();
  if (session.room < 0) await session.flush();
  session.end(
    endFields(file.info, known ?? sources.memo.put(key, check!.digest())),
  );
  return length;
}

/** The digest of the whole file, as one line of text. */
export async function answerDigest(
  sources: ReadSources,
  algorithm: DigestAlgorithm,
  name: Name,
  session: WireSession,
): Promise<void> {
  const { digest, info } = await digestOf(sources, algorithm, name, session);
  const line = toBytes(digest + "\n");
  session.ok(line.length, { size: info.size, version: info.version });
  await session.send(line);
}

/**
 * The digest of the whole file: computed once for each version, and remembered.
 *
 * @param session waits meanwhile; what it has to say goes out first
 */
export async function digestOf(
  { directory, checks, memo }: ReadSources,
  algorithm: DigestAlgorithm,
  name: Name,
  session: { flush(): Promise<void>; yield(): Promise<void> },
): Promise<{ readonly digest: string; readonly info: FileInfo }> {
  using file = closing(directory.open(name));
  const { info } = file;
  const key = file.isSettled
    ? `${algorithm} ${memo.key(name, info, 0, info.size)}`
    : undefined;
  const known = memo.get(key);
  if (known !== undefined) return { digest: known, info };
  await session.flush();
  const check = algorithm === "sha256"
    ? await checks.runningSha256()
    : checks.runningXxh64();
  const buffer = new Uint8Array(
    Math.min(DIGEST_PIECE_BYTES, Math.max(1, info.size)),
  );
  for (let left = info.size; left > 0;) {
    const count = await file.read(
      left < buffer.length ? buffer.subarray(0, left) : buffer,
    );
    if (count === 0) throw CHANGED();
    check.update(buffer.subarray(0, count));
    left -= count;
    if ((info.size - left) % DIGEST_TURN_BYTES === 0) await session.yield();
  }
  if (hasChanged(file)) throw CHANGED();
  return { digest: memo.put(key, check.digest()), info };
}

/** Where the check of a piece is remembered; `undefined` where computing it is quicker, or the file may still be written. */
function memoKey(
  { memo }: ReadSources,
  { name, offset }: PieceRequest,
  file: OpenFile,
  length: number,
): string | undefined {
  return length >= MEMO_BYTES_MIN && file.isSettled
    ? memo.key(name, file.info, offset, length)
    : undefined;
}

/** What is said behind a piece. */
export function endFields(
  info: FileInfo,
  xxh64: string,
): Record<string, string | number> {
  return { xxh64, size: info.size, mtime: info.mtime, version: info.version };
}

/** Whether `file` is another than when it was opened. */
export function hasChanged(file: OpenFile): boolean {
  return file.current().version !== file.info.version;
}

/** Reads until `into` is full or the file ends. */
export async function readFully(
  file: OpenFile,
  into: Uint8Array,
): Promise<number> {
  let done = 0;
  while (done < into.length) {
    const reading = file.read(done === 0 ? into : into.subarray(done));
    const count = typeof reading === "number" ? reading : await reading;
    if (count === 0) break;
    done += count;
  }
  return done;
}

/** `file`, closed at the end of its scope. */
export function closing(file: OpenFile): OpenFile & Disposable {
  return Object.assign(file, { [Symbol.dispose]: () => file.close() });
}
