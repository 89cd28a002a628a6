/**
 * What all strangers' clients have: raw bytes over a channel. It shares no code with ours, so that both sides of ours
 * cannot be wrong in the same way, and tidies nothing up.
 *
 * @module
 */

import type { Channel } from "../io/channel.ts";

const encoder = new TextEncoder();

const LF = 0x0a;

/** Talks over a channel. */
export class BytePeer {
  readonly channel: Channel;
  #bytes = new Uint8Array(0);
  readonly #buffer = new Uint8Array(64 * 1024);

  constructor(channel: Channel) {
    this.channel = channel;
  }

  /** Sends all of `data`. */
  async send(data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === "string" ? encoder.encode(data) : data;
    for (let done = 0; done < bytes.length;) {
      done += await this.channel.write(bytes.subarray(done));
    }
  }

  /** Exactly `count` bytes. */
  async bytes(count: number): Promise<Uint8Array> {
    const taken = new Uint8Array(count);
    for (let done = 0; done < count;) {
      if (this.#bytes.length === 0 && !await this.#more()) {
        throw new Error(`The peer ended after ${done} of ${count} bytes`);
      }
      const piece = this.#bytes.subarray(0, count - done);
      taken.set(piece, done);
      done += piece.length;
      this.#bytes = this.#bytes.subarray(piece.length);
    }
    return taken;
  }

  /** Everything until the peer ends its side, or the connection is lost. */
  async rest(): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    try {
      await this.untilEnd(pieces);
    } catch {
      // Reset: what came before is what there is.
    }
    return joined(pieces);
  }

  /** Ends our side, as `nc -N` does at the end of its input. */
  async end(): Promise<void> {
    await this.channel.closeWrite();
  }

  /** Closes the connection. */
  close(): void {
    this.channel.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** The bytes up to the next LF, which is not among them. */
  protected async lineBytes(): Promise<Uint8Array> {
    for (;;) {
      const at = this.#bytes.indexOf(LF);
      if (at >= 0) {
        const line = this.#bytes.subarray(0, at);
        this.#bytes = this.#bytes.subarray(at + 1);
        return line;
      }
      if (!await this.#more()) throw new Error("The peer ended in a line");
    }
  }

  /** Adds to `pieces` what comes until the peer ends its side. */
  protected async untilEnd(pieces: Uint8Array[]): Promise<void> {
    do {
      pieces.push(this.#bytes);
      this.#bytes = new Uint8Array(0);
    } while (await this.#more());
  }

  async #more(): Promise<boolean> {
    const count = await this.channel.read(this.#buffer);
    if (count === undefined) return false;
    this.#bytes = joined([this.#bytes, this.#buffer.subarray(0, count)]);
    return true;
  }
}

/** `pieces`, one behind the other. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(
    pieces.reduce((sum, piece) => sum + piece.length, 0),
  );
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
