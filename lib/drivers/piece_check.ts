/**
 * The check of a piece of a file while it arrives.
 *
 * @module
 */

import type { Checks, RunningCheck } from "../io/checks.ts";

/** The running check of a piece. One that arrives in one read, the common case, is checked in one call. */
export class PieceCheck {
  /** Bytes that have passed. */
  length = 0;
  readonly #checks: Checks;
  readonly #expected: number;
  #running: RunningCheck | undefined;
  #whole: string | undefined;

  constructor(checks: Checks, expected: number) {
    this.#checks = checks;
    this.#expected = expected;
  }

  update(bytes: Uint8Array): void {
    if (this.length === 0 && bytes.length === this.#expected) {
      this.#whole = this.#checks.xxh64(bytes);
    } else (this.#running ??= this.#checks.runningXxh64()).update(bytes);
    this.length += bytes.length;
  }

  digest(): string {
    return this.#whole ?? this.#running?.digest() ??
      this.#checks.xxh64(new Uint8Array());
  }
}
