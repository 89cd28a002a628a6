/**
 * The port of a peer: takes connections, reads the first line of each, and hands it on to what that line asks for, which is
 * transfers (`{"m":"hi"`, other peers) or control (`{"m":"control"`, commands on this machine). Whoever says nothing, too
 * much, or anything else is cut off: peers have nothing to say to strangers.
 *
 * @module
 */

import { fromBytes } from "../../../bytes/ascii.ts";
import { ReceiveBuffer } from "../../../bytes/receive_buffer.ts";
import type { Channel } from "../../../io/channel.ts";
import type { Clock } from "../../../io/clock.ts";
import {
  CONTROL,
  CONTROL_LINE_BYTES_MAX,
} from "../../../sync/control_messages.ts";

/** Serves a connection to its end, and closes it. @param arrived everything that was read from it */
export type Serve = (
  channel: Channel,
  arrived: Uint8Array<ArrayBuffer>,
) => Promise<void>;

export interface PeerPortOptions {
  readonly clock: Clock;
  /** Serves another peer; it has limits of its own. */
  readonly transfer: Serve;
  readonly control: Serve;
}

/** Connections at once, whatever they are for; one more is closed. */
export const CONNECTIONS_MAX = 64;
/** How long the first line may take. */
export const FIRST_LINE_MS_MAX = 5000;
/** Looked at that often. */
const LOOK_EVERY_MS = 1000;

export class PeerPort {
  readonly #options: PeerPortOptions;
  /** When each began whose first line has not come. */
  readonly #strangers = new Map<Channel, number>();
  readonly #open = new Set<Channel>();
  readonly #serving = new Set<Promise<void>>();
  #stopLooking = () => {};
  #isStopped = false;

  constructor(options: PeerPortOptions) {
    this.#options = options;
  }

  /** Connections that are open. */
  get open(): number {
    return this.#open.size;
  }

  /** Serves every channel of `channels` until they end. */
  async serve(channels: AsyncIterable<Channel>): Promise<void> {
    for await (const channel of channels) this.accept(channel);
  }

  accept(channel: Channel): void {
    if (this.#isStopped || this.#open.size >= CONNECTIONS_MAX) {
      return channel.close();
    }
    this.#open.add(channel);
    const serving = this.#serve(channel).catch(() => {
      // Lost, or broke the rules: whoever served it has said so where it matters.
    }).finally(() => {
      channel.close();
      this.#open.delete(channel);
      this.#serving.delete(serving);
    });
    this.#serving.add(serving);
  }

  /** Ends all connections, and waits until nothing serves any more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#stopLooking();
    for (const channel of this.#open) channel.close();
    await Promise.allSettled(this.#serving);
  }

  async #serve(channel: Channel): Promise<void> {
    const buffer = new ReceiveBuffer(CONTROL_LINE_BYTES_MAX + 1);
    const kind = await this.#firstKind(channel, buffer);
    if (kind === undefined || this.#isStopped) return;
    // A view into a buffer that is not used any more.
    const arrived = buffer.peek();
    const { control, transfer } = this.#options;
    await (kind === CONTROL ? control : transfer)(channel, arrived);
  }

  /** What the first line says it is; `undefined` if it is none of ours. */
  async #firstKind(
    channel: Channel,
    buffer: ReceiveBuffer,
  ): Promise<string | undefined> {
    this.#watch(channel);
    try {
      for (;;) {
        const count = await channel.read(buffer.space());
        if (count === undefined) return undefined;
        buffer.commit(count);
        const bytes = buffer.peek();
        // Whoever speaks another language is not waited for.
        if (bytes[0] !== OPENING_BRACE) return undefined;
        const end = bytes.indexOf(LF);
        if (end >= 0) return kindOf(fromBytes(bytes.subarray(0, end)));
        if (bytes.length > CONTROL_LINE_BYTES_MAX) return undefined;
      }
    } finally {
      this.#strangers.delete(channel);
      if (this.#strangers.size === 0) {
        this.#stopLooking();
        this.#stopLooking = () => {};
      }
    }
  }

  /** Cuts `channel` off unless it says its first line in time. The clock ticks only while there is one to wait for. */
  #watch(channel: Channel): void {
    const { clock } = this.#options;
    this.#strangers.set(channel, clock.now());
    if (this.#strangers.size > 1) return;
    this.#stopLooking = clock.every(LOOK_EVERY_MS, () => {
      const now = clock.now();
      for (const [stranger, since] of this.#strangers) {
        if (now - since > FIRST_LINE_MS_MAX) stranger.close();
      }
    });
  }
}

const LF = 10;
const OPENING_BRACE = 0x7b;

function kindOf(line: string | undefined): string | undefined {
  try {
    const message: unknown = JSON.parse(line ?? "");
    const kind = (message as { m?: unknown } | null)?.m;
    return typeof kind === "string" ? kind : undefined;
  } catch {
    return undefined;
  }
}
