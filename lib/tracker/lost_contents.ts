/**
 * Contents that nobody has any more: every peer that may have had it is there, has spoken, and lacks it. Those who are
 * there are told, so that who has an older version makes it the newest; if nobody has, the path is deleted.
 *
 * @module
 */

import { isCopyMaker } from "../sync/conflict_name.ts";
import type { FileRecord, ReplicaId } from "../sync/record.ts";
import type { LivePeer } from "./live_peer.ts";
import type { Entry, Register } from "./register.ts";
import type { Roster } from "./roster.ts";
import { UnderFiles } from "./under_files.ts";

/**
 * Who makes the tombstones of what is lost. Their vector counts nothing else: should the content turn up again, on a disk
 * that nobody knew of, it is concurrent to them, and comes back.
 */
const TRACKER_REPLICA: ReplicaId = "0000000000";

/** A content that live peers lack, and that somebody has who is not here. */
export interface Awaited {
  readonly entry: Entry;
  /** Who may have it. */
  readonly holders: readonly ReplicaId[];
}

export interface LostLimits {
  /** A content has to be lost for so long before anybody is told (milliseconds). */
  readonly confirmMs: number;
  /** So long is waited for an older version after that. */
  readonly reassertMs: number;
}

interface Loss {
  readonly since: number;
  toldAt: number | undefined;
}

/** What is to be done about it. */
export interface Findings {
  /** To be told to everybody. */
  readonly tell: readonly Entry[];
  /** To be put. */
  readonly tombstones: readonly FileRecord[];
}

export class LostContents {
  readonly #register: Register;
  readonly #roster: Roster;
  readonly #limits: LostLimits;
  readonly #losses = new Map<Entry, Loss>();
  readonly #underFiles: UnderFiles;
  #awaited: readonly Awaited[] = [];

  constructor(register: Register, roster: Roster, limits: LostLimits) {
    this.#register = register;
    this.#roster = roster;
    this.#limits = limits;
    this.#underFiles = new UnderFiles(register);
  }

  /** Contents that somebody has who is not here, as of the last look. */
  get awaited(): readonly Awaited[] {
    return this.#awaited;
  }

  /** Looks for what is lost. @param now on the clock that only goes forward */
  look(now: number): Findings {
    const nobodys = this.#heldByNobody();
    const awaited: Awaited[] = [];
    const tell: Entry[] = [];
    const tombstones: FileRecord[] = [];
    const lost = new Set<Entry>();
    for (const entry of nobodys) {
      const holders = this.#absentHolders(entry);
      if (holders.length > 0) {
        awaited.push({ entry, holders });
        continue;
      }
      lost.add(entry);
      const loss = this.#lossOf(entry, now);
      if (now - loss.since < this.#limits.confirmMs) continue;
      loss.toldAt ??= now;
      // Again at each look: somebody may have come who has an older one.
      if (now - loss.toldAt < this.#limits.reassertMs) tell.push(entry);
      else tombstones.push(tombstoneOf(entry.record));
    }
    for (const entry of this.#leftBehind()) {
      if (lost.has(entry)) continue;
      lost.add(entry);
      const loss = this.#lossOf(entry, now);
      // So long its holders, who are all here, have to assert the folder above.
      const { confirmMs, reassertMs } = this.#limits;
      if (now - loss.since < confirmMs + reassertMs) continue;
      tombstones.push(tombstoneOf(entry.record));
    }
    for (const entry of this.#losses.keys()) {
      if (!lost.has(entry)) this.#losses.delete(entry);
    }
    this.#awaited = awaited;
    return { tell, tombstones };
  }

  #lossOf(entry: Entry, now: number): Loss {
    const loss = this.#losses.get(entry) ?? { since: now, toldAt: undefined };
    this.#losses.set(entry, loss);
    return loss;
  }

  /** Entries whose content all who are here have said to lack. */
  #heldByNobody(): Entry[] {
    const { peers } = this.#roster;
    const [first, ...others] = peers.toSorted((a, b) =>
      a.holdings.lackCount - b.holdings.lackCount
    );
    // Nothing is decided while somebody has not spoken, or may come back in a moment.
    if (first === undefined || !peers.every(isHeard)) return [];
    const nobodys = new Set<number>();
    for (const content of first.holdings.lacked) {
      if (others.every(({ holdings }) => holdings.lacks(content))) {
        nobodys.add(content);
      }
    }
    if (nobodys.size === 0) return [];
    return [...this.#register.entries()].filter(({ content }) =>
      nobodys.has(content)
    );
  }

  /** Entries below files, of which nobody can be waited for who may have them. */
  #leftBehind(): readonly Entry[] {
    const { peers } = this.#roster;
    if (peers.length === 0 || !peers.every(isHeard)) return [];
    return this.#underFiles.find().filter((entry) =>
      this.#absentHolders(entry).length === 0
    );
  }

  /** Who is not here and may have it: who made it, or what it was made from; who had it when they left. */
  #absentHolders({ record, content, putter }: Entry): ReplicaId[] {
    const holders = new Set<ReplicaId>(Object.keys(record.vector));
    holders.add(record.stamp.by);
    if (putter !== undefined) holders.add(putter);
    for (const [id, { holdings }] of this.#roster.departed) {
      if (holdings.holds(content)) holders.add(id);
    }
    return [...holders].filter((id) =>
      id !== TRACKER_REPLICA && !isCopyMaker(id) &&
      !this.#roster.isSuperseded(id) &&
      this.#roster.get(id) === undefined
    );
  }
}

function isHeard({ link, holdings }: LivePeer): boolean {
  return link !== undefined && holdings.hasSpoken;
}

/** Newer than `record` by a tick, and than nothing else. */
function tombstoneOf(record: FileRecord): FileRecord {
  const { phys, logical } = record.stamp;
  return {
    path: record.path,
    kind: record.kind,
    size: 0,
    mtime: 0,
    executable: false,
    root: null,
    blockLog: 0,
    stamp: { phys, logical: logical + 1, by: TRACKER_REPLICA },
    vector: { [TRACKER_REPLICA]: 1 },
    earlier: [],
  };
}
