/**
 * Many files as one tar or zip file, made while it is read: nothing is held but the piece that was read last, and, for a
 * zip, its table of contents. Whoever stops reading closes what is open.
 *
 * @module
 */

import { Refusal } from "../errors.ts";
import {
  type ArchiveEntry,
  TAR_END,
  tarHead,
  tarPadding,
} from "../files/tar.ts";
import { ZipWriter } from "../files/zip.ts";
import type { Crc32 } from "../io/crc32.ts";
import { visible } from "../names/escape.ts";

/** A file that goes into an archive. Its size is promised: it stands in front of the content. */
export interface ArchiveFile extends ArchiveEntry {
  /** The content; each piece is valid until the next is asked for. It is closed also when not read to its end. */
  read(): AsyncIterable<Uint8Array<ArrayBuffer>>;
}

type ArchiveFiles = AsyncIterable<ArchiveFile> | Iterable<ArchiveFile>;

/** The bytes of an archive; each piece is valid until the next is asked for. */
export type ArchiveStream = AsyncGenerator<
  Uint8Array<ArrayBuffer>,
  void,
  undefined
>;

/**
 * `files` as a tar file.
 *
 * @throws {Refusal} `changed` where a file is not as long as promised: what was sent until then is no whole archive
 */
export async function* tarStream(files: ArchiveFiles): ArchiveStream {
  for await (const file of files) {
    yield tarHead(file);
    let bytesLeft = file.size;
    for await (const piece of file.read()) {
      bytesLeft -= piece.length;
      if (bytesLeft < 0) break;
      yield piece;
    }
    if (bytesLeft !== 0) throw changed(file);
    const padding = tarPadding(file.size);
    if (padding.length > 0) yield padding;
  }
  yield TAR_END;
}

/**
 * `files` as a zip file.
 *
 * @throws {Refusal} `changed` where a file is not as long as promised: what was sent until then is no whole archive
 */
export async function* zipStream(
  files: ArchiveFiles,
  crc32: Crc32,
): ArchiveStream {
  const writer = new ZipWriter();
  for await (const file of files) {
    yield writer.begin(file, toLocalTime(file.mtime));
    let bytesLeft = file.size;
    let crc = 0;
    for await (const piece of file.read()) {
      bytesLeft -= piece.length;
      if (bytesLeft < 0) break;
      crc = crc32(piece, crc);
      yield piece;
    }
    if (bytesLeft !== 0) throw changed(file);
    yield writer.finish(crc);
  }
  yield* writer.end();
}

function changed(file: ArchiveFile): Refusal {
  return new Refusal(
    "changed",
    `"${visible(file.name)}" changed while it was being sent`,
    { closes: true },
  );
}

/** A time as the clock on the wall shows it, as if that were UTC: zip files know no zones. */
function toLocalTime(time: number): number {
  return time - new Date(time).getTimezoneOffset() * 60_000;
}
