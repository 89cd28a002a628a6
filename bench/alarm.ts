/**
 * An alarm clock finer than `setTimeout`, for the simulated cable.
 *
 * Measured with Deno 2.9.6 on Linux: `setTimeout(f, n)` fires 0.1 to 1.2 ms after n, and `setTimeout(f, 0)` up to 2 ms
 * late, which on a round trip of 10 ms is an error of a fifth. `usleep` of the C library on a thread of its own wakes
 * us 0.11 ms late (0.41 ms for 0.3 ms, 4.63 ms for 4.5 ms), and that lateness is subtracted beforehand. Where the C
 * library is not found under its usual name, `setTimeout` is what remains.
 *
 * @module
 */

/** How late `usleep` and the way back from its thread wake us, on an idle machine. */
const LATENESS_MS = 0.1;
/** What is due this soon rings now: sleeping again would take longer. */
const EARLY_MS = 0.1;

/** Resolves after `us` microseconds or a little later. */
type Sleep = (us: number) => Promise<unknown>;

function openSleep(): Sleep {
  const name =
    { linux: "libc.so.6", darwin: "libSystem.dylib" }[Deno.build.os as string];
  try {
    if (name === undefined) throw new Error("no usleep on this system");
    const library = Deno.dlopen(name, {
      usleep: { parameters: ["u32"], result: "i32", nonblocking: true },
    });
    return (us) => library.symbols.usleep(us);
  } catch {
    return (us) => new Promise((resolve) => setTimeout(resolve, us / 1000 - 1));
  }
}

/** Wakes its callers in the order of their times; however many wait, few threads sleep. */
export class Alarm {
  readonly #sleep: Sleep = openSleep();
  /** Sorted by time. */
  readonly #waiting: { dueMs: number; ring: () => void }[] = [];
  #nextWakeMs = Infinity;

  /** Resolves at `dueMs` (on the clock of `performance.now()`), at once when that is over. */
  at(dueMs: number): Promise<void> {
    if (dueMs <= performance.now() + EARLY_MS) return Promise.resolve();
    return new Promise((resolve) => {
      // From the back: times are nearly always asked for in order.
      let index = this.#waiting.length;
      while (index > 0 && this.#waiting[index - 1]!.dueMs > dueMs) index--;
      this.#waiting.splice(index, 0, { dueMs, ring: resolve });
      if (dueMs < this.#nextWakeMs) this.#sleepUntil(dueMs);
    });
  }

  async #sleepUntil(dueMs: number): Promise<void> {
    this.#nextWakeMs = dueMs;
    const leftMs = dueMs - performance.now() - LATENESS_MS;
    if (leftMs > 0) await this.#sleep(Math.round(leftMs * 1000));
    // A sleeper for an earlier time may have been started meanwhile; then this one is not what others rely on.
    if (this.#nextWakeMs === dueMs) this.#nextWakeMs = Infinity;
    const nowMs = performance.now() + EARLY_MS;
    let rung = 0;
    while (rung < this.#waiting.length && this.#waiting[rung]!.dueMs <= nowMs) {
      this.#waiting[rung++]!.ring();
    }
    this.#waiting.splice(0, rung);
    const next = this.#waiting[0];
    if (next !== undefined && next.dueMs < this.#nextWakeMs) {
      this.#sleepUntil(next.dueMs);
    }
  }
}
