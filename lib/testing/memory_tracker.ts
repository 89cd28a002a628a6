/**
 * The tracker without an outside: our drivers between channels in memory, with a clock moved by hand.
 *
 * @module
 */

import { BufferPool } from "../drivers/outbox.ts";
import { Server } from "../drivers/server.ts";
import { TrackerHttp } from "../drivers/tracker/tracker_http.ts";
import { TrackerHub } from "../drivers/tracker/tracker_hub.ts";
import { toRefusal } from "../io/os_faults.ts";
import { MemoryStore } from "../io/tracker/memory_store.ts";
import type { TrackerStore } from "../io/tracker/store.ts";
import { BEAT_MS, TTL_MS } from "../programs/tracker.ts";
import { trackerLine } from "../sync/tracker_line.ts";
import type { TrackerLimits } from "../tracker/tracker.ts";
import { FakeClock } from "./fake_clock.ts";
import { HttpPeer } from "./http_peer.ts";
import {
  channelPair,
  type ChannelPairOptions,
  type MemoryChannel,
} from "./memory_channel.ts";
import { LogRecorder } from "./memory_server.ts";
import { TrackerPeer } from "./tracker_peer.ts";

/** Those of tracker.ts. */
export const TRACKER_LIMITS: TrackerLimits = {
  peersMax: 4096,
  beatMs: BEAT_MS,
  ttlMs: TTL_MS,
  recordsMax: 1_000_000,
};

export interface MemoryTrackerOptions {
  readonly limits?: Partial<TrackerLimits>;
  readonly store?: TrackerStore;
  readonly clock?: FakeClock;
}

const TIMES = { idleMsMax: 120_000, lineMsMax: 30_000, stallMsMax: 60_000 };

/** `await using` ends it. */
export class MemoryTracker {
  readonly clock: FakeClock;
  readonly log: LogRecorder;
  readonly hub: TrackerHub;
  readonly server: Server;

  private constructor(clock: FakeClock, log: LogRecorder, hub: TrackerHub) {
    this.clock = clock;
    this.log = log;
    this.hub = hub;
    this.server = new Server({
      clock,
      log,
      pool: new BufferPool(),
      times: TIMES,
      clientsMax: 1000,
      newSession: (channel) => hub.newSession(channel),
      busyLine: (text) => trackerLine({ m: "no", code: "busy", text }).trim(),
      http: new TrackerHttp({
        hub,
        allowedHosts: ["tracker.example"],
        log,
        toRefusal,
      }),
      metrics: undefined,
    });
  }

  static async start(
    options: MemoryTrackerOptions = {},
  ): Promise<MemoryTracker> {
    const clock = options.clock ?? new FakeClock();
    const log = new LogRecorder();
    let tokens = 0;
    const hub = await TrackerHub.open({
      store: options.store ?? new MemoryStore("epoch1"),
      clock,
      log,
      limits: { ...TRACKER_LIMITS, ...options.limits },
      newToken: () => `token${++tokens}`,
    });
    return new MemoryTracker(clock, log, hub);
  }

  /** A new connection. Direction `aToB` is what the peer says, `bToA` what it is told. */
  connect(options: ChannelPairOptions = {}): TrackerPeer {
    return new TrackerPeer(this.#connect(options));
  }

  /** The same for a client that will speak HTTP. */
  browse(): HttpPeer {
    return new HttpPeer(this.#connect({}));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.hub.stop();
    await this.server.stop(0);
  }

  #connect(options: ChannelPairOptions): MemoryChannel {
    const [peerEnd, trackerEnd] = channelPair({
      peerOfB: "10.0.0.1:40000",
      ...options,
    });
    this.server.accept(trackerEnd);
    return peerEnd;
  }
}
