/**
 * Direct messages to one name that are not known to be seen: kept to be said again when the connection is lost, or for the
 * first time when somebody away comes back. Bounded, each and all together; the oldest go.
 *
 * @module
 */

import { type LineCursor, LineLog } from "./line_log.ts";

/** What may wait for one name, and how many messages for one who is away. */
export const MAILBOX_BYTES_MAX = 1024 * 1024;
export const AWAY_MESSAGES_MAX = 1000;
/** What may wait for all of them: ten thousand full ones would not fit into any machine. */
export const MAILBOXES_BYTES_MAX = 64 * 1024 * 1024;

/** All mailboxes of a room. */
export class Mailboxes {
  readonly #bytesMax: number;
  #bytes = 0;
  /** Those that have something; which of them had it longest is first. */
  readonly #filled = new Set<Mailbox>();

  constructor(bytesMax = MAILBOXES_BYTES_MAX) {
    this.#bytesMax = bytesMax;
  }

  /** A new one. */
  add(): Mailbox {
    return new Mailbox(this);
  }

  /** Has become larger or smaller by `bytes`. */
  changed(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Has got a chunk more: lets the oldest go where that is too much. */
  grown(mailbox: Mailbox): void {
    this.#filled.add(mailbox);
    for (const oldest of this.#filled) {
      while (this.#bytes > this.#bytesMax && oldest.dropOldest());
      if (this.#bytes <= this.#bytesMax) break;
    }
  }

  emptied(mailbox: Mailbox): void {
    this.#filled.delete(mailbox);
  }
}

export class Mailbox {
  readonly #all: Mailboxes;
  readonly #log = new LineLog();

  /** Use `Mailboxes.add`. */
  constructor(all: Mailboxes) {
    this.#all = all;
  }

  get bytes(): number {
    return this.#log.bytes;
  }

  get length(): number {
    return this.#log.length;
  }

  /** The ID of the newest message; 0. */
  get last(): number {
    return this.#log.last;
  }

  /** Adds the line of `id`, which is in `source` from `from` to `to`. */
  put(id: number, source: DataView, from: number, to: number): void {
    const isNewChunk = this.#log.put(id, source, from, to);
    this.#all.changed(to - from);
    if (!isNewChunk) return;
    this.#measured(() => this.#log.keep(MAILBOX_BYTES_MAX));
    this.#all.grown(this);
  }

  /** Lets the oldest go that are more than are kept for one who is away. */
  keepForAway(): void {
    if (this.#log.length <= AWAY_MESSAGES_MAX) return;
    this.#measured(() => this.#log.keep(Infinity, AWAY_MESSAGES_MAX));
  }

  /** Lets go what was seen. */
  seen(id: number): void {
    const before = this.#log.bytes;
    this.#log.forget(id);
    if (this.#log.bytes === before) return;
    this.#all.changed(this.#log.bytes - before);
    if (this.#log.length === 0) this.#all.emptied(this);
  }

  /** Lets everything go: nobody will ask for it. */
  discard(): void {
    this.seen(Infinity);
  }

  /** Lets the oldest chunk go unseen; false if there is only one. */
  dropOldest(): boolean {
    return this.#measured(() => this.#log.dropOldest());
  }

  /** Messages above `id` that had to go: so many at most. */
  goneAbove(id: number): number {
    return this.#log.goneAbove(id);
  }

  /** Goes through the lines with an ID above `id`. */
  above(id: number): LineCursor {
    return this.#log.above(id);
  }

  #measured<T>(change: () => T): T {
    const before = this.#log.bytes;
    const result = change();
    this.#all.changed(this.#log.bytes - before);
    return result;
  }
}
