/**
 * The tar format, as it is written: ustar blocks, and a pax header in front of what they cannot say (POSIX.1-2017, "pax
 * Interchange Format" and "ustar Interchange Format"). GNU tar, bsdtar, 7-Zip and every language's library read it.
 *
 * Why not a package: `modern-tar` queues 8 MiB for each reader, takes twice the time for a small file (docs/decisions.md,
 * "Archives"), and writes a broken number for times before 1970.
 *
 * @module
 */

import { toBytes } from "../bytes/ascii.ts";
import { joinBytes } from "../bytes/join.ts";
import type { Name } from "../names/name.ts";

/** A file in an archive. */
export interface ArchiveEntry {
  readonly name: Name;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly mtime: number;
}

const BLOCK_BYTES = 512;

/** Two empty blocks. */
export const TAR_END = new Uint8Array(2 * BLOCK_BYTES);

/** Fields of a ustar block: name, prefix, and what eleven octal digits can say (8 GiB, the year 2242). */
const NAME_BYTES_MAX = 100;
const PREFIX_BYTES_MAX = 155;
const NUMBER_MAX = 8 ** 11 - 1;

/** The name that Python and others give to pax headers. */
const PAX_PLACE: UstarPlace = { prefix: "", base: "././@PaxHeader" };

/** What stands before the content of a file. */
export function tarHead(
  { name, size, mtime }: ArchiveEntry,
): Uint8Array<ArrayBuffer> {
  const seconds = Math.floor(mtime / 1000);
  const place = splitName(name);
  const records: string[] = [];
  if (place === undefined) records.push(paxRecord("path", name));
  if (!isNumber(size)) records.push(paxRecord("size", `${size}`));
  if (!isNumber(seconds)) records.push(paxRecord("mtime", `${seconds}`));
  const head = ustarBlock("0", place ?? placeholder(name), size, seconds);
  if (records.length === 0) return head;
  const extended = toBytes(records.join(""));
  return joinBytes([
    ustarBlock("x", PAX_PLACE, extended.length, 0),
    extended,
    tarPadding(extended.length),
    head,
  ]);
}

/** What stands behind the content of a file of `size` bytes: the rest of its last block. */
export function tarPadding(size: number): Uint8Array<ArrayBuffer> {
  return TAR_END.subarray(
    0,
    (BLOCK_BYTES - size % BLOCK_BYTES) % BLOCK_BYTES,
  );
}

function isNumber(value: number): boolean {
  return value >= 0 && value <= NUMBER_MAX;
}

interface UstarPlace {
  readonly prefix: string;
  readonly base: string;
}

/** Where `name` stands in a ustar block; `undefined` if it is too long, or more than what every reader takes as ASCII. */
function splitName(name: string): UstarPlace | undefined {
  if (!/^[\x20-\x7e]*$/.test(name)) return undefined;
  if (name.length <= NAME_BYTES_MAX) return { prefix: "", base: name };
  const slash = name.indexOf("/", name.length - NAME_BYTES_MAX - 1);
  return slash > 0 && slash <= PREFIX_BYTES_MAX
    ? { prefix: name.slice(0, slash), base: name.slice(slash + 1) }
    : undefined;
}

/** What readers see that know no pax. Cut off where it is, it might end in `..`: it never does. */
function placeholder(name: string): UstarPlace {
  const plain = name.replaceAll(/[^\x20-\x7e]/g, "_");
  return { prefix: "", base: plain.slice(0, NAME_BYTES_MAX - 1) + "_" };
}

/** `LENGTH KEY=VALUE` LF, where the length counts its own digits, too. */
function paxRecord(key: string, value: string): string {
  const rest = toBytes(` ${key}=${value}\n`).length;
  let length = rest + `${rest}`.length;
  if (`${length}`.length > `${rest}`.length) length = rest + `${length}`.length;
  return `${length} ${key}=${value}\n`;
}

/** Fields that are the same in every block: mode, owner and group, magic and version, and blanks for the sum. */
const TEMPLATE = new Uint8Array(BLOCK_BYTES);
const TEMPLATE_SUM = put(TEMPLATE, 100, "0000644") +
  put(TEMPLATE, 108, "0000000") + put(TEMPLATE, 116, "0000000") +
  put(TEMPLATE, 148, "        ") + put(TEMPLATE, 257, "ustar\x0000");

/** One block. A number that does not fit is 0: the pax header in front says it. */
function ustarBlock(
  type: "0" | "x",
  { prefix, base }: UstarPlace,
  size: number,
  seconds: number,
): Uint8Array<ArrayBuffer> {
  const block = TEMPLATE.slice();
  // The sum of all bytes, with blanks where it will stand.
  const sum = TEMPLATE_SUM + put(block, 0, base) +
    put(block, 124, octal(size)) + put(block, 136, octal(seconds)) +
    put(block, 156, type) + put(block, 345, prefix);
  put(block, 148, sum.toString(8).padStart(6, "0") + "\0 ");
  return block;
}

function octal(value: number): string {
  return (isNumber(value) ? value : 0).toString(8).padStart(11, "0");
}

/** Writes `text`, which is ASCII, at `offset`; gives the sum of its bytes. */
function put(block: Uint8Array, offset: number, text: string): number {
  let sum = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    block[offset + i] = code;
    sum += code;
  }
  return sum;
}
