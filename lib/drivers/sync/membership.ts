/**
 * As whom a peer takes part in which set of folders, and the transfer that is made for that.
 *
 * @module
 */

import { REPLICA_LETTERS } from "../../sync/fields.ts";
import type { IndexMeta } from "../../sync/index_store.ts";
import { compareRecords } from "../../sync/order.ts";
import type { FileRecord, ReplicaId } from "../../sync/record.ts";
import { FORMERLY_MAX } from "../../sync/tracker_messages.ts";
import { remade } from "../../sync/versions.ts";
import type { Contents } from "./contents.ts";
import type { FolderGuard } from "./local/folder_guard.ts";
import type { IndexWriter } from "./local/index_writer.ts";
import type { LocalTree } from "./local/local_tree.ts";
import type { VersionMaker } from "./local/maker.ts";
import type { Identity } from "./peer_options.ts";
import type { Register } from "./tracking/register.ts";
import type { Chance } from "./world.ts";

const TWIN =
  "Another peer has the same index: this one is taken for a copy, and goes on as a new peer";
const OLD_INDEX =
  "The index is older than what is known of this peer: it goes on as a new one";

export interface MembershipOptions {
  readonly meta: IndexMeta;
  readonly guard: FolderGuard;
  readonly writer: IndexWriter;
  readonly tree: LocalTree;
  readonly register: Register;
  readonly maker: VersionMaker;
  readonly chance: Chance;
  readonly makeContents: (identity: Identity) => Contents;
  /** There is a transfer now, or another one. */
  readonly onContents: () => void;
  readonly note: (text: string) => void;
}

export class Membership {
  readonly #options: MembershipOptions;
  #folder: string | undefined;
  /** What this one was, the last one first; perhaps with what it is. */
  #replicas: readonly ReplicaId[];
  #contents: Contents | undefined;
  /** As whom the transfer was made. */
  #as: Identity | undefined;

  /** @throws the error of the disk, where this one has to go on as another: it must not as who it was */
  constructor(options: MembershipOptions) {
    this.#options = options;
    const { guard, meta } = options;
    this.#replicas = guard.replicas;
    this.#folder = guard.folderId;
    const [last] = guard.replicas;
    if (last !== undefined && last !== meta.replica) this.#becomeWithAll();
    else if (guard.counted > meta.counterMax) {
      this.#becomeWithAll();
      options.note(OLD_INDEX);
    }
  }

  /** The set of folders; `undefined` before the first join. */
  get folder(): string | undefined {
    return this.#folder;
  }

  /** Which replicas this one was, the last one first. Told at each join: the tracker may have forgotten it. */
  get formerly(): readonly ReplicaId[] {
    const { replica } = this.#options.maker;
    return this.#replicas.filter((id) => id !== replica)
      .slice(0, FORMERLY_MAX);
  }

  /** `undefined` before the first join. */
  get contents(): Contents | undefined {
    return this.#contents;
  }

  /** The tracker has welcomed this peer to `folder`. */
  join(folder: string): void {
    const { guard, writer, maker, makeContents, onContents } = this.#options;
    const { replica } = maker;
    this.#folder = folder;
    const { formerly } = this;
    guard.join(folder, { replica, formerly, counted: maker.counterMax });
    writer.meta({ folder });
    if (this.#as?.folder === folder && this.#as.replica === replica) return;
    this.#contents?.stop();
    this.#as = { folder, replica };
    this.#contents = makeContents(this.#as);
    onContents();
  }

  /** Another peer with this index goes on living: this one is its copy, perhaps since before this run. */
  leaveTwin(): void {
    this.#becomeWithAll();
    this.#options.note(TWIN);
  }

  /** Others know versions of this replica that it has forgotten. */
  leaveOldIndex(): void {
    const { maker, note } = this.#options;
    this.#replicas = [maker.replica, ...this.formerly];
    this.#become((record) => maker.isOfThisRun(record));
    note(OLD_INDEX);
  }

  /** What was counted in this index, in whatever run, somebody else may have counted, too, or nobody remembers it. */
  #becomeWithAll(): void {
    const { replica } = this.#options.maker;
    this.#become(({ vector }) => vector[replica] !== undefined);
  }

  /** Whether this one made it, and it has bytes that can be lost. In this run: all that it ever made may be the whole folder. */
  #isToldFile(record: FileRecord): boolean {
    const { maker } = this.#options;
    return record.kind === "file" && record.root !== null &&
      record.stamp.by === maker.replica && maker.isOfThisRun(record);
  }

  /**
   * What only this one knows is not to be counted as what the other one makes, nor as of one that never comes back.
   *
   * @param isOwn which versions this one made, perhaps
   * @throws the error of the disk: nothing has changed then
   */
  #become(isOwn: (record: FileRecord) => boolean): void {
    const { maker, tree, register, chance } = this.#options;
    const former = maker.replica;
    const replica = chance.letters(REPLICA_LETTERS);
    const own = [...tree.entries()].filter(({ record }) => {
      const winner = register.get(record.path)?.record;
      const order = winner === undefined ? 1 : compareRecords(record, winner);
      // Who goes on counting as the former seems to know what was told, too, and may have another file there.
      return order > 0 && isOwn(record) ||
        order === 0 && this.#isToldFile(record);
    });
    maker.become(replica, own.length);
    for (const entry of own) {
      const record = remade(entry.record, former, maker.count());
      tree.set({ ...entry, record });
    }
  }
}
