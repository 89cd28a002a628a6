/**
 * Writes to a connection that is read at the same time.
 *
 * @module
 */

import { toBytes } from "../bytes/ascii.ts";
import type { Channel } from "../io/channel.ts";

/** Writes lines one behind the other. What is said in the same turn, or while a write is under way, goes out together. */
export class LineWriter {
  readonly #channel: Channel;
  readonly #onLost: () => void;
  #unwritten = "";
  #isWriting = false;

  /** @param onLost a write has failed */
  constructor(channel: Channel, onLost: () => void) {
    this.#channel = channel;
    this.#onLost = onLost;
  }

  /** Writes `lines`, each with its LF. @returns how many characters wait now */
  write(lines: string): number {
    this.#unwritten += lines;
    if (!this.#isWriting && lines !== "") void this.#write();
    return this.#unwritten.length;
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    try {
      await undefined;
      while (this.#unwritten !== "") {
        const bytes = toBytes(this.#unwritten);
        this.#unwritten = "";
        await writeAll(this.#channel, bytes);
      }
    } catch {
      this.#onLost();
    } finally {
      this.#isWriting = false;
    }
  }
}

/** Writes all of `bytes`. */
export async function writeAll(
  channel: Channel,
  bytes: Uint8Array,
): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += await channel.write(bytes.subarray(done));
  }
}
