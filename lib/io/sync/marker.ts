/**
 * The marker of a synced folder, `.landline/id`: what tells it from an empty mount point.
 *
 * @module
 */

import { fromBytes, toBytes } from "../../bytes/ascii.ts";
import { Refusal } from "../../errors.ts";
import { type Name, toName } from "../../names/name.ts";
import { OWN_FOLDER } from "../../names/own_names.ts";
import { openFile } from "./digest.ts";
import type { FileCalls } from "./file_calls.ts";
import { readFull, writeFull } from "./parts.ts";

const MARKER = toName(`${OWN_FOLDER}/id`);

/** It has two short fields. */
const BYTES_MAX = 4096;

/** `undefined` if there is none, or what is there is no text. */
export function readMarker(calls: FileCalls): string | undefined {
  const opened = openFile(calls, MARKER);
  if (opened === undefined) return undefined;
  const { file, stat } = opened;
  try {
    const bytes = new Uint8Array(Math.min(stat.size, BYTES_MAX));
    return fromBytes(bytes.subarray(0, readFull(file, 0, bytes)));
  } finally {
    file.close();
  }
}

/**
 * Replaces it in one step: whatever is cut when, the old one or the new one is there, whole.
 *
 * @param own a free name for a file of ours
 */
export function writeMarker(calls: FileCalls, own: Name, text: string): void {
  const bytes = toBytes(text);
  if (bytes.length > BYTES_MAX) throw new Refusal("too-large");
  const file = calls.openToWrite(own);
  try {
    writeFull(file, 0, bytes);
    file.syncNow();
  } finally {
    file.close();
  }
  calls.rename(own, MARKER);
}
