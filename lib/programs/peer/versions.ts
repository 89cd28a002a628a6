/**
 * `peer.ts versions` and `peer.ts restore`: what was replaced or deleted, also while no peer runs.
 *
 * @module
 */

import type { PeerCommand } from "../../cli/peer_flags.ts";
import { versionsText } from "../../cli/peer_text.ts";
import { EXIT, ProgramError } from "../../errors.ts";
import type { KeptVersion } from "../../io/sync/folder.ts";
import { DiskSyncFolder } from "../../io/sync/disk_folder.ts";
import { lockFolder } from "../../io/sync/folder_lock.ts";
import { writeError, writeOut } from "../../io/terminal.ts";
import { visible } from "../../names/escape.ts";
import { type Name, withMark } from "../../names/name.ts";
import { connectToPeer } from "./connect.ts";
import { pathInFolder } from "./paths.ts";

/** Names beside the one that is taken, before it is given up. */
const MARKS_MAX = 100;

/** Prints the versions, the newest first. */
export function listVersions({ dir, words, flags }: PeerCommand): number {
  const folder = new DiskSyncFolder(dir);
  const [word] = words;
  const of = word === undefined ? undefined : pathInFolder(folder.root, word);
  const found = newestFirst(folder)
    .filter(({ path }) => of === undefined || isAt(path, of));
  writeOut(
    flags.json
      ? found.map((version) => JSON.stringify(version) + "\n").join("")
      : versionsText(found),
  );
  return EXIT.ok;
}

/** Puts a version back, and prints where. */
export async function restoreVersion(
  { dir, words, flags }: PeerCommand,
): Promise<number> {
  const folder = new DiskSyncFolder(dir);
  const version = chosen(folder, words[0] ?? "");
  const to = flags.to === undefined
    ? undefined
    : pathInFolder(folder.root, flags.to);
  const place = await restoring(folder, async (restore) => {
    if (to === undefined) return await restoredBeside(version, restore);
    if (await restore(version.id, to) === "exists") throw taken(to);
    return to;
  });
  writeOut(`${visible(place)}\n`);
  return EXIT.ok;
}

/** Copies a version to a free name. */
type Restore = (id: string, to: Name) => Promise<"done" | "exists">;

/** Lets the peer that runs restore, or does it here while none can start: two would take each other's drafts for their own. */
async function restoring(
  folder: DiskSyncFolder,
  work: (restore: Restore) => Promise<Name>,
): Promise<Name> {
  const client = await connectToPeer(folder.root);
  if (client !== undefined) {
    try {
      return await work((id, to) => client.ask({ do: "restore", id, to }));
    } finally {
      client.close();
    }
  }
  const lock = lockFolder(folder.own);
  try {
    folder.sweep();
    return await work((id, to) => Promise.resolve(folder.restore(id, to)));
  } finally {
    lock.release();
  }
}

/** The version with that id, or the newest of that path. */
function chosen(folder: DiskSyncFolder, word: string): KeptVersion {
  const all = newestFirst(folder);
  const byId = all.find(({ id }) => id === word);
  if (byId !== undefined) return byId;
  const path = pathInFolder(folder.root, word);
  const newest = all.find((version) => version.path === path);
  if (newest !== undefined) return newest;
  throw new ProgramError(
    `There is no version of "${word}". peer.ts versions lists what there is.`,
    EXIT.notFound,
  );
}

/** Under its own name, or beside what has it now. */
async function restoredBeside(
  { id, path, keptAt }: KeptVersion,
  restore: Restore,
): Promise<Name> {
  if (await restore(id, path) === "done") return path;
  const date = new Date(keptAt).toISOString().slice(0, 16).replace("T", " ")
    .replace(":", ".");
  for (let i = 0; i < MARKS_MAX; i++) {
    const mark = i === 0 ? "" : `.${i}`;
    const beside = withMark(path, ` (version ${date}${mark})`);
    if (await restore(id, beside) === "done") {
      writeError(`peer.ts: ${visible(path)} is there, so it is beside it\n`);
      return beside;
    }
  }
  throw taken(path);
}

function taken(path: Name): ProgramError {
  return new ProgramError(
    `"${path}" is there already. Say --to PATH for another name.`,
    EXIT.exists,
  );
}

function newestFirst(folder: DiskSyncFolder): KeptVersion[] {
  return folder.versions().toSorted((a, b) => b.keptAt - a.keptAt);
}

function isAt(path: Name, of: Name): boolean {
  return path === of || path.startsWith(`${of}/`);
}
