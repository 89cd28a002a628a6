/**
 * A set of small numbers, one bit each: who lacks which of 100 000 contents takes 12 KiB a peer.
 *
 * @module
 */

const FIRST_WORDS = 4;

export class Bits {
  #words = new Uint32Array(FIRST_WORDS);
  #count = 0;

  /** How many are in it. */
  get count(): number {
    return this.#count;
  }

  has(at: number): boolean {
    return ((this.#words[at >>> 5] ?? 0) >>> (at & 31) & 1) === 1;
  }

  /** @returns whether it was not in before */
  add(at: number): boolean {
    if (this.has(at)) return false;
    const word = at >>> 5;
    if (word >= this.#words.length) {
      const larger = new Uint32Array(
        Math.max(word + 1, this.#words.length * 2),
      );
      larger.set(this.#words);
      this.#words = larger;
    }
    this.#words[word]! |= 1 << (at & 31);
    this.#count++;
    return true;
  }

  /** @returns whether it was in */
  delete(at: number): boolean {
    if (!this.has(at)) return false;
    this.#words[at >>> 5]! &= ~(1 << (at & 31));
    this.#count--;
    return true;
  }

  /** Those that are in, in order. */
  *[Symbol.iterator](): Iterator<number> {
    if (this.#count === 0) return;
    for (let word = 0; word < this.#words.length; word++) {
      let rest = this.#words[word]!;
      while (rest !== 0) {
        const bit = 31 - Math.clz32(rest & -rest);
        yield word * 32 + bit;
        rest &= rest - 1;
      }
    }
  }
}
