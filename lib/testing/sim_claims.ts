/**
 * What a peer writes into its index, held against its disk: that files are what it says they are (I8), that it takes nothing
 * for the user's doing that is not, and that its index is never ahead of its disk (sync.md 2.14).
 *
 * @module
 */

import { toBytes } from "../bytes/ascii.ts";
import type { Name } from "../names/name.ts";
import { isAdopted } from "../sync/adopt.ts";
import type { LocalEntry } from "../sync/index_store.ts";
import { isSameVersion } from "../sync/order.ts";
import type {
  FileRecord,
  ReplicaId,
  RootHash,
  Vector,
} from "../sync/record.ts";
import type { SimDisk, SimInode } from "./sim_disk.ts";
import type { SimOracle } from "./sim_oracle.ts";
import type { RecordWatch } from "./sim_records.ts";
import { rootOfBytes } from "./sim_roots.ts";

/** What a power cut has made of a file. */
interface Torn {
  /** Of what is left. */
  readonly root: RootHash;
  readonly executable: boolean;
  /** What is written there later, be it the same again, has another date. */
  readonly mtime: number;
  /** Of what was there, by the index. */
  readonly known: RootHash;
}

export interface ClaimsOptions {
  /** Of the machine. */
  readonly name: string;
  readonly disk: SimDisk;
  readonly oracle: SimOracle;
  readonly records: RecordWatch;
  /** As which replica the peer counts now. */
  readonly replica: () => ReplicaId | undefined;
  /** Whether a file on some other machine has the content. */
  readonly isElsewhere: (root: RootHash) => boolean;
}

/** Looks at what is written into the index of one machine. */
export class Claims {
  readonly #options: ClaimsOptions;
  /** What a power cut has left, and nobody has touched since. */
  readonly #torn = new Map<Name, Torn>();

  constructor(options: ClaimsOptions) {
    this.#options = options;
  }

  /** The peer has just given the content `root` the name `path`. */
  placed(root: RootHash, path: Name): void {
    const there = fileAt(this.#options.disk, path);
    if (there !== undefined && rootOfBytes(there.bytes) === root) return;
    this.#fault(`I8 NAME places other bytes at ${path} than those of its root`);
  }

  /**
   * The peer has written down a version of its own.
   *
   * @param before its last one of that path
   * @param winner the newest that it knew of when it wrote down anything before that
   * @param heard a newer one that it has heard of since: before it made its own, or after
   */
  wrote(
    entry: LocalEntry,
    before: FileRecord | undefined,
    winner: FileRecord | undefined,
    heard?: FileRecord,
  ): void {
    const { record } = entry;
    if (record.kind === "folder" || record.root === null) return;
    this.#checkRoot(entry);
    if (record.stamp.by !== this.#options.replica()) return;
    const content = { ...record, root: record.root };
    const isOf = (known: FileRecord | undefined) =>
      isAdopted(content, before, known) && !isSameVersion(record, known!);
    // Which of both it knew cannot be told, unless it has heard of its own.
    const isUnclear = heard !== undefined && !isSameVersion(record, heard);
    if (
      isOf(winner) && (!isUnclear || isOf(heard)) && isMadeOf(before, record)
    ) this.#fault(`I6 NAME made a version of the winner at ${record.path}`);
    this.#checkTorn(record);
  }

  /** The index knows other things than it did. */
  forget(): void {
    this.#torn.clear();
  }

  /** The machine had a power cut. @param locals what the index still knows */
  powerCut(locals: Iterable<LocalEntry>): void {
    const { disk } = this.#options;
    this.#torn.clear();
    for (const { record, seen } of locals) {
      const { path, root } = record;
      if (record.kind === "folder" || root === null) continue;
      const there = fileAt(disk, path);
      const left = there && rootOfBytes(there.bytes);
      if (left === root) continue;
      this.#checkAhead(record, left);
      if (
        there === undefined || left === undefined ||
        seen?.inode !== there.inode || seen.mtime !== there.mtime ||
        seen.size < there.bytes.length
      ) continue;
      this.#torn.set(path, {
        root: left,
        executable: isExecutable(there),
        mtime: there.mtime,
        known: root,
      });
    }
  }

  /** I8: a file that looks as it did has the content that it is said to have. */
  #checkRoot({ record: { path, root }, seen }: LocalEntry): void {
    if (seen === undefined || seen.isRacy) return;
    const there = fileAt(this.#options.disk, path);
    if (
      there === undefined || there.inode !== seen.inode ||
      there.mtime !== seen.mtime || there.bytes.length !== seen.size
    ) return;
    if (rootOfBytes(there.bytes) !== root) {
      this.#fault(`I8 NAME has other bytes at ${path} than it says`);
    }
  }

  /** What was known to be more is fetched again; where nobody has it any more, what is left is all there is. */
  #checkTorn({ path, root, executable, mtime }: FileRecord): void {
    const torn = this.#torn.get(path);
    if (
      torn === undefined || torn.root !== root ||
      torn.executable !== executable || torn.mtime !== mtime ||
      !this.#options.isElsewhere(torn.known)
    ) return;
    this.#fault(`I2 NAME tells what a power cut has left of ${path}`);
  }

  /** Where its user did something, it is his work that the disk has lost. */
  #checkAhead(record: FileRecord, left: RootHash | undefined): void {
    const { name, oracle, records } = this.#options;
    const isKnown = (text: string) =>
      rootOfBytes(toBytes(text)) === record.root;
    if (
      oracle.hasActedAbove(name, record.path) ||
      oracle.hasHandled(name, isKnown)
    ) return;
    const isNewer = records.toldAfter(record).some(({ kind, root }) =>
      left === undefined ? kind === "folder" || root === null : left === root
    );
    if (!isNewer) {
      this.#fault(
        `I9 the index of NAME is ahead of its disk at ${record.path}`,
      );
    }
  }

  #fault(text: string): void {
    const { name, records } = this.#options;
    records.fault(text.replace("NAME", name));
  }
}

/** Whether its maker had nothing newer than `before`, also of what is not written down yet. */
function isMadeOf(before: FileRecord | undefined, record: FileRecord): boolean {
  const { [record.stamp.by]: _, ...others } = record.vector;
  const known: Vector = before?.vector ?? {};
  return Object.keys(others).every((id) => others[id] === known[id]);
}

function fileAt(disk: SimDisk, path: Name): SimInode | undefined {
  const there = disk.find(path);
  return there?.kind === "file" ? there : undefined;
}

function isExecutable({ mode }: SimInode): boolean {
  return (mode & 0o100) !== 0;
}
