/**
 * One connection of a peer: reads its lines, writes what the tracker has for it. Both go on at the same time; but nothing
 * is read while more waits to be said than is good.
 *
 * @module
 */

import { fromBytes, LF, toBytes } from "../../bytes/ascii.ts";
import { joinBytes } from "../../bytes/join.ts";
import { ReceiveBuffer } from "../../bytes/receive_buffer.ts";
import type { Channel } from "../../io/channel.ts";
import { type HeardMessage, parsePeerLine } from "../../sync/peer_line.ts";
import { trackerLine } from "../../sync/tracker_line.ts";
import {
  LINE_BYTES_MAX,
  type TrackerMessage,
} from "../../sync/tracker_messages.ts";
import type { Link } from "../../tracker/link.ts";
import { languageOfLongLine, speaksHttp } from "../../wire/sniff.ts";
import type { LineSession } from "../server.ts";
import type { TrackerHub } from "./tracker_hub.ts";

/** A `hello` is shorter, and so is what HTTP begins with. */
const FIRST_LINE_BYTES_MAX = 16 * 1024;
/** Without a byte taken, while some wait, in milliseconds. */
export const STALL_MS_MAX = 30_000;
/** How long a connection that is done is listened to: left unread, what is under way would destroy the last lines. */
const LINGER_MS = 500;
/** Memory that an idle connection keeps. */
const KEPT_BYTES = 16 * 1024;

/** Pages that many are told are the same object for them: made bytes once. */
const pageBytes = new WeakMap<TrackerMessage, Uint8Array<ArrayBuffer>>();

export class TrackerSession implements LineSession {
  readonly #channel: Channel;
  readonly #hub: TrackerHub;
  readonly #link: Link;
  readonly #buffer = new ReceiveBuffer(LINE_BYTES_MAX + 2);
  readonly #closed = new AbortController();
  #isWriting = false;
  /** Nothing more is written. */
  #hasEnded = false;
  /** When a byte was taken last, while some wait. */
  #takenAt = 0;
  /** Resolves when some of what waited was written, or nothing more is. */
  #progress = Promise.withResolvers<void>();
  /** Everything that had to be said before the end was said. */
  readonly #over = Promise.withResolvers<void>();

  constructor(channel: Channel, hub: TrackerHub) {
    this.#channel = channel;
    this.#hub = hub;
    this.#link = hub.connect(this, channel.peer);
  }

  get arrived(): Uint8Array<ArrayBuffer> {
    return this.#buffer.peek();
  }

  async serve(): Promise<"done" | "lost" | "http"> {
    let end: "done" | "lost" | "http" = "lost";
    try {
      end = await this.#pump();
    } catch {
      // The connection is lost, or was ended from here.
    }
    if (end === "http") {
      this.#hub.closed(this.#link);
      return end;
    }
    if (this.#link.phase === "over") {
      this.flush();
      await this.#over.promise;
    }
    this.#hub.closed(this.#link);
    this.abort();
    return end;
  }

  /** Peers come back to the next tracker: there is nothing to say. */
  stop(): void {
    this.abort();
  }

  abort(): void {
    this.#hasEnded = true;
    this.#closed.abort();
    this.#channel.close();
    this.#over.resolve();
    this.#progress.resolve();
  }

  expire(now: number): void {
    if (this.#isWriting && now - this.#takenAt > STALL_MS_MAX) this.abort();
  }

  /** Writes what the tracker has for it, unless that is under way. */
  flush(): void {
    if (!this.#isWriting) void this.#write();
  }

  async #pump(): Promise<"done" | "http"> {
    if (await this.#speaksHttp()) return "http";
    for (;;) {
      if (this.#link.phase === "over") return await this.#linger();
      const line = this.#buffer.takeLine(LINE_BYTES_MAX);
      if (line === undefined) {
        if (!await this.#read()) return "done";
        continue;
      }
      this.#hub.hear(this.#link, messageOf(line));
      while (this.#link.isFull && !this.#closed.signal.aborted) {
        await this.#progress.promise;
      }
    }
  }

  /** Looks at the first line, which stays where it is. */
  async #speaksHttp(): Promise<boolean> {
    for (;;) {
      const first = this.#buffer.peek().subarray(0, FIRST_LINE_BYTES_MAX);
      const end = first.indexOf(LF);
      if (end >= 0) return speaksHttp(characters(first.subarray(0, end)));
      if (first.length === FIRST_LINE_BYTES_MAX) {
        const language = languageOfLongLine(characters(first.subarray(0, 32)));
        return language === "http";
      }
      if (!await this.#read()) return false;
    }
  }

  /** @returns false at the end of what the peer says */
  async #read(): Promise<boolean> {
    if (this.#buffer.length === 0) this.#buffer.shrink(KEPT_BYTES);
    const count = await this.#channel.read(this.#buffer.space());
    if (count === undefined) return false;
    this.#buffer.commit(count);
    return true;
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    try {
      for (;;) {
        const messages = this.#hub.take(this.#link);
        if (messages.length > 0) await this.#writeAll(bytesOf(messages));
        // What was asked for may be nothing: that is answered, too.
        this.#progress.resolve();
        this.#progress = Promise.withResolvers();
        if (messages.length === 0) break;
      }
      if (this.#link.phase === "over") await this.#endWriting();
    } catch {
      this.abort();
    } finally {
      this.#isWriting = false;
    }
  }

  async #writeAll(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const { clock } = this.#hub;
    this.#takenAt = clock.now();
    for (let done = 0; done < bytes.length;) {
      done += await this.#channel.write(
        done === 0 ? bytes : bytes.subarray(done),
      );
      this.#takenAt = clock.now();
    }
  }

  async #endWriting(): Promise<void> {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    await this.#channel.closeWrite();
    void this.#hub.clock.sleep(LINGER_MS, this.#closed.signal)
      .then(() => this.abort());
    this.#over.resolve();
    this.#progress.resolve();
  }

  /** Takes what is still under way, so that our last lines arrive; `#endWriting` sees to it that this ends. */
  async #linger(): Promise<"done"> {
    this.flush();
    const scrap = new Uint8Array(4 * 1024);
    while (await this.#channel.read(scrap) !== undefined);
    return "done";
  }
}

function messageOf(line: Uint8Array | "too-long"): HeardMessage | string {
  if (line === "too-long") return `A line has at most ${LINE_BYTES_MAX} bytes`;
  const text = fromBytes(line);
  return text === undefined ? "The line is not UTF-8" : parsePeerLine(text);
}

function bytesOf(messages: readonly TrackerMessage[]): Uint8Array<ArrayBuffer> {
  const [first] = messages;
  if (messages.length === 1 && first !== undefined) return bytesOfOne(first);
  return joinBytes(messages.map(bytesOfOne));
}

function bytesOfOne(message: TrackerMessage): Uint8Array<ArrayBuffer> {
  if (message.m !== "snap" && message.m !== "upd") {
    return toBytes(trackerLine(message));
  }
  const made = pageBytes.get(message) ?? toBytes(trackerLine(message));
  pageBytes.set(message, made);
  return made;
}

/** Latin-1 keeps every byte apart, and only ASCII decides what is spoken. */
function characters(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
