/**
 * Answers in frames, as chunks of an HTTP answer: what the wire protocol says in the `END` line stands in a trailer field,
 * `Landline-End`, in the same words. Asked for with `Landline-Check: xxh64`.
 *
 * @module
 */

import type { Field, Status } from "../../http/status.ts";
import { formatFields } from "../../wire/reply.ts";
import type { FrameSink } from "../read_answers.ts";
import type { HttpSession } from "./http_session.ts";

export class ChunkSink implements FrameSink {
  readonly #session: HttpSession;
  readonly #status: Status;
  readonly #fields: readonly Field[];
  #isInChunk = false;

  constructor(session: HttpSession, status: Status, fields: readonly Field[]) {
    this.#session = session;
    this.#status = status;
    this.#fields = fields;
  }

  get room(): number {
    return this.#session.room;
  }

  get mark(): number {
    return this.#session.mark;
  }

  cutTo(mark: number): void {
    this.#session.cutTo(mark);
    this.#isInChunk = false;
  }

  stage(bytes: number): Uint8Array<ArrayBuffer> {
    return this.#session.stage(bytes);
  }

  send(bytes: Uint8Array): Promise<void> {
    return this.#session.send(bytes);
  }

  async flush(): Promise<void> {
    await this.#session.flush();
  }

  data(bytes: number): void {
    this.#begin();
    this.#session.beginChunk(bytes);
    this.#isInChunk = true;
  }

  end(fields: Record<string, string | number>): void {
    this.#begin();
    this.#session.endChunks([["Landline-End", formatFields(fields).trim()]]);
  }

  /** The head, or the end of the chunk before. */
  #begin(): void {
    if (!this.#session.hasResponded) {
      this.#session.respond(this.#status, this.#fields, "chunked");
    }
    if (this.#isInChunk) this.#session.endChunk();
    this.#isInChunk = false;
  }
}
