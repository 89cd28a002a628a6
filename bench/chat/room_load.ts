/**
 * The load of a full room: many arrive at once, then everybody listens to a few who talk to everyone.
 *
 * @module
 */

import { DIALECTS } from "./dialects.ts";
import { processorSeconds } from "./processor_time.ts";
import { type Socket, Sockets } from "./sockets.ts";

/** What is asked of the load. */
export interface RoomOrder {
  readonly kind: "room";
  readonly port: number;
  readonly pid: number;
  readonly listeners: number;
  readonly speakers: number;
  /** Of all speakers together. */
  readonly messagesPerSecond: number;
  readonly seconds: number;
}

/** What came of it. */
export interface RoomResult {
  readonly messages: number;
  /** How long it took, from the sender to each listener: so many milliseconds at most, for so large a share. */
  readonly latencyMs: {
    readonly p50: number;
    readonly p99: number;
    readonly max: number;
  };
  /** From the first connection until all were in. */
  readonly arrivalMs: number;
  /** What all of those who arrived have heard by then and in the second after that. */
  readonly arrivalLines: number;
  readonly arrivalBytes: number;
  /** Shares of one core that server and load took while there was talk. */
  readonly serverLoad: number;
  readonly ownLoad: number;
}

const PATIENCE_MS = 30_000;
/** What is said when many arrive is said by then. */
const QUIET_MS = 1000;
const LF = 0x0a;
const ZERO = 0x30;
/** A text is the number of the message in so many digits. */
const DIGITS = 6;
const MESSAGE = 0x6d;

/** Puts the load on. Throws Error if a listener misses a message, or gets one twice or in another order. */
export function loadRoom(order: RoomOrder): RoomResult {
  const sockets = new Sockets();
  const count = order.messagesPerSecond * order.seconds;
  const talk = new Talk(count, order.speakers);
  const begunMs = performance.now();
  const listeners = Array.from(
    { length: order.listeners },
    (_, index) => new Listener(sockets, order.port, `l${index}`, talk),
  );
  const everybody = () => listeners.every(({ isIn }) => isIn);
  sockets.until(everybody, PATIENCE_MS, "all have arrived");
  const arrivalMs = performance.now() - begunMs;
  sockets.untilTime(performance.now() + QUIET_MS);
  const sum = (of: (listener: Listener) => number) =>
    listeners.reduce((total, listener) => total + of(listener), 0);
  const arrivalLines = sum(({ lines }) => lines);
  const arrivalBytes = sum(({ bytes }) => bytes);

  const speakers = Array.from(
    { length: order.speakers },
    (_, index) => new Speaker(sockets, order.port, `s${index}`),
  );
  const ready = () => speakers.every(({ isIn }) => isIn);
  sockets.until(ready, PATIENCE_MS, "the speakers have arrived");
  sockets.untilTime(performance.now() + QUIET_MS);

  const loads = [order.pid, Deno.pid].map(processorSeconds);
  const startMs = performance.now();
  for (let index = 0; index < talk.count; index++) {
    sockets.untilTime(startMs + index * 1000 / order.messagesPerSecond);
    talk.sentAt[index] = performance.now();
    const text = String(index).padStart(DIGITS, "0");
    speakers[index % speakers.length]!.say(text);
  }
  const heard = () => listeners.every(({ heard }) => heard === talk.count);
  sockets.until(heard, PATIENCE_MS, "everyone has heard everything");
  const seconds = (performance.now() - startMs) / 1000;
  const [server, own] = [order.pid, Deno.pid].map((pid, index) =>
    (processorSeconds(pid) - loads[index]!) / seconds
  );
  return {
    messages: talk.count,
    latencyMs: talk.latencies(),
    arrivalMs,
    arrivalLines,
    arrivalBytes,
    serverLoad: server!,
    ownLoad: own!,
  };
}

/** What is said, when, and how long it took to arrive. */
class Talk {
  readonly count: number;
  readonly speakers: number;
  readonly sentAt: Float64Array;
  readonly #latencies: number[] = [];

  constructor(count: number, speakers: number) {
    this.count = count;
    this.speakers = speakers;
    this.sentAt = new Float64Array(count);
  }

  arrived(index: number, atMs: number): void {
    this.#latencies.push(atMs - this.sentAt[index]!);
  }

  latencies(): RoomResult["latencyMs"] {
    const sorted = Float64Array.from(this.#latencies).sort();
    const at = (share: number) =>
      sorted[Math.ceil(share * sorted.length) - 1] ?? NaN;
    return { p50: at(0.5), p99: at(0.99), max: at(1) };
  }
}

class Listener {
  isIn = false;
  lines = 0;
  bytes = 0;
  /** Messages. */
  heard = 0;
  readonly #talk: Talk;
  /** The message that has to come next from each speaker; between two of them there is no order. */
  readonly #next: number[];

  constructor(sockets: Sockets, port: number, name: string, talk: Talk) {
    this.#talk = talk;
    this.#next = Array.from({ length: talk.speakers }, (_, index) => index);
    enter(
      sockets.connect(port, (...heard) => this.#hear(...heard)),
      name,
    );
  }

  #hear(bytes: Uint8Array, end: number): number {
    const nowMs = performance.now();
    let at = 0;
    for (;;) {
      const lineEnd = bytes.indexOf(LF, at);
      if (lineEnd < 0 || lineEnd >= end) break;
      this.lines++;
      if (bytes[at] === MESSAGE) this.#heard(bytes, lineEnd, nowMs);
      else this.isIn ||= isNow(bytes.subarray(at, lineEnd + 1));
      at = lineEnd + 1;
    }
    this.bytes += at;
    return at;
  }

  #heard(bytes: Uint8Array, lineEnd: number, nowMs: number): void {
    let index = 0;
    for (let at = lineEnd - DIGITS; at < lineEnd; at++) {
      index = index * 10 + bytes[at]! - ZERO;
    }
    const { speakers } = this.#talk;
    const due = this.#next[index % speakers];
    if (index !== due) {
      throw new Error(`Message ${index} came where ${due} was due`);
    }
    this.#next[index % speakers] = index + speakers;
    this.heard++;
    this.#talk.arrived(index, nowMs);
  }
}

class Speaker {
  isIn = false;
  readonly #socket: Socket;
  #number = 0;

  constructor(sockets: Sockets, port: number, name: string) {
    this.#socket = sockets.connect(port, (bytes, end) => {
      this.isIn ||= isNow(bytes.subarray(0, end));
      return end;
    });
    enter(this.#socket, name);
  }

  say(text: string): void {
    const line = `send|${++this.#number}|*|${text}\n`;
    this.#socket.send(new TextEncoder().encode(line));
  }
}

function enter(socket: Socket, name: string): void {
  socket.send(new TextEncoder().encode(DIALECTS.landline.enter(name)));
}

function isNow(lines: Uint8Array): boolean {
  return DIALECTS.landline.isIn.test(new TextDecoder().decode(lines));
}
