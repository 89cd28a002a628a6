/**
 * The load of direct messages: pairs of a sender and a receiver, each sender as far ahead of its receiver as the window lets
 * it.
 *
 * @module
 */

import { type Dialect, type DialectName, DIALECTS } from "./dialects.ts";
import { LineCounter } from "./line_counter.ts";
import { MessageBlock } from "./message_block.ts";
import { processorSeconds } from "./processor_time.ts";
import { type Socket, Sockets } from "./sockets.ts";

/** What is asked of the load. */
export interface DirectOrder {
  readonly kind: "direct";
  readonly dialect: DialectName;
  readonly port: number;
  /** Of the server, whose time is taken. */
  readonly pid: number;
  readonly pairs: number;
  readonly textBytes: number;
  /** Messages of one sender on their way. */
  readonly window: number;
  readonly seconds: number;
}

/** What came of it, while it was measured. */
export interface DirectResult {
  readonly delivered: number;
  /** As senders were told; 0 where they are not. */
  readonly acknowledged: number;
  readonly seconds: number;
  readonly serverSeconds: number;
  readonly loadSeconds: number;
}

const WARM_UP_MS = 700;
const PATIENCE_MS = 15_000;
/** A receiver says so often what it has seen, where it says so at all. */
const SEEN_EVERY = 400;

/** Puts the load on. Throws Error if a message that was sent never arrives, or one arrives that was not. */
export function loadDirect(order: DirectOrder): DirectResult {
  const sockets = new Sockets();
  const dialect = DIALECTS[order.dialect];
  const pairs = Array.from(
    { length: order.pairs },
    (_, index) => new Pair(sockets, dialect, order, index),
  );
  const inside = () => pairs.every(({ isIn }) => isIn);
  sockets.until(inside, PATIENCE_MS, "all are in");
  for (const pair of pairs) pair.start();
  sockets.untilTime(performance.now() + WARM_UP_MS);

  const before = look(pairs, order.pid);
  sockets.untilTime(before.at + order.seconds * 1000);
  const after = look(pairs, order.pid);

  for (const pair of pairs) pair.stop();
  const arrived = () => pairs.every(({ isQuiet }) => isQuiet);
  sockets.until(arrived, PATIENCE_MS, "everything has arrived");
  return {
    delivered: after.delivered - before.delivered,
    acknowledged: after.acknowledged - before.acknowledged,
    seconds: (after.at - before.at) / 1000,
    serverSeconds: after.server - before.server,
    loadSeconds: after.load - before.load,
  };
}

function look(pairs: readonly Pair[], pid: number) {
  const sum = (of: (pair: Pair) => number) =>
    pairs.reduce((total, pair) => total + of(pair), 0);
  return {
    at: performance.now(),
    delivered: sum((pair) => pair.heard),
    acknowledged: sum((pair) => pair.acknowledged),
    server: processorSeconds(pid),
    load: processorSeconds(Deno.pid),
  };
}

class Pair {
  acknowledged = 0;
  readonly #dialect: Dialect;
  readonly #window: number;
  readonly #counter: LineCounter;
  readonly #block: MessageBlock;
  readonly #sender: Socket;
  readonly #receiver: Socket;
  #isSenderIn = false;
  #isReceiverIn = false;
  #isTalking = false;
  #sent = 0;
  #seen = 0;

  constructor(
    sockets: Sockets,
    dialect: Dialect,
    { port, textBytes, window }: DirectOrder,
    index: number,
  ) {
    this.#dialect = dialect;
    this.#window = window;
    this.#counter = new LineCounter(dialect);
    const to = `r${index}`;
    const message = dialect.message(to, "x".repeat(textBytes));
    this.#block = new MessageBlock(message, dialect.isNumbered, window);
    this.#receiver = sockets.connect(port, (...heard) => this.#hear(...heard));
    this.#sender = sockets.connect(port, (...heard) => this.#listen(...heard));
    const encoder = new TextEncoder();
    this.#receiver.send(encoder.encode(dialect.enter(to)));
    this.#sender.send(encoder.encode(dialect.enter(`s${index}`)));
  }

  get isIn(): boolean {
    return this.#isSenderIn && this.#isReceiverIn;
  }

  /** Messages the receiver has. */
  get heard(): number {
    return this.#counter.count;
  }

  /** Whether everything has arrived, and was acknowledged where it is. */
  get isQuiet(): boolean {
    if (this.heard > this.#sent) {
      throw new Error(`${this.heard} messages of ${this.#sent} have arrived`);
    }
    return this.heard === this.#sent &&
      (this.#dialect.acknowledged === undefined ||
        this.acknowledged === this.#sent);
  }

  start(): void {
    this.#isTalking = true;
    this.#talk();
  }

  stop(): void {
    this.#isTalking = false;
  }

  /** What the receiver hears. */
  #hear(bytes: Uint8Array, end: number): number {
    if (!this.#isReceiverIn) {
      this.#isReceiverIn = this.#entered(bytes, end);
      return this.#isReceiverIn ? end : 0;
    }
    const understood = this.#counter.take(bytes, end);
    const { seen } = this.#dialect;
    if (
      seen !== undefined && this.heard - this.#seen >= SEEN_EVERY &&
      !this.#receiver.isStuck
    ) {
      this.#seen = this.heard;
      const last = bytes.subarray(this.#counter.lastStart, understood);
      const line = new TextDecoder().decode(last);
      this.#receiver.send(new TextEncoder().encode(seen(line)));
    }
    this.#talk();
    return understood;
  }

  /** What the sender hears. */
  #listen(bytes: Uint8Array, end: number): number {
    if (!this.#isSenderIn) {
      this.#isSenderIn = this.#entered(bytes, end);
      return this.#isSenderIn ? end : 0;
    }
    const { acknowledged } = this.#dialect;
    if (acknowledged === undefined) return end;
    const text = new TextDecoder().decode(bytes.subarray(0, end));
    const whole = text.lastIndexOf("\n") + 1;
    for (const line of text.slice(0, whole).split("\n")) {
      this.acknowledged = Math.max(this.acknowledged, acknowledged(line));
    }
    return whole;
  }

  #entered(bytes: Uint8Array, end: number): boolean {
    const text = new TextDecoder().decode(bytes.subarray(0, end));
    return this.#dialect.isIn.test(text);
  }

  /** Sends what the window lets through, if that is worth a write. */
  #talk(): void {
    const room = this.#window - (this.#sent - this.heard);
    if (
      !this.#isTalking || room < this.#window / 2 || this.#sender.isStuck
    ) return;
    this.#sent += room;
    this.#sender.send(this.#block.take(room));
  }
}
