/**
 * A peer's state, for people and scripts.
 *
 * @module
 */

import { authority } from "../../names/authority.ts";
import type { Name } from "../../names/name.ts";
import { isCopyMaker } from "../../sync/conflict_name.ts";
import {
  AWAITED_TOLD_MAX,
  type PeerStatus,
  TROUBLES_TOLD_MAX,
} from "../../sync/control_messages.ts";
import type { FileRecord, ReplicaId } from "../../sync/record.ts";
import type { PeerInfo } from "../../sync/tracker_messages.ts";
import type { Contents } from "./contents.ts";
import type { SyncPeerOptions } from "./peer_options.ts";
import type { PeerParts } from "./peer_parts.ts";
import type { TrackerLink } from "./tracking/tracker_link.ts";

export interface StatusView {
  readonly options: SyncPeerOptions;
  readonly parts: PeerParts;
  readonly link: TrackerLink;
  readonly folder: string | undefined;
  readonly peers: ReadonlyMap<string, PeerInfo>;
  readonly contents: Contents | undefined;
  readonly isScanning: boolean;
  readonly isSettled: boolean;
  /** Why nothing is done in the folder at all. */
  readonly suspicion: string | undefined;
}

export function statusOf(view: StatusView): PeerStatus {
  const { options, parts, link, contents, suspicion } = view;
  const { tree, register, holding, publisher, departures, retries } = parts;
  return {
    name: options.name,
    replica: parts.maker.replica,
    folder: view.folder,
    port: options.port,
    tracker: {
      address: authority(options.tracker.host, options.tracker.port),
      state: link.state,
      text: link.why,
      offsetMs: link.offsetMs,
    },
    files: tree.files,
    folders: tree.folders,
    bytes: tree.bytes,
    seq: register.seq,
    lacking: { files: holding.files, bytes: holding.bytes },
    waiting: waitingOf(view),
    unpublished: publisher.unacknowledged,
    isScanning: view.isScanning,
    isIdle: view.isSettled,
    held: suspicion === undefined
      ? departures.held
      : { deletes: departures.held?.deletes ?? 0, why: suspicion },
    transfers: contents?.progress() ?? [],
    peers: [...view.peers.values()].map((peer) => ({
      id: peer.id,
      name: peer.name,
      address: authority(peer.host, peer.port),
    })),
    troubles: [...retries.troubles].slice(0, TROUBLES_TOLD_MAX)
      .map(([path, text]) => ({ path, text })),
    troublesTotal: retries.troubles.size,
    sent: contents?.sent ?? 0,
    received: contents?.received ?? 0,
  };
}

/** What waits for somebody, and for whom: who made it or, if they are here and do not have it, had to do with it. */
function waitingOf({ parts, peers }: StatusView): PeerStatus["waiting"] {
  const { fetcher, maker, nameOf } = parts;
  const isAway = (id: ReplicaId) =>
    id !== maker.replica && !peers.has(id) && !isCopyMaker(id);
  let files = 0;
  let bytes = 0;
  const awaited = new Set<ReplicaId>();
  for (const { record, paths } of fetcher.waiting()) {
    files += paths;
    bytes += paths * record.size;
    const { stamp: { by }, vector } = record;
    const ids = isAway(by) ? [by] : Object.keys(vector).filter(isAway);
    for (const id of ids) awaited.add(id);
  }
  const told = [...awaited].slice(0, AWAITED_TOLD_MAX);
  return { files, bytes, peers: told.map(nameOf) };
}

/** What is known of `path`, as `key: value` lines. */
export function whyOf(parts: PeerParts, path: Name): readonly string[] {
  const { tree, register, folder, departures, retries, ignoring } = parts;
  const mine = tree.get(path)?.record;
  const winner = register.get(path);
  const seen = folder.look(path);
  const lines = [`path: ${path}`, `on the disk: ${seen?.kind ?? "nothing"}`];
  if (ignoring.ignores(path, seen?.kind === "folder")) {
    lines.push("ignored: yes");
  }
  lines.push(`this peer's version: ${versionText(mine)}`);
  lines.push(`everybody's version: ${versionText(winner?.record)}`);
  if (winner !== undefined) lines.push(`number: ${winner.seq}`);
  if (departures.isHeld(path)) lines.push("delete held back: yes");
  const trouble = retries.troubles.get(path);
  if (trouble !== undefined) lines.push(`trouble: ${trouble}`);
  return lines;
}

function versionText(record: FileRecord | undefined): string {
  if (record === undefined) return "none";
  const { phys, logical, by } = record.stamp;
  const time = new Date(phys).toISOString();
  const what = record.root === null ? "deleted" : record.root;
  return `${what}, ${time} +${logical} by ${by}`;
}
