/**
 * People who take part by their browser: each has a stream of events and says things by POST. In the room they are like
 * everybody else.
 *
 * @module
 */

import { toBytes } from "../../bytes/ascii.ts";
import type { Member } from "../../chat/people.ts";
import { ChatServerConnection, isKey } from "../../chat/server_connection.ts";
import type { RequestHead } from "../../http/request_head.ts";
import { HttpRefusal } from "../../http/status.ts";
import type { HttpSession } from "../http/http_session.ts";
import type { ChatRoom } from "./chat_room.ts";
import type { ChatLimits } from "./chat_session.ts";
import { EventPort } from "./event_port.ts";
import { Pace } from "./pace.ts";

/** How often a stream says that it is there: proxies and phones forget what is silent for a minute. */
const COMMENT_MS = 20_000;
/** What one POST may say. */
export const POST_BYTES_MAX = 64 * 1024;
/** What the browser waits for before it comes back. */
const RETRY_MS = 1000;

interface Visitor {
  readonly member: Member;
  readonly port: EventPort;
  readonly pace: Pace;
  lastHeard: number;
  /** Whether it answers when it is asked for a sign of life: not every reader of events can. */
  answers: boolean;
  askedAt: number | undefined;
}

export class ChatVisitors {
  readonly #shared: ChatRoom;
  readonly #limits: ChatLimits;
  /** By KEY. */
  readonly #visitors = new Map<string, Visitor>();

  constructor(shared: ChatRoom, limits: ChatLimits) {
    this.#shared = shared;
    this.#limits = limits;
  }

  /** Answers with the stream of events; who opens it is in the room until it ends. */
  async events(
    query: URLSearchParams,
    head: RequestHead,
    session: HttpSession,
  ): Promise<void> {
    const key = query.get("key") ?? "";
    if (!isKey(key)) {
      throw new HttpRefusal(400, "A key has 16 to 64 characters 0-9a-z");
    }
    session.respond(200, [
      ["Content-Type", "text/event-stream"],
      ["Cache-Control", "no-store"],
      ["X-Content-Type-Options", "nosniff"],
      // nginx in front would collect events before it passes them on.
      ["X-Accel-Buffering", "no"],
    ], "chunked");
    if (!session.wantsBody) return;
    await session.sendChunk(toBytes(`retry: ${RETRY_MS}\n\n`));
    while (this.#shared.isStuck) await this.#shared.turn();
    const over = Promise.withResolvers<void>();
    const port = this.#portOf(key, session, over.resolve);
    const member = this.#shared.join(port, {
      kind: "join",
      name: query.get("name") ?? "",
      key,
      since: head.fields.get("last-event-id") ?? query.get("since") ?? "-",
    });
    if (member === undefined) this.#shared.room.end(port);
    else this.#visitors.set(key, this.#visitorOf(member, port));
    this.#shared.writeOn(port);
    const stopTicking = this.#shared.clock.every(
      COMMENT_MS,
      () => this.#tick(key, port),
    );
    const watch = session.watchPeer();
    try {
      await Promise.race([over.promise, watch.done]);
    } finally {
      watch.stop();
      stopTicking();
      port.end();
      if (this.#visitors.get(key)?.port === port) this.#visitors.delete(key);
      if (member !== undefined) this.#shared.room.leave(member);
      void this.#shared.turn();
    }
    await port.idle();
    session.endChunks();
    session.closeAfterAnswer();
  }

  /** Answers a POST of lines, when what they say is stored. */
  async send(query: URLSearchParams, session: HttpSession): Promise<void> {
    const visitor = this.#visitors.get(query.get("key") ?? "");
    if (visitor === undefined) {
      throw new HttpRefusal(403, "Come in first: open the stream of events");
    }
    const machine = new ChatServerConnection("lines");
    let received = 0;
    for await (const bytes of session.body()) {
      received += bytes.length;
      if (received > POST_BYTES_MAX) {
        throw new HttpRefusal(413, `At most ${POST_BYTES_MAX} bytes at once`);
      }
      // A piece of a body is valid until something is waited for.
      const piece = bytes.slice();
      for (let at = 0; at < piece.length;) {
        const room = machine.buffer.space();
        const count = Math.min(room.length, piece.length - at);
        room.set(piece.subarray(at, at + count));
        machine.buffer.commit(count);
        at += count;
        await this.#take(machine, visitor);
      }
    }
    // The last line may lack its LF.
    machine.buffer.append(toBytes("\n"));
    await this.#take(machine, visitor);
    await this.#shared.turn();
    session.respond(202, [["Cache-Control", "no-store"]], 0);
  }

  async #take(machine: ChatServerConnection, visitor: Visitor): Promise<void> {
    const shared = this.#shared;
    const { member, port, pace } = visitor;
    for (;;) {
      const event = machine.next();
      if (event.kind === "need-data") return;
      // Two requests of one visitor may be under way.
      while (shared.isStuck || port.source !== undefined) {
        await (shared.isStuck ? shared.turn() : port.answered());
      }
      if (port.isLeaving || member.port.isLeaving) {
        throw new HttpRefusal(403, "You have left");
      }
      void shared.turn();
      visitor.lastHeard = shared.clock.now();
      visitor.askedAt = undefined;
      visitor.answers ||= event.kind === "pong";
      pace.take();
      shared.room.handle(member, event);
      if (pace.isSpent) await shared.clock.sleep(this.#msToWait(pace));
    }
  }

  #msToWait(pace: Pace): number {
    return pace.msToWait(this.#shared.clock.now());
  }

  /** A stream is there, and so is who reads it, or the network will find out. */
  #tick(key: string, port: EventPort): void {
    const { clock, room } = this.#shared;
    const now = clock.now();
    port.rest();
    port.comment();
    const visitor = this.#visitors.get(key);
    if (visitor?.port !== port || port.isLeaving) return;
    const { silentMsMax } = this.#limits;
    if (this.#shared.isStuck) visitor.lastHeard = now;
    if (now - visitor.lastHeard <= silentMsMax) return;
    if (visitor.askedAt === undefined || !visitor.answers) {
      visitor.askedAt = now;
      room.say(port, "ping\n");
      void this.#shared.turn();
    } else if (now - visitor.askedAt > silentMsMax) {
      const text = "Nothing was heard of you for too long";
      this.#shared.dismiss(visitor.member, "timeout", text);
    }
  }

  #visitorOf(member: Member, port: EventPort): Visitor {
    const { linesAtOnce, linesPerSecond } = this.#limits;
    const now = this.#shared.clock.now();
    return {
      member,
      port,
      pace: new Pace(linesAtOnce, linesPerSecond, now),
      lastHeard: now,
      answers: false,
      askedAt: undefined,
    };
  }

  #portOf(key: string, session: HttpSession, ended: () => void): EventPort {
    const shared = this.#shared;
    return new EventPort(session, shared.room.epoch, {
      again: (port) => shared.writeOn(port),
      overflown: (port) => {
        const member = this.#visitors.get(key)?.member;
        shared.overflown(
          port,
          member?.port === port ? member : undefined,
          () => session.abort(),
        );
      },
      ended: (isWhole) => {
        if (!isWhole) session.abort();
        ended();
      },
    });
  }
}
