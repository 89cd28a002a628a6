/**
 * A peer that is there.
 *
 * @module
 */

import type { ReplicaId } from "../sync/record.ts";
import type { PeerInfo, PeerMessage } from "../sync/tracker_messages.ts";
import type { Holdings } from "./holdings.ts";
import type { Link } from "./link.ts";

/** What another peer complained of. */
export interface Complaint {
  readonly why: Extract<PeerMessage, { m: "bad" }>["why"];
  /** It counts until then, on the clock that only goes forward. */
  readonly until: number;
}

export interface LivePeer {
  readonly info: PeerInfo;
  /** Another one for each, to treat them differently where they must not be treated alike. */
  readonly number: number;
  readonly run: string;
  /** When it came, in milliseconds since 1970. */
  readonly since: number;
  readonly holdings: Holdings;
  readonly complaints: Map<ReplicaId, Complaint>;
  /** `undefined` after its connection was lost, for as long as it may come back. */
  link: Link | undefined;
  heardAt: number;
  goneAt: number | undefined;
  /** Not heard of for a while, or several could not reach it: not told of as a source. */
  isSuspect: boolean;
  /** Bytes of contents, totals of its run. */
  sent: number;
  received: number;
  /** Files it lacks, as it says. */
  left: number;
}
