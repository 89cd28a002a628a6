/**
 * The contents that live files have, as small numbers: what every peer lacks of them is a set of bits then. A number is
 * used again when its content is at no path any more.
 *
 * @module
 */

import type { FileRecord, RootHash } from "../sync/record.ts";

/** Of what is deleted, and of folders. */
export const NO_CONTENT = -1;

export class Contents {
  readonly #numbers = new Map<RootHash, number>();
  /** By number. */
  readonly #roots: (RootHash | undefined)[] = [];
  /** The number of the first record that had it and still has. */
  readonly #seqs: number[] = [];
  readonly #paths: number[] = [];
  readonly #lackers: number[] = [];
  /** Those that somebody lacks. */
  readonly #lacked = new Set<number>();
  readonly #free: number[] = [];
  readonly #freed: (content: number) => void;

  /** @param freed told of numbers that mean nothing any more, before they are used again */
  constructor(freed: (content: number) => void) {
    this.#freed = freed;
  }

  /** How many there are. */
  get size(): number {
    return this.#numbers.size;
  }

  /** The number of the content with this root, if a live file has it. */
  numberOf(root: RootHash): number | undefined {
    return this.#numbers.get(root);
  }

  rootOf(content: number): RootHash {
    return this.#roots[content]!;
  }

  /** Who knows all records up to this number knows of the content. */
  seqOf(content: number): number {
    return this.#seqs[content]!;
  }

  /** How many of those who are here have said that they lack it. */
  lackersOf(content: number): number {
    return this.#lackers[content]!;
  }

  /** Contents that somebody who is here has said to lack. */
  get lacked(): ReadonlySet<number> {
    return this.#lacked;
  }

  /** One more of them lacks it, or one less. */
  countLackers(content: number, change: 1 | -1): void {
    const count = this.#lackers[content]! + change;
    this.#lackers[content] = count;
    if (count === 0) this.#lacked.delete(content);
    else this.#lacked.add(content);
  }

  /** One more path has the content of `record`, whose number is `seq`. */
  take(record: FileRecord, seq: number): number {
    const { root, kind } = record;
    if (root === null || kind === "folder") return NO_CONTENT;
    const known = this.#numbers.get(root);
    if (known !== undefined) {
      this.#paths[known]!++;
      return known;
    }
    const content = this.#free.pop() ?? this.#roots.length;
    this.#numbers.set(root, content);
    this.#roots[content] = root;
    this.#seqs[content] = seq;
    this.#paths[content] = 1;
    this.#lackers[content] = 0;
    return content;
  }

  /** One path less has it. */
  release(content: number): void {
    if (content === NO_CONTENT || --this.#paths[content]! > 0) return;
    this.#numbers.delete(this.#roots[content]!);
    this.#roots[content] = undefined;
    this.#lacked.delete(content);
    this.#freed(content);
    this.#free.push(content);
  }
}
