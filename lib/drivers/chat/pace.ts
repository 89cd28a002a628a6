/**
 * How fast one connection may talk: a token bucket. A flood is slowed, never banned, and a pasted block passes.
 *
 * @module
 */

export class Pace {
  readonly #burst: number;
  readonly #perSecond: number;
  #tokens: number;
  #since: number;

  /** @param perSecond lines; `Infinity` for as many as there are */
  constructor(burst: number, perSecond: number, now: number) {
    this.#burst = burst;
    this.#perSecond = perSecond;
    this.#tokens = burst;
    this.#since = now;
  }

  /** One line more. */
  take(): void {
    this.#tokens--;
  }

  /** Whether the next line has to wait. */
  get isSpent(): boolean {
    return this.#tokens < 0 && this.#perSecond < Infinity;
  }

  /** Milliseconds until another line may be taken. */
  msToWait(now: number): number {
    this.#refill(now);
    return this.#tokens >= 0
      ? 0
      : Math.ceil(-this.#tokens / this.#perSecond * 1000);
  }

  #refill(now: number): void {
    const gained = (now - this.#since) / 1000 * this.#perSecond;
    this.#tokens = Math.min(this.#burst, this.#tokens + gained);
    this.#since = now;
  }
}
