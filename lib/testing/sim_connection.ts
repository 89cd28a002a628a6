/**
 * A connection of the simulated network: two `Channel`s, each the property of a process on a host.
 *
 * Rules of this file:
 * - Bytes arrive in order, later than they were written, in other pieces; a direction takes so many before a write waits.
 * - A connection is lost at any byte: the ends learn of it each in its own time, or not at all (silence).
 * - What a killed process wrote still arrives, then its side ends. What a machine without power wrote may not, and nothing
 *   tells the other end.
 *
 * @module
 */

import type { Channel } from "../io/channel.ts";
import { ChannelFault } from "./memory_channel.ts";
import type { SimProcess, SimTime } from "./sim_time.ts";

/** What the network decides for each piece of bytes. */
export interface Wire {
  readonly time: SimTime;
  /** Milliseconds until a piece of so many bytes is there. */
  delayOf(bytes: number): number;
  /** Takes note of what one host sends to another. */
  sent(from: string, to: string, bytes: Uint8Array): void;
  /** Whether nothing gets through from one host to the other. */
  isBlocked(from: string, to: string): boolean;
  /** How many bytes of `bytes` a call of read or write takes. */
  pieceOf(bytes: number): number;
  /** After the last byte of so many that were written and not taken, the writer's side gives up. */
  readonly giveUpMs: number;
}

/** Bytes a direction takes before a write waits, those under way among them. */
const CAPACITY_BYTES = 16 * 1024;

const NEVER = new Promise<never>(() => {});

/** Two ends and what is under way between them. */
export class SimConnection {
  readonly ends: readonly [SimEnd, SimEnd];
  /** Lost when so many more bytes have arrived, in both directions together. */
  bytesUntilLost = Infinity;
  /** Nothing gets through any more, and nobody is told. */
  isSilent = false;
  readonly wire: Wire;

  constructor(wire: Wire, from: Place, to: Place) {
    this.wire = wire;
    this.ends = [new SimEnd(this, 0, from, to), new SimEnd(this, 1, to, from)];
  }

  /** Whether neither end can use it any more. */
  get isOver(): boolean {
    return this.ends.every((end) => end.isOver);
  }

  /** It is lost: each end learns it in its own time, and an end that `deaf` names does not. */
  lose(deaf?: 0 | 1): void {
    this.isSilent = true;
    for (const at of [0, 1] as const) {
      if (at === deaf) continue;
      const end = this.ends[at];
      this.wire.time.after(this.wire.delayOf(0), () => end.fail());
    }
  }

  /** Bytes that could not get through are sent again. */
  unblock(): void {
    for (const end of this.ends) end.unblock();
  }
}

/** A process, and the host and port that it is reached at. */
export interface Place {
  readonly process: SimProcess;
  readonly host: string;
  readonly port: number;
}

/** One end. What it writes is under way in `#sent` until the other end has it in `#arrived`. */
export class SimEnd implements Channel {
  readonly peer: string;
  readonly place: Place;
  readonly #connection: SimConnection;
  readonly #at: 0 | 1;
  readonly #to: Place;
  /** Written, not arrived; an empty piece is the end of this side. */
  readonly #sent: Uint8Array[] = [];
  #sentBytes = 0;
  /** Whether what was sent waits for the network to let it through. */
  #isHeld = false;
  readonly #arrived: Uint8Array[] = [];
  #arrivedBytes = 0;
  #hasEnded = false;
  #otherEnded = false;
  #isClosed = false;
  #isLost = false;
  /** Wakes a read and a write that wait. */
  #wakeRead = () => {};
  #wakeWrite = () => {};
  #giveUp: (() => void) | undefined;

  constructor(connection: SimConnection, at: 0 | 1, place: Place, to: Place) {
    this.#connection = connection;
    this.#at = at;
    this.place = place;
    this.#to = to;
    this.peer = `${to.host}:${to.port}`;
    place.process.onEnd((how) => this.#processEnded(how));
  }

  /** Whether this end is of no use any more. */
  get isOver(): boolean {
    return this.#isClosed || this.#isLost || !this.place.process.isAlive;
  }

  get #other(): SimEnd {
    return this.#connection.ends[1 - this.#at as 0 | 1];
  }

  async read(into: Uint8Array): Promise<number | undefined> {
    for (;;) {
      this.#check();
      const first = this.#arrived[0];
      if (first !== undefined) {
        const count = this.#connection.wire.pieceOf(
          Math.min(first.length, into.length),
        );
        into.set(first.subarray(0, count));
        if (count === first.length) this.#arrived.shift();
        else this.#arrived[0] = first.subarray(count);
        this.#arrivedBytes -= count;
        this.#other.#wakeWrite();
        return count;
      }
      if (this.#otherEnded) return undefined;
      await new Promise<void>((resolve) => this.#wakeRead = resolve);
      if (!this.place.process.isAlive) await NEVER;
    }
  }

  async write(bytes: Uint8Array): Promise<number> {
    for (;;) {
      this.#check();
      if (this.#hasEnded) throw new ChannelFault("EPIPE");
      const room = CAPACITY_BYTES - this.#sentBytes - this.#other.#arrivedBytes;
      if (room > 0) {
        const count = this.#connection.wire.pieceOf(
          Math.min(room, bytes.length),
        );
        this.#send(bytes.slice(0, count));
        return count;
      }
      await new Promise<void>((resolve) => this.#wakeWrite = resolve);
      if (!this.place.process.isAlive) await NEVER;
    }
  }

  // deno-lint-ignore require-await -- an async function, so that it fails by promise as the real one does
  async closeWrite(): Promise<void> {
    this.#check();
    this.#end();
  }

  close(): void {
    if (this.#isClosed || !this.place.process.isAlive) return;
    this.#isClosed = true;
    this.#end();
    // What still comes is answered by a reset, as TCP does.
    this.#wakeRead();
    this.#wakeWrite();
  }

  /** The connection is known to be lost at this end. */
  fail(): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#giveUp?.();
    this.#arrived.length = 0;
    this.#wakeRead();
    this.#wakeWrite();
  }

  unblock(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#schedule();
  }

  #check(): void {
    this.place.process.check();
    if (this.#isClosed) throw new ChannelFault("EBADF");
    if (this.#isLost) throw new ChannelFault("ECONNRESET");
  }

  #end(): void {
    if (this.#hasEnded || this.#isLost) return;
    this.#send(new Uint8Array(0));
    this.#hasEnded = true;
  }

  #processEnded(how: "killed" | "power-cut"): void {
    if (how === "killed") this.#end();
    else this.#connection.isSilent = true;
    this.#arrived.length = 0;
  }

  #send(piece: Uint8Array): void {
    this.#connection.wire.sent(this.place.host, this.peer, piece);
    this.#sent.push(piece);
    this.#sentBytes += piece.length;
    if (this.#sent.length === 1) this.#schedule();
  }

  /** Lets what was sent arrive, and what is sent until then with it. */
  #schedule(): void {
    const { wire } = this.#connection;
    this.#giveUp ??= wire.time.after(wire.giveUpMs, () => this.fail());
    wire.time.after(wire.delayOf(this.#sentBytes), () => this.#deliver());
  }

  #deliver(): void {
    const connection = this.#connection;
    const { wire } = connection;
    if (
      connection.isSilent ||
      wire.isBlocked(this.place.host, this.#to.host)
    ) return void (this.#isHeld = true);
    const other = this.#other;
    const pieces = this.#sent.splice(0);
    this.#sentBytes = 0;
    this.#giveUp?.();
    this.#giveUp = undefined;
    for (const piece of pieces) {
      if (other.isOver) {
        // Nobody is there: a reset comes back, unless we are only saying goodbye ourselves.
        if (piece.length > 0) this.fail();
        return;
      }
      if (piece.length === 0) other.#otherEnded = true;
      else {
        const count = Math.min(piece.length, connection.bytesUntilLost);
        connection.bytesUntilLost -= count;
        if (count > 0) other.#arrived.push(piece.subarray(0, count));
        other.#arrivedBytes += count;
        if (connection.bytesUntilLost === 0) connection.lose();
      }
    }
    other.#wakeRead();
    this.#wakeWrite();
  }
}
