/**
 * What the tracker says to peers, as lines (docs/sync.md, "Peer and tracker"). `parseTrackerLine` gives what `trackerLine`
 * wrote, or the reason why it is nothing that a tracker may say.
 *
 * @module
 */

import { BUCKETS } from "./digest.ts";
import { Fields, isRootHash, readLine, refused } from "./fields.ts";
import { FOLDER_ROOT, type RootHash } from "./record.ts";
import { recordFromJson, recordToJson } from "./record_json.ts";
import {
  BATCH_RECORDS_MAX,
  type Numbered,
  type PeerInfo,
  type TrackerMessage,
} from "./tracker_messages.ts";
import { type Name, toName } from "../names/name.ts";

/** Peers in one message; `welcome` and `peers` go on in another `peers`. */
export const PEERS_MAX = 1000;
/** Peers that are told to hold one content. */
export const SOURCES_MAX = 8;
/** Contents in one `sources`. */
export const SOURCES_OF_MAX = 500;
/** What people are told. */
const TEXT_MAX = 1000;
const DIGEST = /^[0-9a-f]{32}$/;
const DIGEST_WHAT = "a digest, 32 hexadecimal digits";
const HOST = /^[0-9A-Za-z.:_-]{0,255}$/;

/** `message` as a line, LF included. */
export function trackerLine(message: TrackerMessage): string {
  return JSON.stringify(jsonOf(message)) + "\n";
}

function jsonOf(message: TrackerMessage): unknown {
  switch (message.m) {
    case "snap":
    case "upd":
      return { ...message, records: message.records.map(numberedJson) };
    case "rej":
      return message.winner === undefined
        ? message
        : { ...message, winner: numberedJson(message.winner) };
    default:
      return message;
  }
}

function numberedJson({ record, seq, sources }: Numbered): unknown {
  return { seq, sources, record: recordToJson(record) };
}

/**
 * What `line` (without its LF) says.
 *
 * @returns a sentence where it says nothing that we know
 */
export function parseTrackerLine(line: string): TrackerMessage | string {
  return readLine(line, readTrackerMessage);
}

function readTrackerMessage(fields: Fields): TrackerMessage {
  const m = fields.text("m", 32);
  switch (m) {
    case "welcome":
      return {
        m,
        proto: fields.count("proto"),
        folder: fields.token("folder"),
        epoch: fields.token("epoch"),
        seq: fields.count("seq"),
        time: fields.count("time"),
        beatMs: fields.count("beatMs"),
        ttlMs: fields.count("ttlMs"),
        peers: fields.list("peers", PEERS_MAX, readPeer),
      };
    case "no":
      return {
        m,
        code: fields.choice("code", [
          "folder",
          "twin",
          "proto",
          "busy",
          "bad-request",
        ]),
        text: fields.text("text", TEXT_MAX),
      };
    case "snap":
      return {
        m,
        records: fields.list("records", BATCH_RECORDS_MAX, readNumbered),
        seq: fields.count("seq"),
        more: fields.flag("more"),
      };
    case "upd":
      return {
        m,
        records: fields.list("records", BATCH_RECORDS_MAX, readNumbered),
        seq: fields.count("seq"),
      };
    case "ok":
      return {
        m,
        id: fields.count("id"),
        seqs: fields.counts("seqs", BATCH_RECORDS_MAX, Number.MAX_SAFE_INTEGER),
        seq: fields.count("seq"),
      };
    case "rej":
      return {
        m,
        id: fields.count("id"),
        at: fields.count("at", BATCH_RECORDS_MAX),
        code: fields.choice("code", ["older", "clock", "name", "quota"]),
        winner: fields.optional(
          "winner",
          (key) => readNumbered(fields.raw(key)),
        ),
        text: fields.text("text", TEXT_MAX),
      };
    case "peers":
      return {
        m,
        add: fields.list("add", PEERS_MAX, readPeer),
        del: fields.replicas("del", PEERS_MAX),
      };
    case "sources":
      return { m, of: fields.list("of", SOURCES_OF_MAX, readSources) };
    case "pong":
      return {
        m,
        echo: fields.count("echo"),
        time: fields.count("time"),
        seq: fields.count("seq"),
        digest: fields.like("digest", DIGEST, DIGEST_WHAT),
        whole: fields.count("whole"),
      };
    case "buckets":
      return { m, digests: readDigests(fields) };
    case "own":
      return { m };
    case "lost":
      return { m, path: readPath(fields), root: readLostRoot(fields) };
    case "waited":
      return { m, id: fields.count("id") };
    default:
      throw refused(`Nobody knows what a tracker means by "${m}"`);
  }
}

function readPeer(value: unknown): PeerInfo {
  const fields = new Fields(value, "A peer");
  return {
    id: fields.replica("id"),
    name: fields.peerName("name"),
    host: fields.like("host", HOST, "the address of a machine"),
    port: fields.count("port", 65535),
  };
}

function readNumbered(value: unknown): Numbered {
  const fields = new Fields(value, "A numbered record");
  const record = recordFromJson(fields.raw("record"));
  if (typeof record === "string") throw refused(record);
  return {
    record,
    seq: fields.count("seq"),
    sources: fields.replicas("sources", SOURCES_MAX),
  };
}

function readSources(value: unknown) {
  const fields = new Fields(value, "What is known of a content");
  return {
    root: fields.root("root"),
    whole: fields.replicas("whole", SOURCES_MAX),
    part: fields.replicas("part", SOURCES_MAX),
  };
}

function readDigests(fields: Fields): readonly string[] {
  return fields.list("digests", BUCKETS, (value) => {
    if (typeof value !== "string" || !DIGEST.test(value)) {
      throw refused(`"digests" has something that is not ${DIGEST_WHAT}`);
    }
    return value;
  });
}

function readPath(fields: Fields): Name {
  return toName(fields.text("path", 3072));
}

function readLostRoot(fields: Fields): RootHash {
  const root = fields.text("root", 64);
  if (root !== FOLDER_ROOT && !isRootHash(root)) {
    throw refused('"root" of The message is not a root hash');
  }
  return root;
}
