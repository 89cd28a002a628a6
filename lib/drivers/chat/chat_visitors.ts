/**
 * People who take part by their browser: each has a stream of events (`text/event-stream`, WHATWG HTML 9.2) and says
 * things by POST. In the room they are like everybody else.
 *
 * @module
 */

import { fromBytes, toBytes } from "../../bytes/ascii.ts";
import type { Person } from "../../chat/people.ts";
import { ChatServerConnection } from "../../chat/server_connection.ts";
import type { RequestHead } from "../../http/request_head.ts";
import { HttpRefusal } from "../../http/status.ts";
import type { HttpSession } from "../http/http_session.ts";
import type { ChatRoom } from "./chat_room.ts";
import type { ChatLimits } from "./chat_session.ts";
import { OutPort } from "./out_port.ts";
import { Pace } from "./pace.ts";

/** How often a stream says that it is there: proxies and phones forget what is silent for a minute. */
const COMMENT_MS = 20_000;
/** What one POST may say. */
const POST_BYTES_MAX = 64 * 1024;
/** What the browser waits for before it comes back. */
const RETRY_MS = 1000;

interface Visitor {
  readonly person: Person;
  readonly port: OutPort;
  readonly pace: Pace;
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
    if (!/^[0-9a-z]{16,64}$/.test(key)) {
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
    const over = Promise.withResolvers<void>();
    const { room, clock } = this.#shared;
    const port = this.#portOf(session, over.resolve);
    await session.sendChunk(toBytes(`retry: ${RETRY_MS}\n\n`));
    const person = room.join(port, {
      kind: "join",
      name: query.get("name") ?? "",
      key,
      since: head.fields.get("last-event-id") ?? query.get("since") ?? "-",
    });
    if (person === undefined) port.isEnding = true;
    else {
      const { linesAtOnce, linesPerSecond } = this.#limits;
      const pace = new Pace(linesAtOnce, linesPerSecond, clock.now());
      this.#visitors.set(key, { person, port, pace });
    }
    this.#shared.writeOn(port);
    const stopComments = clock.every(COMMENT_MS, () => port.comment());
    const watch = session.watchPeer();
    try {
      await Promise.race([over.promise, watch.done]);
    } finally {
      watch.stop();
      stopComments();
      port.end();
      if (this.#visitors.get(key)?.port === port) this.#visitors.delete(key);
      if (person !== undefined) room.leave(person, port);
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
      for (let at = 0; at < bytes.length;) {
        const room = machine.buffer.space();
        const count = Math.min(room.length, bytes.length - at);
        room.set(bytes.subarray(at, at + count));
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
    const { room, clock } = this.#shared;
    const { person, port, pace } = visitor;
    for (;;) {
      const event = machine.next();
      if (event.kind === "need-data") return;
      if (person.port !== port) throw new HttpRefusal(403, "You have left");
      void this.#shared.turn();
      pace.take();
      if (event.kind === "quit") room.bye(port, "quit", "Goodbye");
      else room.handle(person, event);
      if (pace.isSpent) await clock.sleep(pace.msToWait(clock.now()));
    }
  }

  #portOf(session: HttpSession, ended: () => void): EventPort {
    return new EventPort(this.#shared, session, ended);
  }
}

/** A port whose lines go out as events. */
class EventPort extends OutPort {
  readonly #session: HttpSession;
  #writing: Promise<void> = Promise.resolve();

  constructor(shared: ChatRoom, session: HttpSession, ended: () => void) {
    super({
      write: (bytes) => this.#send(eventsOf(bytes, shared.room.epoch)),
      again: (port) => shared.writeOn(port),
      overflown: (port) => shared.overflown(port, undefined, ended),
      ended,
    });
    this.#session = session;
  }

  /** Says that the stream is there, if nothing else is being said. */
  comment(): void {
    if (!this.isWriting) void this.#send(toBytes(": here\n\n")).catch(() => {});
  }

  /** Resolves when nothing is being written. */
  idle(): Promise<void> {
    return this.#writing;
  }

  /** One write after the other: a comment may meet an event. */
  #send(bytes: Uint8Array): Promise<void> {
    const writing = this.#writing.then(() => this.#session.sendChunk(bytes));
    this.#writing = writing.catch(() => {});
    return writing;
  }
}

const ID = /^(?:message|action)\|(\d+)\|/;

/** Lines as events; those with an ID carry it, so that the browser itself can say where it was. */
function eventsOf(lines: Uint8Array, epoch: string): Uint8Array {
  let text = "";
  for (const line of (fromBytes(lines) ?? "").split("\n")) {
    if (line === "") continue;
    const id = ID.exec(line)?.[1];
    text += (id === undefined ? "" : `id: ${epoch}.${id}\n`) +
      `data: ${line}\n\n`;
  }
  return toBytes(text);
}
