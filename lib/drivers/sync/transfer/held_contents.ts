/**
 * The contents that can be given to others: files of the folder, kept open a little while they are asked for, and what is
 * being fetched, as far as it is there.
 *
 * @module
 */

import type { Clock } from "../../../io/clock.ts";
import type { PartHandle, ReadHandle } from "../../../io/sync/folder.ts";
import type { BlockSet } from "../../../sync/block_set.ts";
import type { BlockList } from "../../../sync/index_store.ts";
import type { RootHash } from "../../../sync/record.ts";
import type { Holdings } from "../contents.ts";

/** Files that are kept open: each other peer comes to the same ones in another order. */
const OPEN_MAX = 256;
/** ... for so long after they were read last. */
const OPEN_MS = 2000;
/** A fetched part is given from for so long, until its file can be opened. */
const FETCHED_MS = 60_000;

/** A content that is being fetched. */
export interface PartContent {
  readonly part: PartHandle;
  readonly list: BlockList;
  /** What is there and right. */
  readonly have: BlockSet;
}

/** A content that can be given. `release` it after use. */
export interface HeldContent {
  readonly size: number;
  /** Where only a part is there. */
  readonly part: PartContent | undefined;
  /**
   * Fills `into` with what is at `offset`.
   *
   * @returns false if it is not the content any more, or cannot be read
   */
  readAt(offset: number, into: Uint8Array): boolean;
  release(): void;
}

interface OpenFile {
  readonly handle: ReadHandle;
  readonly version: string;
  readonly size: number;
  users: number;
  usedAt: number;
  isStale: boolean;
}

export class HeldContents {
  readonly #holdings: Holdings;
  readonly #clock: Clock;
  readonly #open = new Map<RootHash, OpenFile>();
  readonly #fetching = new Map<RootHash, PartContent>();
  readonly #fetched = new Map<RootHash, PartContent & { until: number }>();

  constructor(holdings: Holdings, clock: Clock) {
    this.#holdings = holdings;
    this.#clock = clock;
  }

  /** It is being fetched from now on. */
  begin(root: RootHash, content: PartContent): void {
    this.#fetching.set(root, content);
  }

  /** It is not being fetched any more. `isWhole`: the part is, and becomes a file soon. */
  end(root: RootHash, isWhole: boolean): void {
    const content = this.#fetching.get(root);
    this.#fetching.delete(root);
    if (content === undefined || !isWhole) return;
    this.#fetched.set(root, {
      ...content,
      until: this.#clock.now() + FETCHED_MS,
    });
  }

  /** `undefined` if nothing of it is here. */
  find(root: RootHash): HeldContent | undefined {
    const part = this.#fetching.get(root);
    if (part !== undefined) {
      return ofPart(part, () => this.#fetching.get(root) === part);
    }
    const file = this.#file(root);
    if (file !== undefined) return this.#ofFile(root, file);
    const fetched = this.#fetched.get(root);
    if (fetched === undefined) return undefined;
    return ofPart(fetched, () => this.#fetched.get(root) === fetched);
  }

  list(root: RootHash): BlockList | undefined {
    return this.#fetching.get(root)?.list ?? this.#fetched.get(root)?.list ??
      this.#holdings.list(root);
  }

  /** Whether there is nothing to `tidy`. */
  get isEmpty(): boolean {
    return this.#open.size === 0 && this.#fetched.size === 0;
  }

  /** Closes what nobody has read for a while. */
  tidy(): void {
    const now = this.#clock.now();
    for (const [root, file] of this.#open) {
      if (file.users === 0 && now - file.usedAt >= OPEN_MS) {
        this.#close(root, file);
      }
    }
    for (const [root, { until }] of this.#fetched) {
      if (now >= until) this.#fetched.delete(root);
    }
  }

  /** Nothing is given any more. */
  stop(): void {
    for (const [root, file] of this.#open) this.#close(root, file);
    this.#fetching.clear();
    this.#fetched.clear();
  }

  #file(root: RootHash): OpenFile | undefined {
    const known = this.#open.get(root);
    if (known !== undefined && this.#isSame(known)) return known;
    if (known !== undefined) this.#close(root, known);
    const handle = this.#holdings.open(root);
    if (handle === undefined) return undefined;
    this.#fetched.delete(root);
    this.#makeRoom();
    const { size, version } = handle.seen;
    const file: OpenFile = {
      handle,
      version,
      size,
      users: 0,
      usedAt: this.#clock.now(),
      isStale: false,
    };
    this.#open.set(root, file);
    return file;
  }

  #ofFile(root: RootHash, file: OpenFile): HeldContent {
    file.users++;
    return {
      size: file.size,
      part: undefined,
      readAt: (offset, into) => {
        file.usedAt = this.#clock.now();
        if (
          !file.isStale && readFully(file.handle, offset, into) &&
          this.#isSame(file)
        ) return true;
        this.#holdings.changed(root);
        return false;
      },
      release: () => {
        file.users--;
        if (file.users === 0 && file.isStale) file.handle.close();
      },
    };
  }

  /** Whether the file is as it was when it was opened: what was read of it then is the content. */
  #isSame(file: OpenFile): boolean {
    try {
      return !file.isStale && file.handle.look().version === file.version;
    } catch {
      return false;
    }
  }

  #makeRoom(): void {
    if (this.#open.size < OPEN_MAX) return;
    for (const [root, file] of this.#open) {
      if (file.users === 0) return this.#close(root, file);
    }
  }

  #close(root: RootHash, file: OpenFile): void {
    if (this.#open.get(root) === file) this.#open.delete(root);
    file.isStale = true;
    if (file.users === 0) file.handle.close();
  }
}

function ofPart(part: PartContent, isThere: () => boolean): HeldContent {
  return {
    size: part.list.size,
    part,
    readAt: (offset, into) => isThere() && readFully(part.part, offset, into),
    release: () => {},
  };
}

/** Whether all of `into` could be read; a handle that was closed meanwhile gives nothing. */
export function readFully(
  from: { readAt(offset: number, into: Uint8Array): number },
  offset: number,
  into: Uint8Array,
): boolean {
  try {
    return from.readAt(offset, into) === into.length;
  } catch {
    return false;
  }
}
