/**
 * Keeps the emptiness of a folder that was unmounted, swapped or wiped from spreading: which findings of a scan are not
 * believed until a person says so.
 *
 * @module
 */

/** Fewer files than this may always go. */
const GONE_MIN = 25;
/** More than this part of all files is not believed to be gone. */
const GONE_PART = 0.5;

/** What a scan found, before anything of it was told. */
export interface ScanFinding {
  /** The marker in the folder; `undefined` if there is none. */
  readonly marker: string | undefined;
  /** The marker that was written there; `undefined` before the first join. */
  readonly markerWanted: string | undefined;
  /** The file system the folder lies on. */
  readonly device: string;
  /** On which it lay before; `undefined` if that is not known. */
  readonly deviceBefore: string | undefined;
  /** Nothing that could be synced is in the folder. */
  readonly isEmpty: boolean;
  /** Files (no folders) that were there before. */
  readonly known: number;
  /** Those of them that are gone; what was moved is not. */
  readonly gone: number;
}

export type GuardReason = "marker" | "device" | "emptied" | "mass-delete";

/** Why deletes are held back. */
export interface Suspicion {
  readonly reason: GuardReason;
  /** A sentence for people, without its period. */
  readonly text: string;
}

/** Why the deletes of a scan are not to be told to others; `undefined` if they are. */
export function suspicionOf(finding: ScanFinding): Suspicion | undefined {
  const { marker, markerWanted, known, gone } = finding;
  if (markerWanted !== undefined && marker !== markerWanted) {
    return {
      reason: "marker",
      text: marker === undefined
        ? "The folder has lost its mark (.landline/id): is its disk mounted"
        : "The folder has the mark of another one (.landline/id)",
    };
  }
  const { device, deviceBefore } = finding;
  if (
    gone > 0 && deviceBefore !== undefined && device !== deviceBefore
  ) {
    return {
      reason: "device",
      text: `The folder lies on another file system than before, and ${
        files(gone)
      } of ${known} are not there`,
    };
  }
  // One or two files are deleted one by one, and then nothing is left.
  if (finding.isEmpty && gone === known && gone > 2) {
    return {
      reason: "emptied",
      text: `The folder is empty: ${files(gone)} were there`,
    };
  }
  if (gone >= GONE_MIN && gone > known * GONE_PART) {
    return {
      reason: "mass-delete",
      text: `${files(gone)} of ${known} are gone at once`,
    };
  }
  return undefined;
}

function files(count: number): string {
  return count === 1 ? "1 file" : `${count} files`;
}
