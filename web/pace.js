// @ts-check
/**
 * How large the pieces of an upload are, how fast it goes, and how long to wait after a failure.
 *
 * @module
 */

const KIB = 1024;
const MIB = 1024 * KIB;

/** Phones cut uploads that last long: dufs #412, #269 (one at 105 MB, others after a minute). */
export const PIECE_BYTES_MAX = 32 * MIB;
export const PIECE_BYTES_MIN = 256 * KIB;
const PIECE_BYTES_FIRST = MIB;
/** What is lost when the line is cut is half of this on average; what is said between two pieces is a thousandth of it. */
const PIECE_MS = 2000;

/** Finds the size of pieces that take about two seconds. */
export class Pace {
  #bytes = PIECE_BYTES_FIRST;

  /** How many bytes the next piece may have. */
  get bytes() {
    return this.#bytes;
  }

  /**
   * A piece of `bytes` took `ms`. The next one is at most four times as large: a first one may have been luck.
   *
   * @param {number} bytes
   * @param {number} ms
   */
  took(bytes, ms) {
    const wanted = bytes / Math.max(ms, 1) * PIECE_MS;
    this.#set(Math.min(wanted, 4 * bytes));
  }

  /** A piece was cut: a smaller one may come through. */
  wasCut() {
    this.#set(this.#bytes / 2);
  }

  /** In whole steps, so that what was computed ahead of a piece stays right. @param {number} bytes */
  #set(bytes) {
    const step = 2 ** Math.floor(Math.log2(Math.max(bytes, 1)));
    this.#bytes = Math.min(Math.max(step, PIECE_BYTES_MIN), PIECE_BYTES_MAX);
  }
}

/** Over so long the rate is taken: short enough to see a change, long enough to read it. */
const RATE_MS = 4000;

/** How fast a number grows, looking back some seconds. */
export class Rate {
  /** @type {[now: number, total: number][]} */
  #samples = [];

  /**
   * @param {number} now milliseconds
   * @param {number} total what has been sent altogether; it may fall, where something was lost
   */
  add(now, total) {
    const last = this.#samples.at(-1);
    if (last !== undefined && total < last[1]) this.#samples = [];
    this.#samples.push([now, total]);
    while (
      this.#samples.length > 2 && now - (this.#samples[1]?.[0] ?? 0) > RATE_MS
    ) this.#samples.shift();
  }

  /** Per second; 0 before there is anything to tell. */
  get perSecond() {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (first === undefined || last === undefined || last[0] <= first[0]) {
      return 0;
    }
    return (last[1] - first[1]) / (last[0] - first[0]) * 1000;
  }
}

const PAUSE_MS_MAX = 30_000;

/**
 * How long to wait before another attempt: 1, 2, 4, ... 30 s, each a little different, so that many uploads that a restarted
 * server has cut do not come back in one moment.
 *
 * @param {number} attempt 0 for the first one that failed
 * @param {number} chance from 0 to 1
 */
export function pauseMs(attempt, chance) {
  const pause = Math.min(1000 * 2 ** attempt, PAUSE_MS_MAX);
  return pause * (0.75 + chance / 2);
}

/**
 * A time for people: `8 s`, `3 min`, `2 h 5 min`. It is rounded up, as people would rather be surprised.
 *
 * @param {number} seconds
 */
export function durationText(seconds) {
  if (!Number.isFinite(seconds)) return "";
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.ceil(whole / 60);
  if (minutes < 60) return `${minutes} min`;
  const rest = minutes % 60;
  return `${Math.floor(minutes / 60)} h${rest === 0 ? "" : ` ${rest} min`}`;
}
