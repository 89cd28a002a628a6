/**
 * The network of the simulator: hosts, ports that listen, connections between them, and what goes wrong there.
 *
 * @module
 */

import type { Channel } from "../io/channel.ts";
import type { Network } from "../drivers/sync/world.ts";
import { ChannelFault } from "./memory_channel.ts";
import type { SimChance } from "./sim_chance.ts";
import { SimConnection, type SimEnd, type Wire } from "./sim_connection.ts";
import { textOf } from "./sim_tree.ts";
import type { SimProcess, SimTime } from "./sim_time.ts";

/** How good the network is. */
export interface NetworkQuality {
  /** Milliseconds a piece is under way: at least, and at most in most cases. */
  readonly delayMs: readonly [number, number];
  /** Bytes a millisecond. */
  readonly bandwidth: number;
  /** Share of the pieces that take ten times as long. */
  readonly slowShare: number;
  /** Share of the reads and writes that take only a part of what they could. */
  readonly pieceShare: number;
}

interface Listening {
  readonly process: SimProcess;
  readonly accept: (channel: Channel) => void;
}

/** A write that nobody takes fails after so long. (Linux gives up after 15 minutes; the protocols above have their own.) */
const GIVE_UP_MS = 60_000;
/** The first port that is given away for connections and for `listen` on 0. */
const FIRST_PORT = 40_000;

/** All hosts. */
export class SimNetwork {
  readonly #time: SimTime;
  readonly #chance: SimChance;
  readonly #quality: NetworkQuality;
  /** By `host:port`. */
  readonly #listening = new Map<string, Listening>();
  #connections: SimConnection[] = [];
  /** `from>to` of hosts between which nothing gets through. */
  readonly #blocked = new Set<string>();
  readonly #wire: Wire;
  #nextPort = FIRST_PORT;
  /** Bytes that were sent, by who sent them. */
  readonly sentBytes = new Map<string, number>();
  /** Share of the new connections that are lost after some bytes. */
  lossShare = 0;

  constructor(time: SimTime, chance: SimChance, quality: NetworkQuality) {
    this.#time = time;
    this.#chance = chance;
    this.#quality = quality;
    this.#wire = {
      time,
      giveUpMs: GIVE_UP_MS,
      delayOf: (bytes) => this.#delayOf(bytes),
      sent: (from, to, bytes) => this.#note(from, to, bytes),
      isBlocked: (from, to) => this.#blocked.has(`${from}>${to}`),
      pieceOf: (bytes) =>
        bytes > 1 && chance.happens(quality.pieceShare)
          ? 1 + chance.below(bytes)
          : bytes,
    };
  }

  /** Connections that at least one end can still use. */
  get connections(): readonly SimConnection[] {
    this.#connections = this.#connections.filter(({ isOver }) => !isOver);
    return this.#connections;
  }

  /** The network as `process` on `host` sees it. */
  networkOf(process: SimProcess, host: string): Network {
    return {
      connect: (to, port, msMax) =>
        this.#connect(process, host, to, port, msMax),
    };
  }

  /**
   * Takes the connections to `host` and `port` (0 for any).
   *
   * @returns the port
   */
  listen(
    process: SimProcess,
    host: string,
    port: number,
    accept: (channel: Channel) => void,
  ): number {
    const actual = port === 0 ? this.#nextPort++ : port;
    const key = `${host}:${actual}`;
    this.#listening.set(key, { process, accept });
    process.onEnd(() => {
      if (this.#listening.get(key)?.process === process) {
        this.#listening.delete(key);
      }
    });
    return actual;
  }

  /** Nothing gets through from `from` to `to` any more. What is under way waits. */
  block(from: string, to: string): void {
    this.#blocked.add(`${from}>${to}`);
  }

  /** Everything gets through again. */
  unblockAll(): void {
    this.#blocked.clear();
    for (const connection of this.connections) connection.unblock();
  }

  async #connect(
    process: SimProcess,
    from: string,
    to: string,
    port: number,
    msMax: number,
  ): Promise<Channel> {
    process.check();
    const trip = this.#delayOf(0) + this.#delayOf(0);
    const isDeaf = this.#blocked.has(`${from}>${to}`) ||
      this.#blocked.has(`${to}>${from}`);
    await this.#pass(process, isDeaf ? msMax : Math.min(trip, msMax));
    const there = this.#listening.get(`${to}:${port}`);
    if (isDeaf || trip > msMax) {
      throw new DOMException("Signal timed out.", "TimeoutError");
    }
    if (there === undefined) throw new ChannelFault("ECONNRESET");
    const connection = new SimConnection(
      this.#wire,
      { process, host: from, port: this.#nextPort++ },
      { process: there.process, host: to, port },
    );
    this.#connections.push(connection);
    if (this.#chance.happens(this.lossShare)) {
      connection.bytesUntilLost = Math.floor(
        2 ** this.#chance.between(0, 12),
      );
    }
    const [here, far]: readonly [SimEnd, SimEnd] = connection.ends;
    there.accept(far);
    return here;
  }

  #pass(process: SimProcess, ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#time.after(ms, () => {
        if (process.isAlive) resolve();
      });
    });
  }

  #note(from: string, to: string, bytes: Uint8Array): void {
    this.sentBytes.set(from, (this.sentBytes.get(from) ?? 0) + bytes.length);
    const { trace } = this.#time;
    if (trace === undefined) return;
    trace.count(bytes.length);
    if (trace.isKept) trace.tell(from, `to ${to}: ${textOf(bytes)}`);
  }

  #delayOf(bytes: number): number {
    const { delayMs: [low, high], bandwidth, slowShare } = this.#quality;
    const ms = this.#chance.between(low, high) + bytes / bandwidth;
    return this.#chance.happens(slowShare) ? ms * 10 : ms;
  }
}
