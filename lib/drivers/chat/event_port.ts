/**
 * A port whose lines go out as events (`text/event-stream`, WHATWG HTML 9.2).
 *
 * @module
 */

import { fromBytes, toBytes } from "../../bytes/ascii.ts";
import type { HttpSession } from "../http/http_session.ts";
import { OutPort, type OutPortOptions } from "./out_port.ts";

/** Lines that say where one is: the browser tells it when it comes back. */
const CURSOR = /^(?:(?:message|action)\|(\d+)\||now\|(\d+)$)/;

export class EventPort extends OutPort {
  readonly #session: HttpSession;
  #writing: Promise<void> = Promise.resolve();

  constructor(
    session: HttpSession,
    epoch: string,
    options: Omit<OutPortOptions, "write">,
  ) {
    super({
      ...options,
      write: (bytes) => this.#send(eventsOf(bytes, epoch)),
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

/** Lines as events. */
export function eventsOf(lines: Uint8Array, epoch: string): Uint8Array {
  let text = "";
  for (const line of (fromBytes(lines) ?? "").split("\n")) {
    if (line === "") continue;
    const [, id, last] = CURSOR.exec(line) ?? [];
    const cursor = id ?? last;
    text += (cursor === undefined ? "" : `id: ${epoch}.${cursor}\n`) +
      `data: ${line}\n\n`;
  }
  return toBytes(text);
}
