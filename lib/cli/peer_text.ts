/**
 * What people read of a peer: its start, its changes, its status, its versions. Names are those of other people's files and
 * peers: whatever could drive a terminal or forge a line is made visible.
 *
 * @module
 */

import type { KeptVersion } from "../io/sync/folder.ts";
import { visible } from "../names/escape.ts";
import type { PeerStatus } from "../sync/control_messages.ts";
import type { PeerChange } from "../sync/peer_change.ts";
import { authority } from "../names/authority.ts";
import { bytesText, count, rateText } from "./numbers.ts";
import type { HostAndPort } from "./tracker_address.ts";

/** What a peer says when it has started; the line with `port` is for scripts that said `--port 0`. */
export function peerStartUpText(
  { root, name, port, tracker }: {
    readonly root: string;
    readonly name: string;
    readonly port: number;
    readonly tracker: HostAndPort;
  },
): string {
  return `Syncing ${visible(root)} as ${visible(name)} on port ${port}, ` +
    `tracker ${authority(tracker.host, tracker.port)}. Stop with Ctrl-C.\n`;
}

/** `added photos/a.jpg (1.2 MB) from bob` */
export function changeText(change: PeerChange): string {
  const { what, kind, path, from, by, size } = change;
  const shown = (name: string) =>
    visible(name) + (kind === "folder" ? "/" : "");
  const bytes = kind === "file" && what !== "deleted" && what !== "moved"
    ? ` (${bytesText(size)})`
    : "";
  const names = what === "moved" && from !== undefined
    ? `${shown(from)} to ${shown(path)}`
    : what === "conflict-copy" && from !== undefined
    ? `${shown(path)} of ${shown(from)}`
    : shown(path);
  const verb = what === "conflict-copy" ? "conflict copy" : what;
  return `${verb} ${names}${bytes}${
    by === undefined ? "" : ` from ${visible(by)}`
  }`;
}

/** The answer of `peer.ts status`. */
export function statusText(status: PeerStatus, dir: string): string {
  const { tracker, lacking, waiting, held } = status;
  const lines = [
    `${
      visible(status.name)
    }, on port ${status.port}, replica ${status.replica}`,
    `tracker   ${visible(tracker.address)}, ${tracker.state}${
      tracker.text === undefined ? "" : `: ${visible(tracker.text)}`
    }${
      Math.abs(tracker.offsetMs) < CLOCK_TOLD_MS
        ? ""
        : `, whose clock differs by ${Math.round(tracker.offsetMs)} ms`
    }`,
    `here      ${count(status.files, "file")}, ${bytesText(status.bytes)}, ${
      count(status.folders, "folder")
    }`,
    `lacking   ${
      lacking.files === 0
        ? "nothing"
        : `${count(lacking.files, "file")}, ${bytesText(lacking.bytes)}`
    }`,
    ...(waiting.files === 0 ? [] : [`waiting   ${waitingText(waiting)}`]),
    ...(status.unpublished === 0
      ? []
      : [`to tell   ${count(status.unpublished, "change")}`]),
    ...(status.isScanning ? ["looking through the folder"] : []),
    ...(held === undefined ? [] : [
      `held back ${count(held.deletes, "delete")}: ${visible(held.why)}`,
      `          If they were meant: peer.ts confirm --dir ${visible(dir)}`,
    ]),
    `moved     ${bytesText(status.sent)} sent, ${
      bytesText(status.received)
    } received`,
    ...status.peers.map(({ name, address }) =>
      `peer      ${visible(name)}, ${visible(address)}`
    ),
    ...status.transfers.map(({ path, done, size, rate, sources }) =>
      `fetching  ${visible(path)}, ${bytesText(done)} of ${bytesText(size)}, ${
        rateText(rate, 1000)
      } from ${count(sources.length, "peer")}`
    ),
    ...status.troubles.map(({ path, text }) =>
      `trouble   ${visible(path)}: ${visible(text)}`
    ),
    ...(status.troublesTotal > status.troubles.length
      ? [`          and ${status.troublesTotal - status.troubles.length} more`]
      : []),
  ];
  return lines.join("\n") + "\n";
}

/** `3 files, 1.2 MB, for bob and carl, who are away` */
export function waitingText(
  { files, bytes, peers }: PeerStatus["waiting"],
): string {
  const what = `${count(files, "file")}, ${bytesText(bytes)}`;
  if (peers.length === 0) return `${what}: nobody who has them can be reached`;
  const names = peers.map(visible);
  const last = names.pop()!;
  const who = names.length === 0
    ? `${last}, who is`
    : `${names.join(", ")} and ${last}, who are`;
  return `${what}, for ${who} away`;
}

/** Clocks of one network agree within this. */
const CLOCK_TOLD_MS = 100;

/** One line a version: what `restore` takes, when it was kept, what it is. */
export function versionsText(versions: readonly KeptVersion[]): string {
  return versions.map(({ id, path, size, keptAt }) =>
    `${id}  ${dateText(keptAt)}  ${bytesText(size).padStart(8)}  ${
      visible(path)
    }\n`
  ).join("");
}

/** `2026-11-21 05:39:12` in UTC: the same words on every machine. */
function dateText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace("T", " ");
}
