/**
 * A room and people in it, without any driver: what they say is handled at once, what they are told is asked for.
 *
 * @module
 */

import { assert } from "@std/assert";
import { toBytes } from "../bytes/ascii.ts";
import { LineBuffer } from "../chat/line_buffer.ts";
import type { Member, Port, Source } from "../chat/people.ts";
import { Room, type RoomOptions } from "../chat/room.ts";
import { ChatServerConnection } from "../chat/server_connection.ts";

/** Somebody at a connection: what is said goes to the room at once, what is told is asked for. */
export class Somebody implements Port {
  readonly out = new LineBuffer();
  isDue = false;
  isLeaving = false;
  isEnding = false;
  source: Source | undefined;
  flushed = 0;
  written = 0;
  member: Member | undefined;
  readonly #world: ChatWorld;
  readonly #machine = new ChatServerConnection();

  constructor(world: ChatWorld) {
    this.#world = world;
  }

  /** Says `lines`. */
  say(...lines: string[]): this {
    for (const line of lines) {
      this.#machine.buffer.append(toBytes(line + "\n"));
      const event = this.#machine.next();
      const { room } = this.#world;
      if (this.member !== undefined) room.handle(this.member, event);
      else if (event.kind === "join") this.member = room.join(this, event);
      this.#machine.next();
    }
    return this;
  }

  /** What was told since it was asked last, after the turn; times are left out. */
  get told(): string[] {
    this.#world.settle();
    const text = new TextDecoder().decode(this.out.bytes);
    this.out.clear();
    this.written = this.flushed;
    if (this.source !== undefined) this.#world.room.wake(this);
    return text.split("\n").slice(0, -1)
      .map((line) => line.replace(/^((?:old\|)?\w+\|\d+\|)1000\|/, "$1"));
  }

  /** The connection is lost. */
  lose(): void {
    if (this.member !== undefined) this.#world.room.leave(this.member);
  }
}

export class ChatWorld {
  room: Room;
  readonly #options: Partial<RoomOptions>;

  constructor(options: Partial<RoomOptions> = {}) {
    this.#options = options;
    this.room = this.#newRoom();
  }

  /** Comes in; what the opening says is not told again. */
  join(line: string): Somebody {
    const somebody = new Somebody(this).say(`join|${line}`);
    assert(somebody.told.at(-1)!.startsWith("now|"), line);
    return somebody;
  }

  /** Wants to come in. */
  knock(line: string): Somebody {
    return new Somebody(this).say(`join|${line}`);
  }

  settle(): void {
    this.room.settle();
    this.room.takeDue(Infinity);
  }

  /** As a server that was killed and is started again. */
  restart(): void {
    this.room = this.#newRoom();
  }

  #newRoom(): Room {
    const room = new Room({
      history: 50,
      keep: true,
      epoch: "e1",
      ...this.#options,
    });
    room.tell(1000);
    return room;
  }
}
