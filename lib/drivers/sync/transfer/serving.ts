/**
 * The answering side of a connection with another peer.
 *
 * Requests are read ahead, a bounded number of them, so that one can be cancelled while another is answered; beyond that
 * nothing is read while answers wait to be written. One answer after another is put together in a buffer of the pool,
 * lines and bytes, and written with as few writes as it takes.
 *
 * @module
 */

import { PeerError } from "../../../errors.ts";
import type { Channel } from "../../../io/channel.ts";
import type { Clock } from "../../../io/clock.ts";
import type { BlockSet } from "../../../sync/block_set.ts";
import type { ReplicaId, RootHash } from "../../../sync/record.ts";
import {
  GOT_RUNS_MAX,
  readTransferRequest,
  REQUESTS_MAX,
  TRANSFER_PROTOCOL,
  type TransferAnswer,
  transferLine,
  type TransferRequest,
} from "../../../sync/transfer_messages.ts";
import { type BufferPool, Outbox } from "../../outbox.ts";
import type { Identity } from "../peer_options.ts";
import { Answers, type Asked } from "./answers.ts";
import { FrameReader } from "./frame_reader.ts";
import type { HeldContents } from "./held_contents.ts";
import { TURN_BYTES } from "./turns.ts";

/** News of blocks are collected for so long. */
const GOT_MS = 50;
/** A peer that takes nothing of an answer for so long, or asks nothing for so long, is let go. */
const UNREAD_MS = 30_000;
const SILENT_MS = 60_000;
/** Contents of which one connection is told the news. */
const WATCHED_MAX = 64;

export interface ServingOptions {
  readonly channel: Channel;
  /** What was read before. */
  readonly arrived: Uint8Array;
  readonly identity: Identity;
  readonly clock: Clock;
  readonly pool: BufferPool;
  readonly held: HeldContents;
  /** The peer has said who it is. @returns a sentence if it cannot be served now */
  readonly greeted: (peer: ReplicaId) => string | undefined;
  /** Bytes of contents that were written. */
  readonly sent: (bytes: number) => void;
}

export class Serving {
  readonly #options: ServingOptions;
  readonly #reader: FrameReader;
  readonly #out: Outbox;
  readonly #answers: Answers;
  readonly #asked: Asked[] = [];
  readonly #cancelled = new Set<number>();
  /** What is being answered. */
  #current: number | undefined;
  /** Lines to be written between two answers. */
  #lines: string[] = [];
  /** Contents being fetched here of which the peer is told more, with what it knows. */
  readonly #watched = new Map<RootHash, BlockSet>();
  readonly #news = new Set<RootHash>();
  #isCollecting = false;
  readonly #over = new AbortController();
  #changed = Promise.withResolvers<void>();
  #isRefused = false;
  #hasEnded = false;
  #isWriting = false;
  #heardAt: number;
  #wroteAt: number;
  #sentNow = 0;
  #sinceTurn = 0;

  constructor(options: ServingOptions) {
    this.#options = options;
    this.#out = new Outbox(options.pool);
    this.#answers = new Answers({
      out: this.#out,
      held: options.held,
      isCancelled: (id) => this.#cancelled.has(id),
      watch: (root, known) => this.#watch(root, known),
      sent: (bytes) => void (this.#sentNow += bytes),
    });
    this.#heardAt = this.#wroteAt = options.clock.now();
    this.#reader = new FrameReader(
      options.channel,
      options.arrived,
      () => void (this.#heardAt = options.clock.now()),
    );
  }

  /** Serves until the peer ends, or `close`. Never fails. */
  async run(): Promise<void> {
    const writing = this.#write();
    try {
      await this.#read();
    } catch {
      // Lost or broken: there is nobody to tell.
      this.close();
    } finally {
      this.#hasEnded = true;
      this.#wake();
      await writing;
      this.close();
    }
  }

  /** There are more blocks of `root`: told together with others in a moment. */
  blocksCame(root: RootHash): void {
    if (!this.#watched.has(root)) return;
    this.#news.add(root);
    if (this.#isCollecting) return;
    this.#isCollecting = true;
    void this.#options.clock.sleep(GOT_MS, this.#over.signal).then(() => {
      this.#isCollecting = false;
      if (!this.#over.signal.aborted) this.#tellNews();
    });
  }

  /** To be called now and then: lets go of who neither asks nor takes. */
  tick(): void {
    const now = this.#options.clock.now();
    if (this.#isWriting) {
      if (now - this.#wroteAt >= UNREAD_MS) this.close();
    } else if (now - this.#heardAt >= SILENT_MS) this.close();
  }

  /** Whether nothing was asked for `ms`, and nothing is answered. */
  isIdle(ms: number): boolean {
    return !this.#isWriting && this.#asked.length === 0 &&
      this.#current === undefined &&
      this.#options.clock.now() - this.#heardAt >= ms;
  }

  close(): void {
    if (this.#over.signal.aborted) return;
    this.#over.abort();
    this.#options.channel.close();
    this.#wake();
  }

  async #read(): Promise<void> {
    if (!await this.#greet()) return;
    for (;;) {
      while (this.#asked.length >= REQUESTS_MAX * 2) {
        await this.#changed.promise;
        if (this.#over.signal.aborted) return;
      }
      const line = await this.#reader.line();
      if (line === undefined) return;
      const request = readTransferRequest(line);
      if (typeof request === "string") return this.#refuse(request);
      this.#take(request);
    }
  }

  async #greet(): Promise<boolean> {
    const { identity: { folder, replica }, greeted } = this.#options;
    const line = await this.#reader.line();
    if (line === undefined) return false;
    const hi = readTransferRequest(line);
    if (typeof hi === "string" || hi.m !== "hi") {
      this.#refuse(typeof hi === "string" ? hi : "A peer says hi first");
      return false;
    }
    if (hi.proto !== TRANSFER_PROTOCOL) {
      this.#refuse(`This peer speaks protocol ${TRANSFER_PROTOCOL}`, "proto");
      return false;
    }
    if (hi.folder !== folder) {
      this.#refuse("This peer belongs to another set of folders", "folder");
      return false;
    }
    const reason = greeted(hi.peer);
    if (reason !== undefined) {
      this.#refuse(reason, "busy");
      return false;
    }
    this.#say({ m: "hi", proto: TRANSFER_PROTOCOL, folder, peer: replica });
    return true;
  }

  #take(request: TransferRequest): void {
    switch (request.m) {
      case "hi":
        throw new PeerError("The peer says hi again");
      case "ping":
        return this.#say({ m: "pong", id: request.id });
      case "cancel": {
        const { id } = request;
        // What is answered already needs no word.
        if (this.#current === id || this.#asked.some((one) => one.id === id)) {
          this.#cancelled.add(id);
        }
        return;
      }
      default:
        this.#asked.push(request);
        this.#wake();
    }
  }

  /** Says why, behind what is answered already, and ends. */
  #refuse(
    text: string,
    code: "folder" | "proto" | "busy" | "bad-request" = "bad-request",
  ): void {
    this.#isRefused = true;
    this.#say({ m: "no", code, text });
  }

  #say(message: TransferAnswer): void {
    // Whoever pings and does not read is not read from any more.
    if (this.#lines.length >= REQUESTS_MAX * 2) {
      throw new PeerError("The peer does not read");
    }
    this.#lines.push(transferLine(message));
    this.#wake();
  }

  async #write(): Promise<void> {
    const { signal } = this.#over;
    try {
      while (!signal.aborted) {
        this.#putLines();
        const request = this.#isRefused ? undefined : this.#next();
        if (request !== undefined) {
          this.#wake();
          await this.#answer(request);
          if (this.#asked.length > 0) continue;
        }
        if (this.#out.length > 0 || this.#lines.length > 0) {
          await this.#flush();
        } else if (this.#hasEnded) return;
        else {
          this.#out.clear();
          await this.#changed.promise;
        }
      }
    } catch {
      this.close();
    } finally {
      this.#out.clear();
    }
  }

  /** What is small first: small files do not wait for large ones. */
  #next(): Asked | undefined {
    const at = this.#asked.findIndex(({ m }) => m !== "get");
    return at < 0 ? this.#asked.shift() : this.#asked.splice(at, 1)[0];
  }

  async #answer(request: Asked): Promise<void> {
    this.#current = request.id;
    // The generator stands still whenever the buffer has to be written.
    for (const _ of this.#answers.pieces(request)) {
      await this.#flush();
      if (this.#over.signal.aborted) break;
      this.#putLines();
    }
    this.#current = undefined;
    this.#cancelled.delete(request.id);
  }

  #watch(root: RootHash, known: BlockSet): boolean {
    if (this.#watched.size >= WATCHED_MAX) return false;
    this.#watched.set(root, known);
    return true;
  }

  #tellNews(): void {
    for (const root of this.#news) {
      const known = this.#watched.get(root);
      if (known === undefined) continue;
      const content = this.#options.held.find(root);
      content?.release();
      if (content === undefined) {
        // Given up: who asks for more of it is told then.
        this.#watched.delete(root);
        continue;
      }
      const have = content.part?.have;
      const whole = have === undefined || have.isFull;
      const runs = whole ? [] : have.runsBeyond(known, GOT_RUNS_MAX);
      for (const { at, count } of runs) {
        for (let i = at; i < at + count; i++) known.add(i);
      }
      const blocks = runs.flatMap(({ at, count }) => [at, count]);
      this.#lines.push(transferLine({ m: "got", root, whole, blocks }));
      if (whole) this.#watched.delete(root);
    }
    this.#news.clear();
    this.#wake();
  }

  #putLines(): void {
    while (this.#lines.length > 0) {
      if (this.#lines[0]!.length > this.#out.room) return;
      this.#out.putText(this.#lines.shift()!);
    }
  }

  async #flush(): Promise<void> {
    const { channel, clock, sent } = this.#options;
    const bytes = this.#out.waiting();
    this.#wroteAt = clock.now();
    this.#isWriting = true;
    for (let at = 0; at < bytes.length;) {
      at += await channel.write(bytes.subarray(at));
      this.#wroteAt = clock.now();
    }
    this.#isWriting = false;
    this.#heardAt = this.#wroteAt;
    sent(this.#sentNow);
    this.#sentNow = 0;
    this.#out.empty();
    this.#sinceTurn += bytes.length;
    if (this.#sinceTurn < TURN_BYTES) return;
    this.#sinceTurn = 0;
    await clock.sleep(0);
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
