/**
 * One connection to the tracker: lines that arrive, lines that wait to be written. It reads while it writes; what waits is
 * joined into one write.
 *
 * @module
 */

import { fromBytes } from "../../../bytes/ascii.ts";
import { ReceiveBuffer } from "../../../bytes/receive_buffer.ts";
import { PeerError } from "../../../errors.ts";
import type { Channel } from "../../../io/channel.ts";
import { LINE_BYTES_MAX } from "../../../sync/tracker_messages.ts";
import { LineWriter } from "../../line_writer.ts";

/** More waits only for a tracker that does not read: what is put is bounded far below. */
const UNWRITTEN_MAX = 16 * LINE_BYTES_MAX;
/** Memory that an idle connection keeps. */
const KEPT_BYTES = 64 * 1024;

export class LineLink {
  readonly #channel: Channel;
  readonly #buffer = new ReceiveBuffer(LINE_BYTES_MAX + 2);
  readonly #writer: LineWriter;
  /** Why it was closed from here. */
  #reason: PeerError | undefined;

  constructor(channel: Channel) {
    this.#channel = channel;
    // What the tracker said before it went may still be there to be read; the end of that tells.
    this.#writer = new LineWriter(channel, () => {});
  }

  /**
   * The next line, without its LF.
   *
   * @throws {PeerError} or an error of the channel, when the connection is of no more use
   */
  async next(): Promise<string> {
    for (;;) {
      const line = this.#buffer.takeLine(LINE_BYTES_MAX);
      if (line === "too-long") {
        throw new PeerError("The tracker sent a line longer than 1 MiB");
      }
      if (line !== undefined) {
        const text = fromBytes(line);
        if (text !== undefined) return text;
        throw new PeerError("The tracker sent a line that is not UTF-8");
      }
      if (this.#buffer.length === 0) this.#buffer.shrink(KEPT_BYTES);
      let count: number | undefined;
      try {
        count = await this.#channel.read(this.#buffer.space());
      } catch (cause) {
        throw this.#reason ?? cause;
      }
      if (count === undefined) {
        throw this.#reason ?? new PeerError("The tracker ended the connection");
      }
      this.#buffer.commit(count);
    }
  }

  /** Writes `line` (with its LF) behind what waits. */
  write(line: string): void {
    if (this.#writer.write(line) > UNWRITTEN_MAX) {
      this.close("The tracker does not read");
    }
  }

  /** Ends it; `next` fails with `reason`. */
  close(reason: string): void {
    this.#reason ??= new PeerError(reason);
    this.#channel.close();
  }
}
