/**
 * The side of a command that asks the peer that runs.
 *
 * @module
 */

import { fromBytes, toBytes } from "../../../bytes/ascii.ts";
import { ReceiveBuffer } from "../../../bytes/receive_buffer.ts";
import { PeerError } from "../../../errors.ts";
import type { Channel } from "../../../io/channel.ts";
import {
  CONTROL_ANSWER_BYTES_MAX,
  controlLine,
  type ControlRequest,
  type ControlResults,
  parseControlAnswer,
} from "../../../sync/control_messages.ts";
import { writeAll } from "../../line_writer.ts";

export class ControlClient {
  readonly #channel: Channel;
  readonly #token: string;
  readonly #buffer = new ReceiveBuffer(CONTROL_ANSWER_BYTES_MAX + 1);

  constructor(channel: Channel, token: string) {
    this.#channel = channel;
    this.#token = token;
  }

  /**
   * What the peer answers to `request`; one at a time.
   *
   * @throws {Refusal} with the sentence of the peer
   * @throws {PeerError} if the peer ends meanwhile
   */
  async ask<R extends ControlRequest>(
    request: R,
  ): Promise<ControlResults[R["do"]]> {
    const bytes = toBytes(controlLine(this.#token, request));
    await writeAll(this.#channel, bytes);
    return parseControlAnswer<R["do"]>(await this.#line());
  }

  close(): void {
    this.#channel.close();
  }

  async #line(): Promise<string> {
    for (;;) {
      const line = this.#buffer.takeLine(CONTROL_ANSWER_BYTES_MAX);
      if (line === "too-long") throw new PeerError("The answer is too long");
      if (line !== undefined) return fromBytes(line) ?? "";
      const count = await this.#channel.read(this.#buffer.space());
      if (count === undefined) throw new PeerError("The peer has ended");
      this.#buffer.commit(count);
    }
  }
}
