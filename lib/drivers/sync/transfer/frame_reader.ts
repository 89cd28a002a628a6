/**
 * Reads what arrives on a connection between peers: lines, and the bodies that are counted in them. A body is read straight
 * to where it is wanted; only what came along with a line is copied.
 *
 * @module
 */

import { fromBytes } from "../../../bytes/ascii.ts";
import { ReceiveBuffer } from "../../../bytes/receive_buffer.ts";
import { PeerError } from "../../../errors.ts";
import type { Channel } from "../../../io/channel.ts";
import { TRANSFER_LINE_BYTES_MAX } from "../../../sync/transfer_messages.ts";

/** Room for a line and for small bodies behind it: to copy 64 KiB costs less than to read once more. */
const BUFFER_BYTES = 64 * 1024;

export class FrameReader {
  readonly #channel: Channel;
  readonly #buffer: ReceiveBuffer;
  readonly #heard: () => void;

  /**
   * @param arrived what was read before
   * @param heard called for each read that brought something
   */
  constructor(channel: Channel, arrived: Uint8Array, heard: () => void) {
    this.#channel = channel;
    this.#heard = heard;
    this.#buffer = new ReceiveBuffer(Math.max(BUFFER_BYTES, arrived.length));
    this.#buffer.append(arrived);
  }

  /**
   * The next line, without its LF; `undefined` when the peer has ended its side behind a line.
   *
   * @throws {PeerError} if it is too long or no text, or if the peer ended within it
   */
  async line(): Promise<string | undefined> {
    for (;;) {
      const line = this.#buffer.takeLine(TRANSFER_LINE_BYTES_MAX);
      if (line === "too-long") throw new PeerError("The line is too long");
      if (line !== undefined) {
        const text = fromBytes(line);
        if (text === undefined) throw new PeerError("The line is no text");
        return text;
      }
      const count = await this.#channel.read(this.#buffer.space());
      if (count === undefined) {
        if (this.#buffer.length === 0) return undefined;
        throw new PeerError("The connection ended within a line");
      }
      this.#buffer.commit(count);
      this.#heard();
    }
  }

  /**
   * Fills `into` with what comes next.
   *
   * @throws {PeerError} if the peer ends before
   */
  async fill(into: Uint8Array): Promise<void> {
    const here = this.#buffer.take(into.length);
    into.set(here);
    for (let at = here.length; at < into.length;) {
      const count = await this.#channel.read(into.subarray(at));
      if (count === undefined) {
        throw new PeerError("The connection ended within a body");
      }
      at += count;
      this.#heard();
    }
  }
}

/** The bytes behind a line: not more can be read of them than there are. */
export class Body {
  #left: number;
  readonly #reader: FrameReader;

  constructor(reader: FrameReader, length: number) {
    this.#reader = reader;
    this.#left = length;
  }

  /** Bytes that were not read yet. */
  get left(): number {
    return this.#left;
  }

  /** Reads as many bytes as fit into `into`, or as are left. Gives those. */
  async read(
    into: Uint8Array<ArrayBuffer>,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = into.subarray(0, this.#left);
    this.#left -= bytes.length;
    await this.#reader.fill(bytes);
    return bytes;
  }

  /** Reads the rest into `scratch`, over and over. */
  async skip(scratch: Uint8Array<ArrayBuffer>): Promise<void> {
    while (this.#left > 0) await this.read(scratch);
  }
}
