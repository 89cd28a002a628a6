/**
 * What happened in a run of the simulator, as one number: the same seed has to give the same number (invariant I13).
 *
 * @module
 */

/** Takes notes of everything that happens. */
export class SimTrace {
  /** FNV-1a over all notes. */
  #hash = 0x811c9dc5;
  /** The notes themselves, if they are kept. */
  readonly lines: string[] | undefined;
  readonly #now: () => number;

  constructor(isKept: boolean, now: () => number) {
    this.lines = isKept ? [] : undefined;
    this.#now = now;
  }

  /** The number. */
  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, "0");
  }

  /** Whether somebody reads the notes: those that are long to make are made for them only. */
  get isKept(): boolean {
    return this.lines !== undefined;
  }

  /** Adds a note of `who` did `what`. */
  add(who: string, what: string): void {
    const now = this.#now();
    this.count(now * 1000);
    let hash = this.#hash;
    for (let at = 0; at < what.length; at++) {
      hash = Math.imul(hash ^ what.charCodeAt(at), 0x01000193);
    }
    this.#hash = hash;
    this.tell(who, what);
  }

  /** A line for those who read, of something that is in the number already. */
  tell(who: string, what: string): void {
    if (this.lines === undefined) return;
    const time = this.#now().toFixed(2).padStart(10);
    this.lines.push(`${time} ${who} ${what.replaceAll("\n", "|")}`);
  }

  /** Adds a number without a line. */
  count(value: number): void {
    this.#hash = Math.imul(this.#hash ^ Math.floor(value), 0x01000193);
  }
}
