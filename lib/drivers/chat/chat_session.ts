/**
 * One connection in the chat's lines: reads what its person says, writes what the room has for them.
 *
 * @module
 */

import type { Person } from "../../chat/people.ts";
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

export class ChatSession implements LineSession {
  readonly #channel: Channel;
  readonly #shared: ChatRoom;
  readonly #limits: ChatLimits;
  readonly #machine = new ChatServerConnection();
  readonly #port: OutPort;
  readonly #pace: Pace;
  #person: Person | undefined;
  #lastHeard: number;
  #wasAsked = false;

  constructor(channel: Channel, shared: ChatRoom, limits: ChatLimits) {
    this.#channel = channel;
    this.#shared = shared;
    this.#limits = limits;
    this.#lastHeard = shared.clock.now();
    this.#pace = new Pace(
      limits.linesAtOnce,
      limits.linesPerSecond,
      this.#lastHeard,
    );
    this.#port = new OutPort({
      write: (bytes) => this.#write(bytes),
      again: (port) => shared.writeOn(port),
      overflown: (port) => {
        shared.overflown(port, this.#person, () => channel.close());
      },
      ended: () => channel.close(),
    });
  }

  get arrived(): Uint8Array<ArrayBuffer> {
    return this.#machine.buffer.peek();
  }

  async serve(): Promise<"done" | "lost" | "http"> {
    let end: "done" | "lost" | "http" = "lost";
    try {
      end = await this.#pump();
    } catch {
      // The connection is lost, or was ended from here.
    } finally {
      if (this.#person !== undefined) {
        this.#shared.room.leave(this.#person, this.#port);
      }
      if (end !== "http") this.#close();
    }
    return end;
  }

  stop(): void {
    // The room says goodbye to those who are in.
    if (this.#person === undefined) this.#channel.close();
  }

  abort(): void {
    this.#channel.close();
  }

  expire(now: number): void {
    const silent = now - this.#lastHeard;
    const { joinMsMax, silentMsMax } = this.#limits;
    if (this.#person === undefined) {
      if (silent > joinMsMax) this.#channel.close();
      return;
    }
    if (silent <= silentMsMax) return;
    if (!this.#wasAsked) {
      this.#wasAsked = true;
      this.#shared.room.say(this.#port, "ping\n");
      void this.#shared.turn();
    } else if (silent > 2 * silentMsMax && this.#person.key !== undefined) {
      // Only our own clients answer a ping; a person with nc is there as long as the network takes what is sent.
      const text = "Nothing was heard of you for too long";
      this.#shared.room.bye(this.#port, "timeout", text);
      void this.#shared.turn();
    }
  }

  async #pump(): Promise<"done" | "http"> {
    const { buffer } = this.#machine;
    for (;;) {
      const event = this.#machine.next();
      if (event.kind === "need-data") {
        const count = await this.#channel.read(buffer.space());
        if (count === undefined) return "done";
        buffer.commit(count);
        this.#lastHeard = this.#shared.clock.now();
        this.#wasAsked = false;
        continue;
      }
      if (event.kind === "http") return "http";
      // Dropped, or replaced by another connection: what else was sent is nobody's.
      if (this.#port.isEnding) return "done";
      this.#take(event);
      if (event.kind === "quit") return "done";
      if (this.#pace.isSpent) await this.#slow();
    }
  }

  #take(event: ChatEvent): void {
    const { room } = this.#shared;
    void this.#shared.turn();
    this.#pace.take();
    if (this.#person !== undefined) room.handle(this.#person, event);
    else if (event.kind === "join") {
      this.#person = room.join(this.#port, event);
    } else if (event.kind === "ping") {
      room.say(this.#port, "pong\n");
    } else if (event.kind !== "quit") {
      const text = "First come in: join|NAME|-|-";
      room.say(this.#port, `refused|0|not-joined|${text}\n`);
    }
    if (event.kind === "quit") room.bye(this.#port, "quit", "Goodbye");
  }

  /** Lets a flood wait; what it has sent already stays where it is. */
  async #slow(): Promise<void> {
    const { clock } = this.#shared;
    const ms = this.#pace.msToWait(clock.now());
    if (ms > 0) await clock.sleep(ms);
    this.#lastHeard = clock.now();
  }

  async #write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      done += await this.#channel.write(
        done === 0 ? bytes : bytes.subarray(done),
      );
    }
  }

  /** Ends the connection when what waits is written. */
  #close(): void {
    this.#port.isEnding = true;
    this.#shared.writeOn(this.#port);
  }
}
