/**
 * What is written down beside the part of a resumable upload, so that it can go on after the server was killed: a line of
 * JSON. How much of the file is there tells the part itself.
 *
 * @module
 */

import { Refusal } from "../../errors.ts";
import { baseOf, type Name, toName } from "../../names/name.ts";

/** What an upload is, and where it stands. */
export interface TusNote {
  /** The last part of the name that the file will have, in the folder of the note. */
  readonly base: Name;
  /** Bytes of the whole file; never 0: such a file needs no note. */
  readonly length: number;
  /** `Upload-Metadata`, as it was sent: whoever asks gets it back (tus 1.0, "Creation"). */
  readonly metadata?: string;
  /** Of the file, as the client said it, in milliseconds since 1970. */
  readonly lastModified?: number;
  /**
   * Bytes behind this are being received and not checked yet: found in the note of an upload that nobody is writing, they
   * do not count.
   */
  readonly checkingFrom?: number;
  /** The file is whole, and is being given its name: where the part is gone, it has it. */
  readonly isFinishing?: true;
}

/** An upload that ended well. */
export interface StoredUpload {
  readonly note: TusNote;
  /** The name that the file got. */
  readonly name: Name;
}

/** Said first, so that a later version can tell our notes from its own. */
const FORMAT = "landline-upload-1";

/** `note` as text. */
export function formatTusNote(note: TusNote): string {
  return JSON.stringify({ format: FORMAT, ...note }) + "\n";
}

/** The note that was written as `text`; `undefined` if it is none: a piece of one after a power cut, or another version's. */
export function parseTusNote(text: string): TusNote | undefined {
  const said = parseObject(text);
  if (said?.format !== FORMAT) return undefined;
  const { length, metadata, lastModified, checkingFrom, isFinishing } = said;
  const base = parseBase(said.base);
  if (
    base === undefined || !isCount(length) || length === 0 ||
    !(metadata === undefined || typeof metadata === "string") ||
    !(lastModified === undefined || isCount(lastModified)) ||
    !(checkingFrom === undefined || isCount(checkingFrom)) ||
    !(isFinishing === undefined || isFinishing === true)
  ) return undefined;
  return {
    base,
    length,
    ...(metadata !== undefined && { metadata }),
    ...(lastModified !== undefined && { lastModified }),
    ...(checkingFrom !== undefined && { checkingFrom }),
    ...(isFinishing !== undefined && { isFinishing }),
  };
}

function parseObject(
  text: string,
): Partial<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null
      ? { ...value }
      : undefined;
  } catch {
    return undefined;
  }
}

function parseBase(value: unknown): Name | undefined {
  if (typeof value !== "string" || baseOf(value) !== value) return undefined;
  try {
    return toName(value);
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
