/**
 * The chat server without an outside: our drivers between channels in memory, with a clock moved by hand.
 *
 * @module
 */

import { Room, type RoomOptions } from "../chat/room.ts";
import { ChatHttp } from "../drivers/chat/chat_http.ts";
import { ChatRoom } from "../drivers/chat/chat_room.ts";
import { type ChatLimits, ChatSession } from "../drivers/chat/chat_session.ts";
import { BufferPool } from "../drivers/outbox.ts";
import { Server } from "../drivers/server.ts";
import { toRefusal } from "../io/os_faults.ts";
import { ChatPeer } from "./chat_peer.ts";
import { FakeClock } from "./fake_clock.ts";
import { HttpPeer } from "./http_peer.ts";
import {
  channelPair,
  type ChannelPairOptions,
  type MemoryChannel,
} from "./memory_channel.ts";
import { LogRecorder } from "./memory_server.ts";

/** How it differs from a server with the limits of `CHAT_LIMITS`. */
export interface MemoryChatOptions extends Partial<RoomOptions> {
  readonly limits?: Partial<ChatLimits>;
  readonly clientsMax?: number;
  readonly allowedHosts?: readonly string[];
}

/** Those of chat_server.ts. */
export const CHAT_LIMITS: ChatLimits = {
  joinMsMax: 30_000,
  silentMsMax: 30_000,
  stallMsMax: 60_000,
  linesPerSecond: 50,
  linesAtOnce: 200,
};

const TIMES = { idleMsMax: 120_000, lineMsMax: 30_000, stallMsMax: 60_000 };

/** `await using` ends it. */
export class MemoryChat {
  readonly clock = new FakeClock();
  readonly log = new LogRecorder();
  readonly room: Room;
  readonly server: Server;
  readonly #shared: ChatRoom;

  constructor(options: MemoryChatOptions = {}) {
    this.room = new Room({ history: 50, keep: true, epoch: "e1", ...options });
    const shared = new ChatRoom(this.room, this.clock, this.log);
    this.#shared = shared;
    const limits = { ...CHAT_LIMITS, ...options.limits };
    this.server = new Server({
      clock: this.clock,
      log: this.log,
      pool: new BufferPool(),
      times: TIMES,
      clientsMax: options.clientsMax ?? 2000,
      newSession: (channel) => new ChatSession(channel, shared, limits),
      busyLine: (text) => `bye|busy|${text}`,
      http: new ChatHttp({
        shared,
        limits,
        allowedHosts: options.allowedHosts ?? [],
        log: this.log,
        toRefusal,
      }),
      metrics: undefined,
    });
  }

  /** A new connection. Direction `aToB` is what the client says, `bToA` what it is told. */
  connect(options: ChannelPairOptions = {}): ChatPeer<MemoryChannel> {
    return new ChatPeer(this.#connect(options));
  }

  /** The same, and comes in; what the opening says is read. */
  async join(
    name: string,
    { key = "-", since = "-", ...options }: ChannelPairOptions & {
      readonly key?: string;
      readonly since?: string;
    } = {},
  ): Promise<ChatPeer<MemoryChannel>> {
    const peer = this.connect(options);
    await peer.send(`join|${name}|${key}|${since}\n`);
    await peer.until(/^now\|/);
    return peer;
  }

  /** The same for a client that will speak HTTP. */
  browse(options: ChannelPairOptions = {}): HttpPeer {
    return new HttpPeer(this.#connect(options));
  }

  /** As SIGTERM does. */
  async stop(graceMs: number): Promise<void> {
    this.#shared.stop();
    await this.server.stop(graceMs);
    this.#shared.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop(0);
  }

  #connect(options: ChannelPairOptions): MemoryChannel {
    const [clientEnd, serverEnd] = channelPair({
      peerOfB: "client",
      ...options,
    });
    this.server.accept(serverEnd);
    return clientEnd;
  }
}
