/**
 * Everything outside a peer, as it sees it. The programs give it the real things, the simulator (`testing/`) its own:
 * nothing in this folder asks for the time, for chance or for a socket in any other way.
 *
 * @module
 */

import type { Channel } from "../../io/channel.ts";
import type { Clock } from "../../io/clock.ts";

/** Makes connections. TLS will be made here. */
export interface Network {
  /** @throws if nobody answers within `msMax` */
  connect(host: string, port: number, msMax: number): Promise<Channel>;
}

/** Chance. */
export interface Chance {
  /** 0 <= x < 1. */
  number(): number;
  /** `count` of `0-9a-z`. */
  letters(count: number): string;
}

export interface World {
  readonly clock: Clock;
  readonly network: Network;
  readonly chance: Chance;
}
