/**
 * One connection in the wire protocol: pumps bytes between a channel and the machine, one request at a time.
 *
 * @module
 */

import { toBytes } from "../bytes/ascii.ts";
import { MisuseError, PeerError, Refusal } from "../errors.ts";
import type { Channel } from "../io/channel.ts";
import type { Clock } from "../io/clock.ts";
import type { Request } from "../wire/verbs.ts";
import {
  ServerConnection,
  type ServerMessage,
  type ServerTimes,
} from "../wire/server_connection.ts";
import type { BufferPool } from "./outbox.ts";
import type { LineSession } from "./server.ts";
import { Session } from "./session.ts";

/** Answers requests; `WireSession.serve` calls it in order, one at a time. */
export interface RequestHandler {
  /** A promise only where there is something to wait for: small files are answered without one. */
  answer(request: Request, session: WireSession): void | Promise<void>;
  /** The request line could not be understood. */
  refused(refusal: Refusal, line: string, session: WireSession): void;
  /** The connection is over: whatever is kept for it is let go. */
  ended(session: WireSession): void;
}

/** A refusal of a body of no more than this leaves the connection in order: the rest is read and thrown away. */
export const SKIPPED_BYTES_MAX = 1024 * 1024;

type Fields = Record<string, string | number>;

const NO_FIELDS: Fields = {};

/** How a session ended. */
export type SessionEnd = "done" | "lost" | "http";

export class WireSession extends Session<ServerConnection>
  implements LineSession {
  readonly #handler: RequestHandler;

  constructor(
    channel: Channel,
    pool: BufferPool,
    clock: Clock,
    times: ServerTimes,
    handler: RequestHandler,
  ) {
    super(channel, pool, clock, new ServerConnection(times, clock.now()));
    this.#handler = handler;
  }

  /** What has arrived and was not understood. */
  get arrived(): Uint8Array<ArrayBuffer> {
    return this.machine.buffer.peek();
  }

  /** Serves until the connection ends. Never throws. */
  async serve(): Promise<SessionEnd> {
    const handler = this.#handler;
    let end: SessionEnd = "lost";
    try {
      end = await this.#pump(handler);
      await this.flush();
      if (end === "done") await this.linger();
    } catch (error) {
      if (error instanceof MisuseError) throw error;
    } finally {
      handler.ended(this);
      this.outbox.clear();
      if (end !== "http") this.channel.close();
    }
    return end;
  }

  /** The answer is `OK` and `bytes` bytes, which the caller then puts or sends. */
  ok(bytes: number, fields: Fields = NO_FIELDS): void {
    this.#say({ kind: "ok", bytes, fields });
  }

  /** A frame of `bytes` bytes follows. */
  data(bytes: number, fields: Fields = NO_FIELDS): void {
    this.#say({ kind: "data", bytes, fields });
  }

  /** The end of an answer in frames. */
  end(fields: Fields = NO_FIELDS): void {
    this.#say({ kind: "end", fields });
  }

  /** The answer, or the rest of it, is a refusal. */
  refuse(refusal: Refusal): void {
    const tooMuch = this.machine.bodyBytesLeft > SKIPPED_BYTES_MAX;
    const said = tooMuch && !refusal.closes
      ? new Refusal(refusal.code, refusal.message, { closes: true })
      : refusal;
    this.#say({ kind: "err", refusal: said });
    if (said.closes) this.closing = true;
  }

  /** The body behind the request, piece by piece; each piece is valid until the next is asked for. */
  async *body(): AsyncIterable<Uint8Array<ArrayBuffer>> {
    if (this.machine.bodyBytesLeft === 0) return;
    for (;;) {
      const event = this.machine.next(this.turnBegan);
      if (event.kind === "body") {
        yield event.bytes;
        if (event.last) return;
      } else if (event.kind !== "need-data") {
        throw new MisuseError(`Cannot read a body: there is "${event.kind}"`);
      } else {
        // What was answered before must not wait for what this peer sends next.
        if (this.outbox.length > 0) await this.flush();
        if (!await this.receive()) {
          throw new PeerError("The peer went away in the middle of a body");
        }
      }
    }
  }

  protected override leave({ code, message }: Refusal): void {
    const line = toBytes(`ERR ${code} ${message}; closing\n`);
    void this.channel.write(line).catch(() => {});
    this.channel.close();
  }

  #say(message: ServerMessage): void {
    this.outbox.putText(this.machine.sendText(message, this.turnBegan));
  }

  async #pump(handler: RequestHandler): Promise<SessionEnd> {
    for (;;) {
      const event = this.machine.next(this.turnBegan);
      switch (event.kind) {
        case "need-data":
          if (this.outbox.length > 0) await this.flush();
          if (this.stopping || !await this.receive()) return "done";
          break;
        case "request": {
          if (this.room < 0) await this.flush();
          const waiting = handler.answer(event.request, this);
          if (waiting !== undefined) await waiting;
          if (this.closing) return "done";
          break;
        }
        case "refused":
          if (this.room < 0) await this.flush();
          handler.refused(event.refusal, event.line, this);
          if (this.closing) return "done";
          break;
        case "http":
          return "http";
        case "body":
          throw new MisuseError("Cannot skip a body that was not refused");
        default:
          throw event satisfies never;
      }
    }
  }
}

/** How one client too many is told so. */
export function busyLine(text: string): string {
  return `ERR busy ${text}; closing`;
}
