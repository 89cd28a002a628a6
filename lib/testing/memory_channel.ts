/**
 * Two `Channel`s joined in memory, with what goes wrong on networks as knobs.
 *
 * Like TCP: a direction takes `capacityBytes` before a write has to wait (a peer that never reads is an end nobody reads
 * from), bytes come out in other pieces than they went in, an end that was closed fails every call, and what was written
 * before a close still arrives. Unlike TCP: a write to an end that was closed fails at once.
 *
 * @module
 */

import type { Channel } from "../io/channel.ts";

/** How one direction of a pair behaves. */
export interface DirectionOptions {
  /** Bytes that are taken before a write waits for a read. Default: 64 KiB. */
  readonly capacityBytes?: number;
  /** A read gives at most so many bytes. Default: as many as there are. */
  readonly chunkBytes?: number;
  /** The connection is lost when so many bytes have arrived in this direction. */
  readonly cutAfterBytes?: number;
  /** How it is lost: `reset` fails reads and writes of both ends, `end` looks like a peer that closed. Default: `reset`. */
  readonly cutAs?: "reset" | "end";
}

/** Both directions of a pair. */
export interface ChannelPairOptions {
  readonly aToB?: DirectionOptions;
  readonly bToA?: DirectionOptions;
  /** What each end tells of the other. */
  readonly peerOfA?: string;
  readonly peerOfB?: string;
}

/** What a call fails with, as Deno's errors look: a name and an errno. */
export class ChannelFault extends Error {
  readonly code: string;

  constructor(code: "ECONNRESET" | "EPIPE" | "EBADF") {
    super(
      code === "EBADF" ? "Bad resource ID" : `Connection lost (${code})`,
    );
    this.name = code === "EBADF" ? "BadResource" : "ConnectionReset";
    this.code = code;
  }
}

/** Two channels: what is written to one is read from the other. */
export function channelPair(
  options: ChannelPairOptions = {},
): [a: MemoryChannel, b: MemoryChannel] {
  const aToB = new Direction(options.aToB ?? {});
  const bToA = new Direction(options.bToA ?? {});
  aToB.onCut = bToA.onCut = (direction) => {
    const other = direction === aToB ? bToA : aToB;
    if (direction.cutAs === "reset") direction.fail("ECONNRESET");
    else direction.end();
    other.fail("ECONNRESET");
  };
  return [
    new MemoryChannel(options.peerOfA ?? "memory:b", bToA, aToB),
    new MemoryChannel(options.peerOfB ?? "memory:a", aToB, bToA),
  ];
}

/** One end of a pair, and what a test wants to know of it. */
export class MemoryChannel implements Channel {
  readonly peer: string;
  /** How many bytes each `write` took, in order. */
  readonly writeSizes: number[] = [];
  /** Bytes that were read here. */
  bytesRead = 0;
  /** Whether a read waits for bytes. */
  isReading = false;
  /** Whether a write waits for room. */
  isWriting = false;
  readonly #from: Direction;
  readonly #to: Direction;
  #closed = false;

  constructor(peer: string, from: Direction, to: Direction) {
    this.peer = peer;
    this.#from = from;
    this.#to = to;
  }

  /** Whether `close` was called. */
  get isClosed(): boolean {
    return this.#closed;
  }

  /** Bytes that were written here. */
  get bytesWritten(): number {
    return this.writeSizes.reduce((sum, size) => sum + size, 0);
  }

  async read(into: Uint8Array): Promise<number | undefined> {
    this.isReading = true;
    try {
      const count = await this.#from.take(into, () => this.#checkOpen());
      this.bytesRead += count ?? 0;
      return count;
    } finally {
      this.isReading = false;
    }
  }

  async write(bytes: Uint8Array): Promise<number> {
    this.isWriting = true;
    try {
      const count = await this.#to.put(bytes, () => this.#checkOpen());
      this.writeSizes.push(count);
      return count;
    } finally {
      this.isWriting = false;
    }
  }

  // deno-lint-ignore require-await -- an async function, so that it fails by promise as the real one does
  async closeWrite(): Promise<void> {
    this.#checkOpen();
    this.#to.end();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#to.end();
    this.#from.abandon();
  }

  /** The connection is lost in both directions, now. */
  reset(): void {
    this.#to.fail("ECONNRESET");
    this.#from.fail("ECONNRESET");
  }

  #checkOpen(): void {
    if (this.#closed) throw new ChannelFault("EBADF");
  }
}

const CAPACITY_BYTES = 64 * 1024;

/** The bytes under way in one direction. */
class Direction {
  /** Called when `cutAfterBytes` have arrived. */
  onCut: (direction: Direction) => void = () => {};
  readonly cutAs: "reset" | "end";
  readonly #capacityBytes: number;
  readonly #chunkBytes: number;
  #bytesUntilCut: number;
  readonly #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #ended = false;
  #fault: ChannelFault | undefined;
  #changed = Promise.withResolvers<void>();

  constructor(options: DirectionOptions) {
    this.#capacityBytes = options.capacityBytes ?? CAPACITY_BYTES;
    this.#chunkBytes = options.chunkBytes ?? Infinity;
    this.#bytesUntilCut = options.cutAfterBytes ?? Infinity;
    this.cutAs = options.cutAs ?? "reset";
  }

  async take(
    into: Uint8Array,
    check: () => void,
  ): Promise<number | undefined> {
    for (;;) {
      check();
      if (this.#bytesUntilCut === 0) this.#cut();
      if (this.#fault !== undefined) throw this.#fault;
      const first = this.#waiting[0];
      if (first !== undefined) {
        const count = Math.min(
          first.length,
          into.length,
          this.#chunkBytes,
          this.#bytesUntilCut,
        );
        into.set(first.subarray(0, count));
        if (count === first.length) this.#waiting.shift();
        else this.#waiting[0] = first.subarray(count);
        this.#waitingBytes -= count;
        this.#bytesUntilCut -= count;
        this.#wake();
        return count;
      }
      if (this.#ended) return undefined;
      await this.#changed.promise;
    }
  }

  async put(bytes: Uint8Array, check: () => void): Promise<number> {
    for (;;) {
      check();
      if (this.#fault !== undefined) throw this.#fault;
      if (this.#ended) throw new ChannelFault("EPIPE");
      const room = this.#capacityBytes - this.#waitingBytes;
      if (room > 0) {
        const count = Math.min(room, bytes.length);
        // A copy: the caller's buffer is its own again after this.
        this.#waiting.push(bytes.slice(0, count));
        this.#waitingBytes += count;
        this.#wake();
        return count;
      }
      await this.#changed.promise;
    }
  }

  /** Nothing more comes; what waits still arrives. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** Nobody reads here any more. */
  abandon(): void {
    this.#fault ??= new ChannelFault("EPIPE");
    this.#wake();
  }

  /** Lost, with what was under way. */
  fail(code: "ECONNRESET"): void {
    this.#fault ??= new ChannelFault(code);
    this.#wake();
  }

  #cut(): void {
    this.#bytesUntilCut = Infinity;
    this.#waiting.length = 0;
    this.#waitingBytes = 0;
    this.onCut(this);
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
