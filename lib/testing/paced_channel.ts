/**
 * A slow connection.
 *
 * @module
 */

import type { Channel } from "../io/channel.ts";
import type { FakeClock } from "./fake_clock.ts";

/** What is written comes through with so many bytes in ten milliseconds. */
export class PacedChannel implements Channel {
  readonly #channel: Channel;
  readonly #clock: FakeClock;
  readonly #bytes: number;
  readonly #isFrozen: () => boolean;

  constructor(
    channel: Channel,
    clock: FakeClock,
    bytes: number,
    isFrozen: () => boolean,
  ) {
    this.#channel = channel;
    this.#isFrozen = isFrozen;
    this.#clock = clock;
    this.#bytes = bytes;
  }

  get peer(): string {
    return this.#channel.peer;
  }

  read(into: Uint8Array): Promise<number | undefined> {
    return this.#channel.read(into);
  }

  async write(bytes: Uint8Array): Promise<number> {
    do await this.#clock.sleep(10); while (this.#isFrozen());
    return await this.#channel.write(bytes.subarray(0, this.#bytes));
  }

  closeWrite(): Promise<void> {
    return this.#channel.closeWrite();
  }

  close(): void {
    this.#channel.close();
  }
}
