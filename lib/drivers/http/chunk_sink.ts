/**
 * Answers in frames, as chunks of an HTTP answer: what the wire protocol says in the `END` line stands in a trailer field,
 * `Landline-End`, in the same words. Asked for with `Landline-Check: xxh64`.
 *
 * @module
 */

import type { Refusal } from "../../errors.ts";
import { fieldLines } from "../../http/response_head.ts";
import type { Field, Status } from "../../http/status.ts";
import { formatFields } from "../../wire/reply.ts";
import type { FrameSink } from "../read_answers.ts";
import type { HttpSession } from "./http_session.ts";

const END_FIELD = "Landline-End";

export class ChunkSink implements FrameSink {
  readonly #session: HttpSession;
  readonly #status: Status;
  /** The field lines of the head. */
  readonly #fieldText: string;
  #isInChunk = false;
  /** The same before the last `data`, which is what `cutTo` takes back. */
  #wasInChunk = false;

  constructor(session: HttpSession, status: Status, fields: readonly Field[]) {
    this.#session = session;
    this.#status = status;
    this.#fieldText = fieldLines([...fields, ["Trailer", END_FIELD]]);
  }

  get room(): number {
    const { room, hasResponded } = this.#session;
    return hasResponded ? room : room - this.#fieldText.length;
  }

  get mark(): number {
    return this.#session.mark;
  }

  cutTo(mark: number): void {
    this.#session.cutTo(mark);
    this.#isInChunk = this.#wasInChunk && this.#session.hasResponded;
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
    this.#wasInChunk = this.#isInChunk;
    this.#begin();
    this.#session.beginChunk(bytes);
    this.#isInChunk = true;
  }

  end(fields: Record<string, string | number>): void {
    this.#begin();
    this.#session.endChunks([[END_FIELD, formatFields(fields).trim()]]);
  }

  /** The head, which is all there is for a request that wants no body. */
  begin(): void {
    this.#session.respondText(this.#status, this.#fieldText, "chunked");
  }

  /**
   * Ends an answer that was begun with `refusal`, in the trailer field `Landline-Fault`, as `ERR` behind frames does:
   * what came in chunks is worth nothing.
   *
   * @returns false if none was begun: the refusal can be the answer
   */
  refuse({ code }: Refusal): boolean {
    if (!this.#session.hasResponded) return false;
    this.#begin();
    this.#session.failure = code;
    this.#session.endChunks([["Landline-Fault", code]]);
    return true;
  }

  /** The head, or the end of the chunk before. */
  #begin(): void {
    if (!this.#session.hasResponded) this.begin();
    if (this.#isInChunk) this.#session.endChunk();
    this.#isInChunk = false;
  }
}
