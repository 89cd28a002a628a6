/**
 * What goes out in this turn: lines are put into the buffers of ports, and it is remembered which ports have something.
 *
 * @module
 */

import type { Port } from "./people.ts";

/** How much of a long answer is put at once: what one write takes. */
const PIECE_BYTES = 32 * 1024;

export class Outgoing {
  #due: Port[] = [];
  /** Said when the turn is settled: behind what is acknowledged by then. */
  #goodbyes: { readonly port: Port; readonly line: string }[] = [];

  /** `port` is to be flushed with the others. */
  wake(port: Port): void {
    if (port.isDue) return;
    port.isDue = true;
    this.#due.push(port);
  }

  /** Says `line` to one. */
  say(port: Port, line: string): void {
    port.out.putText(line);
    this.wake(port);
  }

  /** Puts a line that is bytes. */
  put(port: Port, line: Uint8Array): void {
    port.out.put(line);
    this.wake(port);
  }

  /** `line` (or nothing) is the last thing that is said to one. What still comes from there is nobody's. */
  end(port: Port, line: string): void {
    if (port.isLeaving) return;
    port.isLeaving = true;
    port.source = undefined;
    this.#goodbyes.push({ port, line });
  }

  /** Says the goodbyes. */
  settle(): void {
    for (const { port, line } of this.#goodbyes) {
      this.say(port, line);
      port.isEnding = true;
    }
    this.#goodbyes.length = 0;
  }

  /** How many ports have something to write that was not taken. */
  get dueCount(): number {
    return this.#due.length;
  }

  /** So many ports with something to write, who waits longest first; long answers are put as far as there is room. */
  take(lastId: number, countMax: number): Port[] {
    const due = this.#due.splice(0, countMax);
    for (const port of due) {
      port.isDue = false;
      const { out } = port;
      while (port.source !== undefined && out.length < PIECE_BYTES) {
        if (port.source.next().done) port.source = undefined;
      }
      // What a long answer leaves open is not put yet.
      if (port.source === undefined) port.flushed = lastId;
    }
    return due;
  }
}
