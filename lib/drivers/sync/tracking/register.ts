/**
 * The winner at every path, as far as the tracker has told it.
 *
 * @module
 */

import type { Name } from "../../../names/name.ts";
import { RecordDigest } from "../../../sync/digest.ts";
import type { GlobalEntry } from "../../../sync/index_store.ts";
import { compareRecords } from "../../../sync/order.ts";
import { PathTree } from "../../../sync/path_tree.ts";
import type { FileRecord } from "../../../sync/record.ts";
import type { IndexWriter } from "../local/index_writer.ts";

export class Register {
  readonly #writer: IndexWriter;
  readonly #entries = new Map<Name, GlobalEntry>();
  readonly #live = new PathTree();
  /** Where a moved content is now, by where it was. */
  readonly #movedTo = new Map<Name, Name>();
  readonly #digest = new RecordDigest();
  #epoch: string | undefined;
  #seq = 0;
  /** Whether `epoch` and `seq` are written down: not before the folder was looked at once. */
  #isKept = false;

  readonly #onUnmoved: (path: Name) => void;

  /** @param onUnmoved what was at this path is nowhere else any more, by what is known now */
  constructor(
    writer: IndexWriter,
    onUnmoved: (path: Name) => void = () => {},
  ) {
    this.#writer = writer;
    this.#onUnmoved = onUnmoved;
  }

  /** What was kept. */
  load(
    epoch: string | undefined,
    seq: number,
    entries: Iterable<GlobalEntry>,
  ): void {
    this.#epoch = epoch;
    this.#seq = seq;
    for (const entry of entries) this.#put(entry);
  }

  get epoch(): string | undefined {
    return this.#epoch;
  }

  /** Every record up to this number is known. */
  get seq(): number {
    return this.#seq;
  }

  get digest(): RecordDigest {
    return this.#digest;
  }

  get(path: Name): GlobalEntry | undefined {
    return this.#entries.get(path);
  }

  entries(): IterableIterator<GlobalEntry> {
    return this.#entries.values();
  }

  liveBelow(folder: Name): Iterable<Name> {
    return this.#live.below(folder);
  }

  /** Live paths in `folder`, and folders on the way to others. */
  liveIn(folder: Name): Iterable<Name> {
    return this.#live.children(folder);
  }

  /** The live path that says its content came from `path`. */
  movedTo(path: Name): Name | undefined {
    return this.#movedTo.get(path);
  }

  /** Numbers begin anew: the tracker has lost its state, or is another one. */
  begin(epoch: string): void {
    if (this.#epoch === epoch) return;
    this.#epoch = epoch;
    this.#seq = 0;
    this.#entries.clear();
    this.#live.clear();
    this.#movedTo.clear();
    this.#digest.clear();
    this.#writer.clearGlobals();
    this.#keep();
  }

  /** The numbers mean something else to the tracker: all of it is to be told again, as to who has never been here. */
  renounce(): void {
    this.#epoch = undefined;
    this.#seq = 0;
  }

  /** Takes over a winner. Gives false if it was known, or something newer is. */
  take(entry: GlobalEntry): boolean {
    const before = this.#entries.get(entry.record.path);
    if (before !== undefined) {
      const order = compareRecords(entry.record, before.record);
      if (order < 0 || order === 0 && entry.seq <= before.seq) return false;
    }
    this.#put(entry);
    this.#writer.global(entry);
    const from = before?.record.movedFrom;
    if (from !== undefined && !this.#movedTo.has(from)) this.#onUnmoved(from);
    return before === undefined ||
      compareRecords(entry.record, before.record) > 0;
  }

  /** Everything up to `seq` has been taken. */
  reached(seq: number): void {
    if (seq <= this.#seq) return;
    this.#seq = seq;
    this.#keep();
  }

  /** From now on the numbers outlive this run. */
  keepNumbers(): void {
    this.#isKept = true;
    this.#keep();
  }

  #keep(): void {
    // Who is to be told all again by this tracker has not lost its history.
    if (!this.#isKept || this.#epoch === undefined) return;
    this.#writer.meta({ epoch: this.#epoch, seq: this.#seq });
  }

  #put(entry: GlobalEntry): void {
    const { record } = entry;
    const { path } = record;
    const before = this.#entries.get(path)?.record;
    if (before !== undefined) this.#leave(before);
    this.#entries.set(path, entry);
    this.#digest.add(record);
    if (record.root === null) return;
    this.#live.add(path);
    if (record.movedFrom !== undefined) {
      this.#movedTo.set(record.movedFrom, path);
    }
  }

  #leave(record: FileRecord): void {
    this.#digest.remove(record);
    this.#live.delete(record.path);
    const from = record.movedFrom;
    if (from !== undefined && this.#movedTo.get(from) === record.path) {
      this.#movedTo.delete(from);
    }
  }
}
