/**
 * The files that are copied about, and the judge of the copies.
 *
 * @module
 */

import { join } from "@std/path";
import { makePictures } from "../testdata/pictures.ts";

/** A folder to be served: its files by relative name (with `/`), in order, and their bytes in all. */
export interface Source {
  readonly folder: string;
  readonly names: readonly string[];
  readonly bytes: number;
}

/** `crypto.getRandomValues` gives no more at once. */
const RANDOM_BYTES = 65536;

/** The 283 pictures of the demo. */
export async function pictureSource(folder: string): Promise<Source> {
  await makePictures(folder);
  return sourceOf(folder);
}

/** One file of random bytes (nothing on the way could compress it). */
export async function oneFileSource(
  folder: string,
  name: string,
  bytes: number,
): Promise<Source> {
  await Deno.mkdir(folder, { recursive: true });
  using file = await Deno.create(join(folder, name));
  const block = new Uint8Array(RANDOM_BYTES);
  for (let left = bytes; left > 0; left -= block.length) {
    crypto.getRandomValues(block);
    writeAll(file, block.subarray(0, Math.min(left, block.length)));
  }
  return { folder, names: [name], bytes };
}

/** `count` files of 1 KiB each in one folder, all different. */
export async function smallFilesSource(
  folder: string,
  count: number,
): Promise<Source> {
  await Deno.mkdir(folder, { recursive: true });
  const names: string[] = [];
  const content = new Uint8Array(1024);
  for (let index = 0; index < count; index++) {
    const name = `note-${String(index).padStart(6, "0")}.bin`;
    crypto.getRandomValues(content);
    Deno.writeFileSync(join(folder, name), content);
    names.push(name);
  }
  return { folder, names, bytes: count * content.length };
}

/** What lies in a folder, by walking it. */
export function sourceOf(folder: string): Source {
  const names: string[] = [];
  let bytes = 0;
  const walk = (prefix: string) => {
    for (const entry of Deno.readDirSync(join(folder, prefix))) {
      const name = prefix + entry.name;
      if (entry.isDirectory) {
        walk(name + "/");
      } else {
        names.push(name);
        bytes += Deno.statSync(join(folder, name)).size;
      }
    }
  };
  walk("");
  return { folder, names: names.sort(), bytes };
}

/** Throws Error unless `folder` holds as many files and bytes as `source`: the quick look after every run. */
export function checkExtent(source: Source, folder: string): void {
  const copy = sourceOf(folder);
  if (
    copy.names.length !== source.names.length || copy.bytes !== source.bytes
  ) {
    throw new Error(
      `the copy has ${copy.names.length} files, ${copy.bytes} bytes; ` +
        `the source ${source.names.length} files, ${source.bytes} bytes`,
    );
  }
}

/** Throws Error naming the first file of which `folder` has no identical copy, and when it holds any other file. */
export function checkIdentical(source: Source, folder: string): void {
  checkExtent(source, folder);
  for (const name of source.names) {
    if (!sameContent(join(source.folder, name), join(folder, name))) {
      throw new Error(`${name} differs`);
    }
  }
}

function sameContent(left: string, right: string): boolean {
  using leftFile = Deno.openSync(left);
  using rightFile = Deno.openSync(right);
  const leftBlock = new Uint8Array(1 << 20);
  const rightBlock = new Uint8Array(1 << 20);
  for (;;) {
    const length = readFull(leftFile, leftBlock);
    if (readFull(rightFile, rightBlock) !== length) return false;
    if (length === 0) return true;
    for (let index = 0; index < length; index++) {
      if (leftBlock[index] !== rightBlock[index]) return false;
    }
  }
}

/** Reads until `block` is full or the file ends; gives the bytes read. */
function readFull(file: Deno.FsFile, block: Uint8Array): number {
  let filled = 0;
  while (filled < block.length) {
    const bytes = file.readSync(block.subarray(filled));
    if (bytes === null) break;
    filled += bytes;
  }
  return filled;
}

function writeAll(file: Deno.FsFile, block: Uint8Array): void {
  let written = 0;
  while (written < block.length) {
    written += file.writeSync(block.subarray(written));
  }
}
