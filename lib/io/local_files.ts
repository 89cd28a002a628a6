/**
 * Files of this machine that are to be sent.
 *
 * @module
 */

import { basename } from "@std/path";
import { type Name, toName } from "../names/name.ts";
import { xxh64 } from "./checks.ts";
import { toBytes } from "../bytes/ascii.ts";
import { toOwnRefusal } from "./os_faults.ts";

/** A file to send. */
export interface LocalFile {
  readonly path: string;
  /** What it is called at the server. */
  readonly name: Name;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly mtime: number;
  /** Tells this state of this file from all others: an interrupted upload is only resumed with the same. */
  readonly token: string;
}

/** A file to send, opened. */
export interface OpenLocalFile extends Disposable {
  /** Reads at `offset` until `into` is full or the file ends; gives how many bytes. */
  readAt(offset: number, into: Uint8Array): number;
  /** Whether size or time are not what they were when it was found. */
  hasChanged(): boolean;
}

/**
 * The file at `path`, or the files in and below that folder, named from the folder's own name on. Names that begin with a
 * dot are only sent when they are named themselves; links in a folder are not followed.
 *
 * @throws the error of the operating system, `Refusal` for a name that cannot be said
 */
export function localFiles(path: string): LocalFile[] {
  const info = Deno.statSync(path);
  const base = basename(Deno.realPathSync(path));
  if (!info.isDirectory) return [localFile(path, basename(path), info)];
  const files: LocalFile[] = [];
  const walk = (folder: string, name: string) => {
    const entries = [...Deno.readDirSync(folder)].sort((a, b) =>
      a.name < b.name ? -1 : 1
    );
    for (const entry of entries) {
      if (entry.name.startsWith(".")) continue;
      const [entryPath, entryName] = [
        `${folder}/${entry.name}`,
        `${name}/${entry.name}`,
      ];
      if (entry.isDirectory) walk(entryPath, entryName);
      else if (entry.isFile) {
        files.push(localFile(entryPath, entryName, Deno.lstatSync(entryPath)));
      }
    }
  };
  walk(path, base);
  return files;
}

/**
 * Opens `local`.
 *
 * @throws {Refusal} if it cannot be read, as its `readAt` does: this file's fault, not that of the connection
 */
export function openLocalFile(local: LocalFile): OpenLocalFile {
  const file = orRefusal(() => Deno.openSync(local.path));
  return {
    readAt: (offset, into) => orRefusal(() => readFully(file, offset, into)),
    hasChanged() {
      const now = file.statSync();
      return now.size !== local.size || mtimeOf(now) !== local.mtime;
    },
    [Symbol.dispose]: () => file.close(),
  };
}

function orRefusal<T>(body: () => T): T {
  try {
    return body();
  } catch (error) {
    throw toOwnRefusal(error);
  }
}

function readFully(file: Deno.FsFile, offset: number, into: Uint8Array) {
  file.seekSync(offset, Deno.SeekMode.Start);
  let done = 0;
  while (done < into.length) {
    const count = file.readSync(done === 0 ? into : into.subarray(done));
    if (count === null) break;
    done += count;
  }
  return done;
}

function localFile(path: string, name: string, info: Deno.FileInfo): LocalFile {
  const mtime = mtimeOf(info);
  const token = xxh64(toBytes(`${name}\0${info.size}\0${mtime}\0${info.ino}`));
  return { path, name: toName(name), size: info.size, mtime, token };
}

function mtimeOf(info: Deno.FileInfo): number {
  return Math.max(0, info.mtime?.getTime() ?? 0);
}
