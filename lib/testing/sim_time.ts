/**
 * Virtual time, and processes that live in it.
 *
 * Rules of this file:
 * - One event happens, then everything that follows from it and waits for no time (`turn`), then the next.
 * - Which of two events that are due at the same time comes first is drawn by lot.
 * - A process that was killed acts no more: its timers are gone, what it waits for never comes, and what it asks of the world
 *   throws `Killed`. So it can be killed in the middle of a call.
 *
 * @module
 */

import type { Clock } from "../io/clock.ts";
import { turn } from "./fake_clock.ts";
import type { SimChance } from "./sim_chance.ts";
import type { SimTrace } from "./sim_trace.ts";

interface Event {
  /** Milliseconds from the start. */
  readonly due: number;
  readonly lot: number;
  readonly act: () => void;
  /** Cancelled. */
  isOff: boolean;
}

/** Sat, 21 Nov 2026 05:39:00 GMT. */
export const SIM_EPOCH = Date.UTC(2026, 10, 21, 5, 39);

/** Timers of real systems are late by up to so much. */
const LATE_MS_MAX = 0.4;

/** All that is going to happen, in order. */
export class SimTime {
  #now = 0;
  readonly #heap: Event[] = [];
  readonly #chance: SimChance;
  /** Events that happened. */
  events = 0;
  trace: SimTrace | undefined;
  /** Called after each event and what followed from it. */
  onStep: () => void = () => {};

  constructor(chance: SimChance) {
    this.#chance = chance;
  }

  /** Milliseconds from the start. */
  get now(): number {
    return this.#now;
  }

  /** Does `act` in `ms` milliseconds; it is cancelled by the function that is returned. */
  after(ms: number, act: () => void): () => void {
    const event = {
      due: this.#now + Math.max(0, ms),
      lot: this.#chance.number(),
      act,
      isOff: false,
    };
    push(this.#heap, event);
    return () => void (event.isOff = true);
  }

  /** As `after`, as late as a timer may be. */
  timer(ms: number, act: () => void): () => void {
    return this.after(ms + this.#chance.number() * LATE_MS_MAX, act);
  }

  /**
   * Lets `ms` milliseconds pass, or fewer if `isDone` says so after an event.
   *
   * @returns whether `isDone` did
   */
  async run(ms: number, isDone: () => boolean = () => false): Promise<boolean> {
    const until = this.#now + ms;
    await turn();
    if (isDone()) return true;
    for (;;) {
      const next = this.#heap[0];
      if (next === undefined || next.due > until) break;
      pop(this.#heap);
      if (next.isOff) continue;
      this.#now = Math.max(this.#now, next.due);
      this.events++;
      this.trace?.count(this.#now * 1000);
      next.act();
      await turn();
      this.onStep();
      if (isDone()) return true;
    }
    this.#now = Math.max(this.#now, until);
    return false;
  }
}

/** What a process that was killed gets from everything it asks. */
export class Killed extends Error {
  constructor() {
    super("This process was killed");
    this.name = "Killed";
  }
}

/** One run of one program on one machine. */
export class SimProcess {
  readonly name: string;
  #isAlive = true;
  readonly #ends: ((how: "killed" | "power-cut") => void)[] = [];

  constructor(name: string) {
    this.name = name;
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** @throws Killed if it was killed */
  check(): void {
    if (!this.#isAlive) throw new Killed();
  }

  /** Calls `end` when it is killed. */
  onEnd(end: (how: "killed" | "power-cut") => void): void {
    this.#ends.push(end);
  }

  /** Ends it at once: by a signal, or with its whole machine. */
  kill(how: "killed" | "power-cut"): void {
    if (!this.#isAlive) return;
    this.#isAlive = false;
    for (const end of this.#ends.splice(0)) end(how);
  }
}

/** The clock of a process. Its wall clock may be wrong, and may be set. */
export class SimClock implements Clock {
  readonly #time: SimTime;
  readonly #process: SimProcess;
  readonly #skewMs: () => number;

  /** @param skewMs by how much the wall clock of its machine goes wrong, now */
  constructor(time: SimTime, process: SimProcess, skewMs: () => number) {
    this.#time = time;
    this.#process = process;
    this.#skewMs = skewMs;
  }

  now(): number {
    return this.#time.now;
  }

  wallTime(): number {
    return Math.floor(SIM_EPOCH + this.#time.now + this.#skewMs());
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        cancel();
        signal?.removeEventListener("abort", done);
        if (this.#process.isAlive) resolve();
      };
      // Nothing of "let others have their turn" takes time.
      const cancel = ms > 0
        ? this.#time.timer(ms, done)
        : this.#time.after(0, done);
      signal?.addEventListener("abort", done);
    });
  }

  every(ms: number, tick: () => void): () => void {
    let cancel = () => {};
    const wait = () => {
      cancel = this.#time.timer(ms, () => {
        if (!this.#process.isAlive) return;
        wait();
        tick();
      });
    };
    wait();
    return () => cancel();
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.due < b.due || a.due === b.due && a.lot < b.lot;
}

function push(heap: Event[], event: Event): void {
  let at = heap.length;
  while (at > 0) {
    const above = (at - 1) >> 1;
    if (!isBefore(event, heap[above]!)) break;
    heap[at] = heap[above]!;
    at = above;
  }
  heap[at] = event;
}

function pop(heap: Event[]): void {
  const last = heap.pop()!;
  if (heap.length === 0) return;
  let at = 0;
  for (;;) {
    let below = 2 * at + 1;
    if (below >= heap.length) break;
    const other = below + 1;
    if (other < heap.length && isBefore(heap[other]!, heap[below]!)) {
      below = other;
    }
    if (!isBefore(heap[below]!, last)) break;
    heap[at] = heap[below]!;
    at = below;
  }
  heap[at] = last;
}
