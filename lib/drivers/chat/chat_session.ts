/**
 * One connection in the chat's lines: reads what its person says, writes what the room has for them.
 *
 * Rules of this file:
 * - A long answer is written before the next line is looked at: who asks more than they read waits for themselves.
 * - While what is said cannot be stored, nothing is looked at.
 * - A session is over when its last line is written or cannot be, not before: until then the server counts it.
 *
 * @module
 */

import type { Member } from "../../chat/people.ts";
import {
  type ChatEvent,
  ChatServerConnection,
} from "../../chat/server_connection.ts";
import type { Channel } from "../../io/channel.ts";
import type { LineSession } from "../server.ts";
import type { ChatRoom } from "./chat_room.ts";
import { OutPort } from "./out_port.ts";
import { Pace } from "./pace.ts";

/** How long what may take, in milliseconds, and how fast people may talk. */
export interface ChatLimits {
  /** From the connection to `join`. */
  readonly joinMsMax: number;
  /** Without a word; then `ping` is said, and after as long again nobody is there. */
  readonly silentMsMax: number;
  /** Without a byte taken, while some wait. */
  readonly stallMsMax: number;
  /** Lines a second, after a burst. */
  readonly linesPerSecond: number;
  readonly linesAtOnce: number;
}

/** How long a connection that is done is listened to: left unread, what is under way would destroy the last lines. */
const LINGER_MS = 500;

export class ChatSession implements LineSession {
  readonly #channel: Channel;
  readonly #shared: ChatRoom;
  readonly #limits: ChatLimits;
  readonly #machine = new ChatServerConnection();
  readonly #port: OutPort;
  readonly #pace: Pace;
  readonly #began: number;
  #member: Member | undefined;
  #lastHeard: number;
  /** When we asked whether somebody is there, and when the peer took a byte last. */
  #askedAt: number | undefined;
  #lastTaken = 0;
  readonly #over = Promise.withResolvers<void>();
  readonly #closed = new AbortController();

  constructor(channel: Channel, shared: ChatRoom, limits: ChatLimits) {
    this.#channel = channel;
    this.#shared = shared;
    this.#limits = limits;
    this.#began = this.#lastHeard = shared.clock.now();
    this.#pace = new Pace(
      limits.linesAtOnce,
      limits.linesPerSecond,
      this.#began,
    );
    this.#port = new OutPort({
      write: (bytes) => this.#write(bytes),
      again: (port) => shared.writeOn(port),
      overflown: (port) => {
        shared.overflown(port, this.#member, () => this.abort());
      },
      ended: (isWhole) => this.#ended(isWhole),
    });
  }

  get arrived(): Uint8Array<ArrayBuffer> {
    return this.#machine.buffer.peek();
  }

  async serve(): Promise<"done" | "lost" | "http"> {
    let end: "done" | "lost" | "http" = "lost";
    try {
      end = await this.#pump();
      if (end === "http") return end;
    } catch {
      // The connection is lost, or was ended from here.
    }
    const { room } = this.#shared;
    if (this.#member !== undefined) room.leave(this.#member);
    room.end(this.#port);
    this.#shared.writeOn(this.#port);
    await this.#over.promise;
    await this.#linger();
    return end;
  }

  stop(): void {
    // The room says goodbye to those who are in.
    if (this.#member === undefined) this.abort();
  }

  abort(): void {
    this.#closed.abort();
    this.#channel.close();
    this.#port.end();
    this.#over.resolve();
  }

  expire(now: number): void {
    const { joinMsMax, silentMsMax, stallMsMax } = this.#limits;
    this.#port.rest();
    if (this.#port.isWriting && now - this.#lastTaken > stallMsMax) {
      return this.abort();
    }
    // Where we do not listen, nobody is silent.
    if (this.#shared.isStuck) this.#lastHeard = now;
    if (this.#port.isLeaving) return;
    const member = this.#member;
    if (member === undefined) {
      if (now - this.#began <= joinMsMax) return;
      const text = "Nobody has come in; the first line is join|NAME|-|-";
      this.#shared.room.bye(this.#port, "timeout", text);
      return this.#shared.writeOn(this.#port);
    }
    if (now - this.#lastHeard <= silentMsMax) return;
    if (this.#askedAt === undefined) return this.#ask(now);
    if (now - this.#askedAt <= silentMsMax) return;
    // Only our own clients answer a ping. A person with nc is there as long as the network takes what is sent: asking again
    // makes it find out.
    if (member.record === undefined) return this.#ask(now);
    const text = "Nothing was heard of you for too long";
    this.#shared.dismiss(member, "timeout", text);
  }

  #ask(now: number): void {
    this.#askedAt = now;
    this.#shared.room.say(this.#port, "ping\n");
    void this.#shared.turn();
  }

  async #pump(): Promise<"done" | "http"> {
    const { buffer } = this.#machine;
    const shared = this.#shared;
    for (;;) {
      const event = this.#machine.next();
      if (event.kind === "need-data") {
        const count = await this.#channel.read(buffer.space());
        if (count === undefined) return "done";
        buffer.commit(count);
        this.#lastHeard = shared.clock.now();
        this.#askedAt = undefined;
        continue;
      }
      if (event.kind === "http") return "http";
      while (shared.isStuck && !this.#closed.signal.aborted) {
        await Promise.race([shared.turn(), this.#over.promise]);
      }
      // Dropped, or replaced by another connection: what else was sent is nobody's.
      if (this.#port.isLeaving) return "done";
      this.#take(event);
      if (this.#port.isLeaving) return "done";
      if (this.#port.source !== undefined) await this.#port.answered();
      if (this.#pace.isSpent) await this.#slow();
    }
  }

  #take(event: ChatEvent): void {
    const shared = this.#shared;
    const { room } = shared;
    void shared.turn();
    this.#pace.take();
    if (this.#member !== undefined) room.handle(this.#member, event);
    else if (event.kind === "join") {
      this.#member = shared.join(this.#port, event);
    } else if (event.kind === "ping") room.say(this.#port, "pong\n");
    else if (event.kind === "quit") room.bye(this.#port, "quit", "Goodbye");
    else {
      const text = "First come in: join|NAME|-|-";
      room.say(this.#port, `refused|0|not-joined|${text}\n`);
    }
  }

  /** Lets a flood wait; what it has sent already stays where it is. */
  async #slow(): Promise<void> {
    const { clock } = this.#shared;
    const ms = this.#pace.msToWait(clock.now());
    if (ms > 0) await clock.sleep(ms, this.#closed.signal);
    this.#lastHeard = clock.now();
  }

  async #write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    this.#lastTaken = this.#shared.clock.now();
    for (let done = 0; done < bytes.length;) {
      done += await this.#channel.write(
        done === 0 ? bytes : bytes.subarray(done),
      );
      this.#lastTaken = this.#shared.clock.now();
    }
  }

  /** Nothing more is written. */
  #ended(isWhole: boolean): void {
    this.#over.resolve();
    if (!isWhole) return this.abort();
    void this.#channel.closeWrite().catch(() => this.abort());
    void this.#shared.clock.sleep(LINGER_MS, this.#closed.signal)
      .then(() => this.abort());
  }

  /** Takes what is still under way, so that our last lines arrive. */
  async #linger(): Promise<void> {
    const scrap = new Uint8Array(4 * 1024);
    try {
      while (await this.#channel.read(scrap) !== undefined);
    } catch {
      // Closed from here, or lost.
    } finally {
      this.abort();
    }
  }
}
