/**
 * A chat client as a stranger would write it from docs/chat.md: it shares no code with ours, so that both sides of ours
 * cannot be wrong in the same way. It sends raw bytes and tidies nothing up.
 *
 * @module
 */

import type { Channel } from "../io/channel.ts";
import { within } from "./within.ts";

const encoder = new TextEncoder();

/** Talks over a channel. */
export class ChatPeer<C extends Channel = Channel> {
  readonly channel: C;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  readonly #buffer = new Uint8Array(64 * 1024);
  #text = "";

  constructor(channel: C) {
    this.channel = channel;
  }

  /** Sends all of `data`. */
  async send(data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === "string" ? encoder.encode(data) : data;
    for (let done = 0; done < bytes.length;) {
      done += await this.channel.write(bytes.subarray(done));
    }
  }

  /** The next line, without its LF. */
  async line(): Promise<string> {
    for (;;) {
      const at = this.#text.indexOf("\n");
      if (at >= 0) {
        const line = this.#text.slice(0, at);
        this.#text = this.#text.slice(at + 1);
        return line;
      }
      if (!await within("a line", this.#more())) {
        throw new Error(`The server ended in "${this.#text}"`);
      }
    }
  }

  /** Lines up to the first one that matches `pattern`, and that one. */
  async until(pattern: RegExp): Promise<string[]> {
    const lines: string[] = [];
    do {
      try {
        lines.push(await this.line());
      } catch (cause) {
        const last = lines.slice(-5).join(" / ");
        throw new Error(`No line ${pattern} behind ${last}`, { cause });
      }
    } while (!pattern.test(lines.at(-1)!));
    return lines;
  }

  /** Sends the line `line`, and gives the next one. */
  async ask(line: string): Promise<string> {
    await this.send(line + "\n");
    return await this.line();
  }

  /** The lines that come until the server ends its side, or the connection is lost. */
  async rest(): Promise<string[]> {
    try {
      while (await within("the end", this.#more()));
    } catch {
      // Reset: what came before is what there is.
    }
    const lines = this.#text.split("\n");
    this.#text = "";
    if (lines.at(-1) === "") lines.pop();
    return lines;
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

  async #more(): Promise<boolean> {
    const count = await this.channel.read(this.#buffer);
    if (count === undefined) return false;
    this.#text += this.#decoder.decode(this.#buffer.subarray(0, count), {
      stream: true,
    });
    return true;
  }
}
