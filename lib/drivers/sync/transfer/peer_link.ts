/**
 * The asking side of a connection to another peer: requests go out ahead of their answers, which come in any order.
 *
 * @module
 */

import { MisuseError, PeerError, Refusal } from "../../../errors.ts";
import type { Channel } from "../../../io/channel.ts";
import type { Clock } from "../../../io/clock.ts";
import type { Run } from "../../../sync/block_set.ts";
import type { ReplicaId, RootHash } from "../../../sync/record.ts";
import {
  readTransferAnswer,
  REQUESTS_MAX,
  TRANSFER_PROTOCOL,
  type TransferAnswer,
  type TransferFault,
  transferLine,
  type TransferRequest,
} from "../../../sync/transfer_messages.ts";
import { LineWriter } from "../../line_writer.ts";
import type { BufferPool } from "../../outbox.ts";
import type { Identity } from "../peer_options.ts";
import { TURN_BYTES } from "./turns.ts";
import { Body, FrameReader } from "./frame_reader.ts";

/** A connection on which nothing comes for so long while an answer is due is as good as lost. */
export const STALLED_MS = 5000;
/** A connection that nobody needs is closed after this. */
export const IDLE_MS = 30_000;
/** Who waits for news of blocks asks after so long a silence whether the other is still there. */
const SILENCE_MS = 10_000;

/** Bytes that are asked for and unanswered: what comes in a second, in these bounds. */
const WINDOW_BYTES_MIN = 1024 * 1024;
const WINDOW_BYTES_MAX = 16 * 1024 * 1024;
const WINDOW_BYTES_FIRST = 8 * 1024 * 1024;
/** A request as `PeerLink.ask` takes it: it puts the number in. */
export type Question = WithoutId<
  Exclude<TransferRequest, { readonly m: "hi" | "cancel" | "ping" }>
>;
type WithoutId<T> = T extends unknown ? Omit<T, "id"> : never;

/** Who asked, and is told what comes of it. Nothing is called after `lost`, or after the answer was said to be whole. */
export interface Asker {
  /** Bytes that are expected: they count in the window. */
  readonly bytes: number;
  /**
   * A piece of the answer. What is not read of `body` is skipped.
   *
   * @returns whether the answer is whole now
   * @throws {PeerError} if the other side breaks the rules: the connection ends
   */
  data(of: number | undefined, body: Body): Promise<boolean>;
  /** @returns whether the answer is whole now */
  refused(of: number | undefined, code: TransferFault): boolean;
  lost(): void;
  /** Which blocks there are: the answer to `bits`. */
  bits?(whole: boolean, body: Body): Promise<void>;
}

export interface PeerLinkOptions {
  readonly peer: ReplicaId;
  readonly channel: Channel;
  readonly identity: Identity;
  readonly clock: Clock;
  readonly pool: BufferPool;
  /** Something was answered: there is room for more. */
  readonly answered: () => void;
  /** The other side has got more blocks. */
  readonly got: (root: RootHash, runs: readonly Run[] | "whole") => void;
}

interface Pending {
  /** `undefined`: nobody waits for it any more. */
  asker: Asker | undefined;
  readonly bytes: number;
  /** Bytes that have not come yet. */
  left: number;
}

export class PeerLink {
  readonly peer: ReplicaId;
  readonly #options: PeerLinkOptions;
  readonly #reader: FrameReader;
  readonly #writer: LineWriter;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #bytesAsked = 0;
  #heardAt: number;
  #usedAt: number;
  #tickedAt: number;
  #isClosed = false;
  /** Why it was closed from here. */
  #reason: PeerError | undefined;
  #bytesSinceTick = 0;
  #bytesSinceTurn = 0;
  #rate: number | undefined;
  /** The request whose answer has begun. */
  #answering: number | undefined;

  constructor(options: PeerLinkOptions) {
    this.#options = options;
    this.peer = options.peer;
    this.#heardAt = this.#usedAt = this.#tickedAt = options.clock.now();
    this.#reader = new FrameReader(
      options.channel,
      new Uint8Array(0),
      () => void (this.#heardAt = options.clock.now()),
    );
    // Reading tells why, or is ended here.
    this.#writer = new LineWriter(
      options.channel,
      () => this.close(new PeerError("The connection was lost")),
    );
  }

  /** Bytes that are asked for and have not come. */
  get bytesAsked(): number {
    return this.#bytesAsked;
  }

  /** Whether an answer is due. */
  get isBusy(): boolean {
    return this.#pending.size > 0;
  }

  /** Bytes that one request may ask for now; 0 if none may be asked. */
  get room(): number {
    if (this.#isClosed || this.#pending.size >= REQUESTS_MAX) return 0;
    const window = this.#window;
    if (this.#bytesAsked === 0) return window;
    return Math.max(0, Math.min(window - this.#bytesAsked, window / 2));
  }

  get #window(): number {
    return this.#rate === undefined ? WINDOW_BYTES_FIRST : Math.min(
      WINDOW_BYTES_MAX,
      Math.max(WINDOW_BYTES_MIN, this.#rate),
    );
  }

  /**
   * Says hello and reads answers until the connection ends; all askers have been told then.
   *
   * @throws {Refusal} if the peer does not let us in, for now
   * @throws what else ended it, unless it was closed without a reason
   */
  async run(): Promise<void> {
    const { identity: { folder, replica } } = this.#options;
    this.#say({ m: "hi", proto: TRANSFER_PROTOCOL, folder, peer: replica });
    try {
      await this.#greet();
      for (;;) {
        const line = await this.#reader.line();
        if (line === undefined) break;
        await this.#take(this.#messageOf(line));
      }
      if (this.#pending.size > 0) throw new PeerError("The peer hung up");
    } catch (error) {
      if (this.#reason !== undefined) throw this.#reason;
      if (!this.#isClosed) throw error;
    } finally {
      this.close();
      const pending = [...this.#pending.values()];
      this.#pending.clear();
      for (const { asker } of pending) asker?.lost();
    }
  }

  /**
   * Asks. `room` tells whether that may be done.
   *
   * @returns its number, for `cancel`
   */
  ask(question: Question, asker: Asker): number {
    if (this.#isClosed) throw new MisuseError("The connection is closed");
    const id = ++this.#lastId;
    const { clock } = this.#options;
    if (this.#pending.size === 0) this.#heardAt = clock.now();
    this.#usedAt = clock.now();
    this.#pending.set(id, {
      asker,
      bytes: asker.bytes,
      left: asker.bytes,
    });
    this.#bytesAsked += asker.bytes;
    this.#say({ ...question, id } as TransferRequest);
    return id;
  }

  /** The answer is not wanted any more: what comes of it is skipped, and its asker is told nothing. */
  cancel(id: number): void {
    const pending = this.#pending.get(id);
    if (pending === undefined || pending.asker === undefined) return;
    pending.asker = undefined;
    if (!this.#isClosed) this.#say({ m: "cancel", id });
  }

  /**
   * To be called every `ms`: closes the connection if it stands still or if nobody needs it.
   *
   * @param isAwaiting whether news are awaited on it
   */
  tick(ms: number, isAwaiting: boolean): void {
    const now = this.#options.clock.now();
    // Called so late, this machine stood still: what came meanwhile is yet to be read.
    if (now - this.#tickedAt >= ms * 4) this.#heardAt = now;
    this.#tickedAt = now;
    this.#measure(ms);
    if (this.#pending.size > 0) {
      this.#usedAt = now;
      if (now - this.#heardAt >= STALLED_MS) {
        this.close(new PeerError("Nothing has come for 5 seconds"));
      }
    } else if (isAwaiting) {
      this.#usedAt = now;
      if (now - this.#heardAt >= SILENCE_MS) this.#ping();
    } else if (now - this.#usedAt >= IDLE_MS) this.close();
  }

  /** Ends it; `run` throws the `reason`. */
  close(reason?: PeerError): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#reason = reason;
    this.#options.channel.close();
  }

  #ping(): void {
    const id = ++this.#lastId;
    this.#heardAt = this.#options.clock.now();
    this.#pending.set(id, { asker: undefined, bytes: 0, left: 0 });
    this.#say({ m: "ping", id });
  }

  async #greet(): Promise<void> {
    const line = await this.#reader.line();
    if (line === undefined) throw new PeerError("The peer hung up");
    const message = this.#messageOf(line);
    if (message.m === "no") throw new Refusal("busy", message.text);
    if (message.m !== "hi") throw new PeerError("The peer does not say hi");
    const { identity } = this.#options;
    if (message.folder !== identity.folder || message.peer !== this.peer) {
      throw new PeerError("Another peer answers at that address");
    }
  }

  #messageOf(line: string): TransferAnswer {
    const message = readTransferAnswer(line);
    if (typeof message === "string") throw new PeerError(message);
    return message;
  }

  async #take(message: TransferAnswer): Promise<void> {
    switch (message.m) {
      case "hi":
        throw new PeerError("The peer says hi again");
      case "no":
        throw new PeerError(message.text);
      case "got":
        return this.#options.got(
          message.root,
          message.whole ? "whole" : runsOf(message.blocks),
        );
      case "pong":
        return this.#end(message.id);
      case "err":
        return this.#refused(message.id, message.of, message.code);
      case "bits": {
        const pending = this.#pendingOf(message.id);
        const body = new Body(this.#reader, message.len);
        await pending.asker?.bits?.(message.whole, body);
        await this.#skip(body);
        return this.#end(message.id);
      }
      case "data":
        return await this.#data(message.id, message.of, message.len);
    }
  }

  async #data(
    id: number,
    of: number | undefined,
    length: number,
  ): Promise<void> {
    const pending = this.#pendingOf(id);
    if (this.#answering !== undefined && this.#answering !== id) {
      throw new PeerError("The peer begins an answer within another");
    }
    this.#answering = id;
    const body = new Body(this.#reader, length);
    this.#bytesSinceTick += length;
    pending.left -= length;
    const isWhole = await pending.asker?.data(of, body) ?? pending.left <= 0;
    await this.#skip(body);
    if (isWhole) this.#end(id);
    this.#bytesSinceTurn += length;
    if (this.#bytesSinceTurn < TURN_BYTES) return;
    this.#bytesSinceTurn = 0;
    await this.#options.clock.sleep(0);
  }

  #refused(id: number, of: number | undefined, code: TransferFault): void {
    const { asker } = this.#pendingOf(id);
    if (asker?.refused(of, code) ?? of === undefined) this.#end(id);
  }

  #pendingOf(id: number): Pending {
    const pending = this.#pending.get(id);
    if (pending === undefined) {
      throw new PeerError("The peer answers what was not asked");
    }
    return pending;
  }

  #end(id: number): void {
    this.#bytesAsked -= this.#pendingOf(id).bytes;
    this.#pending.delete(id);
    if (this.#answering === id) this.#answering = undefined;
    this.#options.answered();
  }

  async #skip(body: Body): Promise<void> {
    if (body.left === 0) return;
    const { pool } = this.#options;
    const scratch = pool.take();
    try {
      await body.skip(scratch);
    } finally {
      pool.giveBack(scratch);
    }
  }

  #measure(ms: number): void {
    const rate = this.#bytesSinceTick * 1000 / ms;
    this.#bytesSinceTick = 0;
    if (rate === 0) return;
    this.#rate = this.#rate === undefined ? rate : (this.#rate * 3 + rate) / 4;
  }

  /** What waits is bounded by `REQUESTS_MAX`. */
  #say(message: TransferRequest): void {
    this.#writer.write(transferLine(message));
  }
}

function runsOf(blocks: readonly number[]): Run[] {
  const runs: Run[] = [];
  for (let i = 0; i < blocks.length; i += 2) {
    runs.push({ at: blocks[i]!, count: blocks[i + 1]! });
  }
  return runs;
}
