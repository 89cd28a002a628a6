/**
 * Arbitrary records for properties (fast-check).
 *
 * @module
 */

import fc from "fast-check";
import { type Name, toName } from "../names/name.ts";
import { isOwnName } from "../names/own_names.ts";
import {
  type FileRecord,
  FOLDER_ROOT,
  type ReplicaId,
} from "../sync/record.ts";
import { anyName } from "./arbitrary.ts";

const LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz";
const BASE64URL =
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** Paths that records may have. */
export function anyPath(): fc.Arbitrary<Name> {
  return anyName().map((name) => toName(name.normalize("NFC")))
    .filter((name) => !isOwnName(name));
}

export function anyReplica(): fc.Arbitrary<ReplicaId> {
  return textOf(LETTERS, 10);
}

/** Records as peers make them, of files, folders and what is deleted. */
export function anyRecord(): fc.Arbitrary<FileRecord> {
  const stamp = fc.record({
    phys: fc.nat(2 ** 41),
    logical: fc.nat(100),
    by: anyReplica(),
  });
  const count = fc.integer({ min: 1, max: 2 ** 40 });
  return fc.record({
    path: anyPath(),
    kind: fc.constantFrom("file" as const, "folder" as const),
    isLive: fc.boolean(),
    size: fc.nat(2 ** 38),
    mtime: fc.integer({ min: -(2 ** 40), max: 2 ** 42 }),
    executable: fc.boolean(),
    root: textOf(BASE64URL, 43),
    stamp,
    counter: count,
    others: fc.dictionary(anyReplica(), count, { maxKeys: 4 }),
    earlier: fc.array(
      fc.oneof(textOf(BASE64URL, 11), fc.constant(FOLDER_ROOT)),
      { maxLength: 8 },
    ),
    copyOf: fc.option(anyPath(), { nil: undefined }),
    movedFrom: fc.option(anyPath(), { nil: undefined }),
  }).map((parts): FileRecord => {
    const { path, kind, isLive, earlier, copyOf, movedFrom } = parts;
    const hasContent = kind === "file" && isLive;
    return {
      path,
      kind,
      size: hasContent ? parts.size : 0,
      mtime: hasContent ? parts.mtime : 0,
      executable: hasContent && parts.executable,
      root: !isLive ? null : hasContent ? parts.root : FOLDER_ROOT,
      blockLog: hasContent ? 24 : 0,
      stamp: parts.stamp,
      vector: { ...parts.others, [parts.stamp.by]: parts.counter },
      earlier,
      ...(copyOf === undefined ? {} : { copyOf }),
      ...(movedFrom === undefined ? {} : { movedFrom }),
    };
  });
}

function textOf(letters: string, length: number): fc.Arbitrary<string> {
  return fc.array(fc.constantFrom(...letters), {
    minLength: length,
    maxLength: length,
  }).map((characters) => characters.join(""));
}
