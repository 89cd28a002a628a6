/**
 * Which contents one peer holds, as it says: everything up to a number, but for what it lacks; and what it told itself.
 *
 * @module
 */

import { Bits } from "./bits.ts";
import type { Contents } from "./contents.ts";

export class Holdings {
  readonly #contents: Contents;
  readonly #lack = new Bits();
  /** Above `seq`. */
  readonly #own = new Set<number>();
  readonly #part = new Set<number>();
  #hasSpoken = false;
  #seq = 0;
  /** The result of `wholeUpTo`, until something changes. */
  #whole: number | undefined = 0;

  constructor(contents: Contents) {
    this.#contents = contents;
  }

  /** Whether it has said what it holds, on this connection. */
  get hasSpoken(): boolean {
    return this.#hasSpoken;
  }

  /** It has spoken of all records up to this number. */
  get seq(): number {
    return this.#seq;
  }

  /** How many contents it said it lacks. */
  get lackCount(): number {
    return this.#lack.count;
  }

  /** Those. */
  get lacked(): Iterable<number> {
    return this.#lack;
  }

  holds(content: number): boolean {
    if (this.#lack.has(content)) return false;
    return this.#contents.seqOf(content) <= this.#seq || this.#own.has(content);
  }

  /** Whether it said so: who has not heard of a content does not lack it yet. */
  lacks(content: number): boolean {
    return this.#lack.has(content);
  }

  /** Whether it has some blocks. */
  hasPart(content: number): boolean {
    return this.#part.has(content);
  }

  /** Every content of the records up to this number is there. */
  get wholeUpTo(): number {
    return this.#whole ??= this.#computeWhole();
  }

  /** It speaks of all records up to `seq`. */
  reach(seq: number): void {
    this.#hasSpoken = true;
    this.#whole = undefined;
    if (seq <= this.#seq) return;
    this.#seq = seq;
    for (const content of this.#own) {
      if (this.#contents.seqOf(content) <= seq) this.#own.delete(content);
    }
  }

  /** @returns whether that is news */
  lack(content: number): boolean {
    this.#whole = undefined;
    this.#own.delete(content);
    if (!this.#lack.add(content)) return false;
    this.#contents.countLackers(content, 1);
    return true;
  }

  /** @returns whether that is news */
  got(content: number): boolean {
    const isNews = !this.holds(content);
    this.#whole = undefined;
    if (this.#lack.delete(content)) this.#contents.countLackers(content, -1);
    this.#part.delete(content);
    if (this.#contents.seqOf(content) > this.#seq) this.#own.add(content);
    return isNews;
  }

  /** @returns whether that is news */
  began(content: number): boolean {
    if (this.#part.has(content) || this.holds(content)) return false;
    this.#part.add(content);
    return true;
  }

  /** The number means nothing any more. */
  forget(content: number): void {
    this.#whole = undefined;
    this.#own.delete(content);
    this.#part.delete(content);
    this.#lack.delete(content);
  }

  /** The peer is not here any more; what it held is remembered. */
  leave(): void {
    for (const content of this.#lack) this.#contents.countLackers(content, -1);
  }

  #computeWhole(): number {
    let whole = this.#seq;
    for (const content of this.#lack) {
      whole = Math.min(whole, this.#contents.seqOf(content) - 1);
    }
    return whole;
  }
}
