/**
 * Whatever peers and trackers may say, for properties.
 *
 * @module
 */

import fc from "fast-check";
import type {
  Numbered,
  PeerInfo,
  PeerMessage,
  TrackerMessage,
} from "../sync/tracker_messages.ts";
import { anyPath, anyRecord, anyReplica } from "./any_record.ts";

const count = fc.oneof(fc.nat(9), fc.maxSafeNat());
const id = anyReplica();
const token = fc.stringMatching(/^[0-9A-Za-z_-]{1,64}$/);
const root = fc.stringMatching(/^[A-Za-z0-9_-]{43}$/);
const port = fc.nat(65535);
const name = fc.string({ minLength: 1, maxLength: 20, unit: "grapheme" })
  .filter((text) => text.length <= 64 && !/[\x00-\x1f\x7f-\x9f]/.test(text));
const digest = fc.stringMatching(/^[0-9a-f]{32}$/);
const ids = (maxLength: number) => fc.array(id, { maxLength });
const roots = fc.array(root, { maxLength: 5 });

const numbered: fc.Arbitrary<Numbered> = fc.record({
  record: anyRecord(),
  seq: count,
  sources: ids(8),
});
const peer: fc.Arbitrary<PeerInfo> = fc.record({
  id,
  name,
  host: fc.constantFrom("", "::1", "10.0.0.1", "host.example"),
  port,
});
const maybe = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.option(arbitrary, { nil: undefined });
const records = fc.array(numbered, { maxLength: 4 });

export const anyPeerMessage: fc.Arbitrary<PeerMessage> = fc.oneof(
  fc.record({
    m: fc.constant("hello" as const),
    proto: count,
    folder: maybe(token),
    peer: id,
    run: token,
    formerly: ids(8),
    name,
    port,
    advertise: maybe(fc.constantFrom("host", "host:9", "[::1]:9")),
    epoch: maybe(token),
    seq: count,
  }),
  fc.record({
    m: fc.constant("put" as const),
    id: count,
    records: fc.array(anyRecord(), { maxLength: 4 }),
  }),
  fc.record({
    m: fc.constant("have" as const),
    seq: count,
    lack: roots,
    got: roots,
    part: roots,
  }),
  fc.record({
    m: fc.constant("ping" as const),
    time: count,
    sent: count,
    received: count,
    left: count,
  }),
  fc.record({ m: fc.constant("want" as const), roots }),
  fc.record({
    m: fc.constant("bad" as const),
    peer: id,
    why: fc.constantFrom("unreachable" as const, "corrupt" as const),
  }),
  fc.record({
    m: fc.constant("sync" as const),
    buckets: fc.array(fc.nat(255), { maxLength: 9 }),
  }),
  fc.record({
    m: fc.constant("wait" as const),
    id: count,
    seq: count,
    name: maybe(name),
  }),
  fc.constant({ m: "bye" as const }),
);

export const anyTrackerMessage: fc.Arbitrary<TrackerMessage> = fc.oneof(
  fc.record({
    m: fc.constant("welcome" as const),
    proto: count,
    folder: token,
    epoch: token,
    seq: count,
    time: count,
    beatMs: count,
    ttlMs: count,
    peers: fc.array(peer, { maxLength: 4 }),
  }),
  fc.record({
    m: fc.constant("no" as const),
    code: fc.constantFrom("folder" as const, "twin" as const, "busy" as const),
    text: fc.string(),
  }),
  fc.record({
    m: fc.constant("snap" as const),
    records,
    seq: count,
    more: fc.boolean(),
  }),
  fc.record({ m: fc.constant("upd" as const), records, seq: count }),
  fc.record({
    m: fc.constant("ok" as const),
    id: count,
    seqs: fc.array(count, { maxLength: 5 }),
    seq: count,
  }),
  fc.record({
    m: fc.constant("rej" as const),
    id: count,
    at: fc.nat(499),
    code: fc.constantFrom("older" as const, "clock" as const, "name" as const),
    winner: maybe(numbered),
    text: fc.string(),
  }),
  fc.record({
    m: fc.constant("peers" as const),
    add: fc.array(peer, { maxLength: 4 }),
    del: ids(5),
  }),
  fc.record({
    m: fc.constant("sources" as const),
    of: fc.array(
      fc.record({ root, whole: ids(8), part: ids(8) }),
      { maxLength: 4 },
    ),
  }),
  fc.record({
    m: fc.constant("pong" as const),
    echo: count,
    time: count,
    seq: count,
    digest,
    whole: count,
  }),
  fc.record({
    m: fc.constant("buckets" as const),
    digests: fc.array(digest, { maxLength: 9 }),
  }),
  fc.constant({ m: "own" as const }),
  fc.record({
    m: fc.constant("lost" as const),
    path: anyPath(),
    root,
  }),
  fc.record({ m: fc.constant("waited" as const), id: count }),
);
