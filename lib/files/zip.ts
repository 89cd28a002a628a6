/**
 * The zip format, as it is written: stored (not compressed) files whose checks follow their content, zip64 where a number
 * needs it (PKWARE APPNOTE 6.3.10, whose sections are cited).
 *
 * Why not a package: `client-zip` leaves the file that it is reading open when its reader goes away, computes its checks at
 * a thirtieth of the speed, and dates a file of 1970 into 2098 (docs/decisions.md, "Archives").
 *
 * @module
 */

import { toBytes } from "../bytes/ascii.ts";
import type { ArchiveEntry } from "./tar.ts";

/** From here on a number is written in 64 bits elsewhere (4.4.8 and others). */
const FIELD_16_MAX = 0xffff;
const FIELD_32_MAX = 0xffffffff;

/** 4.4.3.2: 2.0 for folders, 4.5 for zip64. */
const VERSION = 20;
const VERSION_ZIP64 = 45;
/** 4.4.2.2: made on Unix. */
const MADE_BY = 3 << 8 | VERSION_ZIP64;
/** 4.4.4: bit 3, the check follows the content; bit 11, names are UTF-8. */
const FLAGS = 1 << 3 | 1 << 11;
/** 4.4.5: not compressed, as what is large mostly is already, and a LAN is faster than a compressor. */
const STORED = 0;
/** Of Unix: a plain file, rw-r--r--. */
const ATTRIBUTES = 0o100644 << 16 >>> 0;

/** Of the central directory, that has to be remembered: a hundred bytes a file, so that a million files are 100 MB. */
const PAGE_BYTES = 64 * 1024;

interface Begun {
  readonly name: Uint8Array;
  readonly size: number;
  readonly times: Uint8Array;
  readonly dosTime: number;
  readonly offset: number;
}

/** Writes what stands around the contents of one zip file. */
export class ZipWriter {
  /** How many bytes the zip file has until here. */
  #offset = 0;
  #count = 0;
  #begun: Begun | undefined;
  readonly #pages: Uint8Array<ArrayBuffer>[] = [];
  /** Of the last page. */
  #used = 0;

  /**
   * What stands before the content of `entry`, whose bytes follow.
   *
   * @param localTime its mtime as the clock on the wall shows it: as if that were UTC
   */
  begin(entry: ArchiveEntry, localTime: number): Uint8Array<ArrayBuffer> {
    const { size, mtime } = entry;
    const name = toBytes(unpackable(entry.name));
    const times = timeField(mtime);
    const dosTime = toDosTime(localTime);
    const isLarge = size >= FIELD_32_MAX;
    // 4.5.3: in a local header both sizes, or none; that they are there makes those behind the content 64 bits long.
    const sizes = isLarge ? zip64Field([0, 0]) : NOTHING;
    const said = isLarge ? FIELD_32_MAX : 0;
    const extraBytes = sizes.length + times.length;
    const head = new ZipRecord(30 + name.length + extraBytes)
      .u32(0x04034b50)
      .u16(isLarge ? VERSION_ZIP64 : VERSION)
      .u16(FLAGS)
      .u16(STORED)
      .u32(dosTime)
      .u32(0)
      .u32(said)
      .u32(said)
      .u16(name.length)
      .u16(extraBytes)
      .put(name)
      .put(sizes)
      .put(times)
      .bytes;
    this.#begun = { name, size, times, dosTime, offset: this.#offset };
    this.#offset += head.length + size;
    return head;
  }

  /** What stands behind the content whose CRC-32 is `crc32`: the data descriptor (4.3.9). */
  finish(crc32: number): Uint8Array<ArrayBuffer> {
    const begun = this.#begun!;
    const { size } = begun;
    const isLarge = size >= FIELD_32_MAX;
    const record = new ZipRecord(isLarge ? 24 : 16).u32(0x08074b50).u32(crc32);
    const tail = isLarge
      ? record.u64(size).u64(size).bytes
      : record.u32(size).u32(size).bytes;
    this.#offset += tail.length;
    this.#count++;
    this.#remember(centralHeader(begun, crc32));
    return tail;
  }

  /** The end of the zip file: the central directory. */
  *end(): Iterable<Uint8Array<ArrayBuffer>> {
    let bytes = 0;
    for (const [i, page] of this.#pages.entries()) {
      const isLast = i === this.#pages.length - 1;
      const part = isLast ? page.subarray(0, this.#used) : page;
      bytes += part.length;
      yield part;
    }
    yield endRecords(this.#count, bytes, this.#offset);
  }

  /** Puts `header` behind those that are there, over the edge of a page if need be. */
  #remember(header: Uint8Array): void {
    for (let done = 0; done < header.length;) {
      let page = this.#pages.at(-1);
      if (page === undefined || this.#used === page.length) {
        page = new Uint8Array(PAGE_BYTES);
        this.#pages.push(page);
        this.#used = 0;
      }
      const piece = header.subarray(done, done + page.length - this.#used);
      page.set(piece, this.#used);
      this.#used += piece.length;
      done += piece.length;
    }
  }
}

const NOTHING = new Uint8Array(0);

/** 4.3.12 */
function centralHeader(
  { name, size, times, dosTime, offset }: Begun,
  crc32: number,
): Uint8Array<ArrayBuffer> {
  const sizeField = Math.min(size, FIELD_32_MAX);
  const offsetField = Math.min(offset, FIELD_32_MAX);
  // 4.5.3: just those that do not fit, in this order.
  const large = [
    ...sizeField === FIELD_32_MAX ? [size, size] : [],
    ...offsetField === FIELD_32_MAX ? [offset] : [],
  ];
  const sizes = large.length > 0 ? zip64Field(large) : NOTHING;
  const extraBytes = sizes.length + times.length;
  return new ZipRecord(46 + name.length + extraBytes)
    .u32(0x02014b50)
    .u16(MADE_BY)
    .u16(large.length > 0 ? VERSION_ZIP64 : VERSION)
    .u16(FLAGS)
    .u16(STORED)
    .u32(dosTime)
    .u32(crc32)
    .u32(sizeField)
    .u32(sizeField)
    .u16(name.length)
    .u16(extraBytes)
    .u16(0)
    .u16(0)
    .u16(0)
    .u32(ATTRIBUTES)
    .u32(offsetField)
    .put(name)
    .put(sizes)
    .put(times)
    .bytes;
}

/** 4.3.14, 4.3.15 where they are needed, and 4.3.16, for a directory of `bytes` bytes at `offset`. */
function endRecords(
  count: number,
  bytes: number,
  offset: number,
): Uint8Array<ArrayBuffer> {
  const isLarge = count >= FIELD_16_MAX || bytes >= FIELD_32_MAX ||
    offset >= FIELD_32_MAX;
  const record = new ZipRecord(isLarge ? 98 : 22);
  if (isLarge) {
    record.u32(0x06064b50)
      // Bytes of what follows in this record.
      .u64(44)
      .u16(MADE_BY)
      .u16(VERSION_ZIP64)
      .u32(0)
      .u32(0)
      .u64(count)
      .u64(count)
      .u64(bytes)
      .u64(offset)
      .u32(0x07064b50)
      .u32(0)
      .u64(offset + bytes)
      .u32(1);
  }
  return record.u32(0x06054b50)
    .u16(0)
    .u16(0)
    .u16(Math.min(count, FIELD_16_MAX))
    .u16(Math.min(count, FIELD_16_MAX))
    .u32(Math.min(bytes, FIELD_32_MAX))
    .u32(Math.min(offset, FIELD_32_MAX))
    .u16(0)
    .bytes;
}

/**
 * `name` as no unpacker takes it for a path out of its folder: to Windows a backslash separates folders, and a letter
 * and a colon are a drive (security.md P3). On Linux both are letters like any other.
 */
function unpackable(name: string): string {
  return name.replaceAll("\\", "%5C").replace(/^([a-z]):/i, "$1%3A");
}

/** 4.5.3: the extra field of numbers in 64 bits. */
function zip64Field(numbers: readonly number[]): Uint8Array<ArrayBuffer> {
  const field = new ZipRecord(4 + 8 * numbers.length)
    .u16(0x0001).u16(8 * numbers.length);
  for (const number of numbers) field.u64(number);
  return field.bytes;
}

/** Seconds that a signed number of 32 bits can say. */
const SECONDS_MIN = -(2 ** 31);
const SECONDS_MAX = 2 ** 31 - 1;

/** Info-ZIP's extra field "UT": the mtime in UTC, to the second, where it can be said. */
function timeField(mtime: number): Uint8Array<ArrayBuffer> {
  const seconds = Math.floor(mtime / 1000);
  if (seconds < SECONDS_MIN || seconds > SECONDS_MAX) return NOTHING;
  return new ZipRecord(9).u16(0x5455).u16(5).u8(1).u32(seconds).bytes;
}

/** DOS counts from here, and this far. */
const DOS_TIME_MIN = Date.UTC(1980, 0, 1);
const DOS_TIME_MAX = Date.UTC(2107, 11, 31, 23, 59, 58);

/** 4.4.6: date and time in two seconds, in the zone of whoever looks. */
function toDosTime(localTime: number): number {
  const date = new Date(
    Math.min(Math.max(localTime, DOS_TIME_MIN), DOS_TIME_MAX),
  );
  const day = date.getUTCFullYear() - 1980 << 9 |
    date.getUTCMonth() + 1 << 5 | date.getUTCDate();
  const time = date.getUTCHours() << 11 | date.getUTCMinutes() << 5 |
    date.getUTCSeconds() >> 1;
  return (day << 16 | time) >>> 0;
}

/** Numbers behind one another, little-endian. */
class ZipRecord {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  #at = 0;

  constructor(length: number) {
    this.bytes = new Uint8Array(length);
    this.#view = new DataView(this.bytes.buffer);
  }

  u8(value: number): this {
    this.#view.setUint8(this.#at, value);
    this.#at += 1;
    return this;
  }

  u16(value: number): this {
    this.#view.setUint16(this.#at, value, true);
    this.#at += 2;
    return this;
  }

  /** A negative number, too: its bits are the same. */
  u32(value: number): this {
    this.#view.setUint32(this.#at, value, true);
    this.#at += 4;
    return this;
  }

  u64(value: number): this {
    this.#view.setBigUint64(this.#at, BigInt(value), true);
    this.#at += 8;
    return this;
  }

  put(bytes: Uint8Array): this {
    this.bytes.set(bytes, this.#at);
    this.#at += bytes.length;
    return this;
  }
}
