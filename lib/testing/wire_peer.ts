/**
 * A client as a stranger would write it from docs/protocol.md: it shares no code with ours, so that both sides of ours
 * cannot be wrong in the same way. It sends raw bytes and tidies nothing up.
 *
 * @module
 */

import type { Channel } from "../io/channel.ts";

/** An answer, whole. */
export interface WireAnswer {
  /** The line that ended it, or the `OK` line in front of its body. */
  readonly line: string;
  readonly body: Uint8Array;
  /** Key -> value of `line`. */
  readonly fields: ReadonlyMap<string, string>;
  /** The frames of a `DATA` answer: which stream, how many bytes. */
  readonly frames: readonly { readonly line: string; readonly bytes: number }[];
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Talks over a channel. */
export class WirePeer {
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

  /** Sends the line `line` and gives its answer. */
  async ask(line: string): Promise<WireAnswer> {
    await this.send(line + "\n");
    return await this.answer();
  }

  /** The next line, without its LF. */
  async line(): Promise<string> {
    for (;;) {
      const at = this.#bytes.indexOf(0x0a);
      if (at >= 0) {
        const line = decoder.decode(this.#bytes.subarray(0, at));
        this.#bytes = this.#bytes.subarray(at + 1);
        return line;
      }
      if (!await this.#more()) throw new Error("The peer ended in a line");
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

  /** The next answer, with its body. */
  async answer(): Promise<WireAnswer> {
    const frames: { line: string; bytes: number }[] = [];
    const bodies: Uint8Array[] = [];
    for (;;) {
      const line = await this.line();
      const [kind, second = ""] = line.split(" ");
      if (kind === "OK") {
        const body = await this.bytes(Number(second));
        return { line, body, fields: fieldsOf(line), frames };
      }
      if (kind === "DATA") {
        frames.push({ line, bytes: Number(second) });
        bodies.push(await this.bytes(Number(second)));
        continue;
      }
      if (kind === "END" || kind === "ERR") {
        return { line, body: joined(bodies), fields: fieldsOf(line), frames };
      }
      throw new Error(`Not a reply: ${JSON.stringify(line.slice(0, 80))}`);
    }
  }

  /** Everything until the peer ends its side, or the connection is lost. */
  async rest(): Promise<Uint8Array> {
    const pieces = [this.#bytes.slice()];
    this.#bytes = new Uint8Array(0);
    try {
      while (await this.#more()) {
        pieces.push(this.#bytes.slice());
        this.#bytes = new Uint8Array(0);
      }
    } catch {
      // Reset: what came before is what there is.
    }
    return joined(pieces);
  }

  /** Ends our side, as `nc` does at the end of its input. */
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

  async #more(): Promise<boolean> {
    const count = await this.channel.read(this.#buffer);
    if (count === undefined) return false;
    this.#bytes = joined([this.#bytes, this.#buffer.subarray(0, count)]);
    return true;
  }
}

/** The text of UTF-8 `bytes`. */
export function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

function fieldsOf(line: string): Map<string, string> {
  const pairs = line.split(" ").filter((word) => word.includes("="));
  return new Map(pairs.map((word) => {
    const equals = word.indexOf("=");
    return [word.slice(0, equals), word.slice(equals + 1)];
  }));
}

function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
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
