/**
 * What peers say to the tracker, as lines (docs/sync.md, "Peer and tracker"). `parsePeerLine` gives what `peerLine` wrote,
 * or the reason why it is nothing that a peer may say.
 *
 * @module
 */

import { BUCKETS } from "./digest.ts";
import { type Fields, readLine, refused } from "./fields.ts";
import type { FileRecord } from "./record.ts";
import { recordFromJson, recordToJson } from "./record_json.ts";
import {
  BATCH_RECORDS_MAX,
  FORMERLY_MAX,
  type PeerMessage,
  WANT_ROOTS_MAX,
} from "./tracker_messages.ts";

/** Root hashes in one `have`, all its lists together: with their quotes 0.9 MB. */
export const HAVE_ROOTS_MAX = 20_000;

/** `HOST` or `HOST:PORT`; which of them, the tracker finds out. */
const ADDRESS = /^[0-9A-Za-z.:[\]_-]{1,255}$/;

/** What a peer said: of a `put`, a record that cannot be used is the reason why. */
export type HeardMessage =
  | Exclude<PeerMessage, { readonly m: "put" }>
  | {
    readonly m: "put";
    readonly id: number;
    readonly records: readonly (FileRecord | string)[];
  };

/** `message` as a line, LF included. */
export function peerLine(message: PeerMessage): string {
  const json = message.m === "put"
    ? { ...message, records: message.records.map(recordToJson) }
    : message;
  return JSON.stringify(json) + "\n";
}

/**
 * What `line` (without its LF) says.
 *
 * @returns a sentence where it says nothing that we know
 */
export function parsePeerLine(line: string): HeardMessage | string {
  return readLine(line, readPeerMessage);
}

function readPeerMessage(fields: Fields): HeardMessage {
  const m = fields.text("m", 32);
  switch (m) {
    case "hello":
      return {
        m,
        proto: fields.count("proto"),
        folder: fields.optional("folder", fields.token),
        peer: fields.replica("peer"),
        run: fields.token("run"),
        formerly: fields.replicas("formerly", FORMERLY_MAX),
        name: fields.peerName("name"),
        port: fields.count("port", 65535),
        advertise: fields.optional(
          "advertise",
          (key) => fields.like(key, ADDRESS, "HOST or HOST:PORT"),
        ),
        epoch: fields.optional("epoch", fields.token),
        seq: fields.count("seq"),
      };
    case "put":
      return {
        m,
        id: fields.count("id"),
        records: fields.list("records", BATCH_RECORDS_MAX, recordFromJson),
      };
    case "have": {
      const lack = fields.roots("lack", HAVE_ROOTS_MAX);
      const got = fields.roots("got", HAVE_ROOTS_MAX);
      const part = fields.roots("part", HAVE_ROOTS_MAX);
      if (lack.length + got.length + part.length > HAVE_ROOTS_MAX) {
        throw refused(`A "have" names at most ${HAVE_ROOTS_MAX} contents`);
      }
      return { m, seq: fields.count("seq"), lack, got, part };
    }
    case "ping":
      return {
        m,
        time: fields.count("time"),
        sent: fields.count("sent"),
        received: fields.count("received"),
        left: fields.count("left"),
      };
    case "want":
      return { m, roots: fields.roots("roots", WANT_ROOTS_MAX) };
    case "bad":
      return {
        m,
        peer: fields.replica("peer"),
        why: fields.choice("why", ["unreachable", "corrupt"]),
      };
    case "sync":
      return {
        m,
        buckets: fields.counts("buckets", BUCKETS, BUCKETS - 1),
      };
    case "wait":
      return {
        m,
        id: fields.count("id"),
        seq: fields.count("seq"),
        name: fields.optional("name", fields.peerName),
      };
    case "bye":
      return { m };
    default:
      throw refused(`Nobody knows what a peer means by "${m}"`);
  }
}
