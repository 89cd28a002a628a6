/**
 * Tells the tracker which contents this peer holds: everything up to a number but for what it says it lacks. Joined within
 * `GATHER_MS`, so that a file that comes at once is never said to be lacking.
 *
 * @module
 */

import type { Name } from "../../../names/name.ts";
import type { FileRecord, RootHash } from "../../../sync/record.ts";
import type { PeerMessage } from "../../../sync/tracker_messages.ts";
import type { World } from "../world.ts";

const GATHER_MS = 50;
/** Roots in one message: 46 bytes each in a line of a megabyte. */
const ROOTS_MAX = 10_000;

export interface HoldingReportOptions {
  readonly world: World;
  readonly over: AbortSignal;
  readonly say: (message: PeerMessage) => void;
  readonly isReady: () => boolean;
  /** Every record up to this number is known. */
  readonly seq: () => number;
}

export class HoldingReport {
  readonly #options: HoldingReportOptions;
  /** What is lacking, and where it is lacking: a content may have several paths. */
  readonly #lacking = new Map<Name, FileRecord>();
  readonly #counts = new Map<RootHash, number>();
  #bytes = 0;
  /** Deletes and folders that are not done yet: their numbers. */
  readonly #undone = new Map<Name, number>();
  /** Said on this connection. */
  readonly #said = new Set<RootHash>();
  #saidSeq = -1;
  #changed = new Set<RootHash>();
  /** Those of them that one more path lacks. */
  readonly #again = new Set<RootHash>();
  /** Large contents that have begun to come, until they are here. */
  readonly #parts = new Set<RootHash>();
  #began = new Set<RootHash>();
  #isDue = false;

  constructor(options: HoldingReportOptions) {
    this.#options = options;
  }

  /** Files that are lacking. */
  get files(): number {
    return this.#lacking.size;
  }

  /** Their bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether everything that is known is here. */
  get isWhole(): boolean {
    return this.#lacking.size + this.#undone.size === 0;
  }

  /** Where something is lacking, or not done yet. */
  *paths(): Iterable<Name> {
    yield* this.#lacking.keys();
    yield* this.#undone.keys();
  }

  isLacking(root: RootHash): boolean {
    return this.#counts.has(root);
  }

  /** `path` is not as it is everywhere: this winner has to be put there. */
  lack(winner: FileRecord, seq: number): void {
    const { path, root, kind } = winner;
    if (root === null || kind === "folder") {
      this.#has(path);
      this.#undone.set(path, seq);
      return;
    }
    const before = this.#lacking.get(path);
    if (before?.root === root) return;
    this.settle(path);
    this.#lacking.set(path, winner);
    this.#bytes += winner.size;
    this.#counts.set(root, (this.#counts.get(root) ?? 0) + 1);
    // Said again, also if it was said: the tracker forgets who lacks a content when no path has it any more.
    this.#again.add(root);
    this.#changed.add(root);
    this.soon();
  }

  /** `path` is as it has to be. */
  settle(path: Name): void {
    if (this.#undone.delete(path)) this.soon();
    this.#has(path);
  }

  /** Fetching a large content has begun: others may ask for what is there. */
  began(root: RootHash): void {
    if (!this.#counts.has(root)) return;
    this.#parts.add(root);
    this.#began.add(root);
    this.soon();
  }

  /** The tracker thinks that nobody has `root`; it is here. */
  again(root: RootHash): void {
    if (this.#counts.has(root)) return;
    this.#said.add(root);
    this.#changed.add(root);
    this.soon();
  }

  /** A new connection: nothing was said on it. */
  reset(): void {
    this.#said.clear();
    this.#saidSeq = -1;
    this.#changed = new Set(this.#counts.keys());
    this.#began = new Set(this.#parts);
  }

  /** Something is to be said. */
  soon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    const { world, over } = this.#options;
    void world.clock.sleep(GATHER_MS, over).then(() => {
      this.#isDue = false;
      if (!over.aborted) this.#say();
    });
  }

  #has(path: Name): void {
    const record = this.#lacking.get(path);
    if (record === undefined) return;
    this.#lacking.delete(path);
    this.#bytes -= record.size;
    const root = record.root!;
    const count = this.#counts.get(root)! - 1;
    if (count > 0) this.#counts.set(root, count);
    else {
      this.#counts.delete(root);
      this.#parts.delete(root);
      this.#began.delete(root);
      this.#changed.add(root);
    }
    this.soon();
  }

  /** Everything up to here is here, or is said to be lacking. */
  #seq(): number {
    let seq = this.#options.seq();
    for (const undone of this.#undone.values()) seq = Math.min(seq, undone - 1);
    return Math.max(0, seq);
  }

  #say(): void {
    const { isReady, say } = this.#options;
    if (!isReady()) return;
    const lack: RootHash[] = [];
    const got: RootHash[] = [];
    for (const root of this.#changed) {
      const isLacking = this.#counts.has(root);
      const isKnown = isLacking === this.#said.has(root);
      if (isKnown && !(isLacking && this.#again.has(root))) continue;
      (isLacking ? lack : got).push(root);
      if (isLacking) this.#said.add(root);
      else this.#said.delete(root);
    }
    const part = [...this.#began];
    this.#changed.clear();
    this.#again.clear();
    this.#began.clear();
    const seq = this.#seq();
    const before = Math.max(0, this.#saidSeq);
    while (Math.max(lack.length, got.length, part.length) > ROOTS_MAX) {
      say({
        m: "have",
        seq: before,
        lack: lack.splice(0, ROOTS_MAX),
        got: got.splice(0, ROOTS_MAX),
        part: part.splice(0, ROOTS_MAX),
      });
    }
    if (
      lack.length + got.length + part.length === 0 && seq === this.#saidSeq
    ) return;
    this.#saidSeq = seq;
    say({ m: "have", seq, lack, got, part });
  }
}
