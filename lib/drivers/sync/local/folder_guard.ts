/**
 * Keeps an accident from spreading: a folder that is not mounted, or another one, or suddenly empty (sync/guard.ts).
 *
 * @module
 */

import { Refusal } from "../../../errors.ts";
import type { SyncFolder } from "../../../io/sync/folder.ts";
import { suspicionOf } from "../../../sync/guard.ts";
import { isReplicaId } from "../../../sync/fields.ts";
import type { ReplicaId } from "../../../sync/record.ts";
import { FORMERLY_MAX } from "../../../sync/tracker_messages.ts";
import type { LocalTree } from "./local_tree.ts";
import type { SyncPeerOptions } from "../peer_options.ts";
import type { World } from "../world.ts";

/** The marker is read at most so often. */
const LOOK_MS = 100;
const HINT = 'if that was meant, say "peer.ts confirm"';

/** What is in the marker. */
interface Mark {
  readonly folder: string;
  readonly replica: ReplicaId;
  /** What it was before that, the last one first. */
  readonly formerly: readonly ReplicaId[];
  /** Up to this number its versions may be counted: an index that knows of fewer is an old copy. */
  readonly counted: number;
}

export class FolderGuard {
  readonly #world: World;
  readonly #folder: SyncFolder;
  readonly #tree: LocalTree;
  readonly #note: (text: string) => void;
  readonly #onBack: () => void;
  /** What the marker has to say; `undefined` before the first join. */
  #wanted: string | undefined;
  #mark: Mark | undefined;
  #device: string | undefined;
  #lookedAt = -Infinity;
  #suspicion: string | undefined;

  /**
   * @param joined the set of folders that the index says this one belongs to
   * @param onBack it is the right folder again: what was left undone is to be done
   */
  constructor(
    options: SyncPeerOptions,
    tree: LocalTree,
    joined: string | undefined,
    onBack: () => void,
  ) {
    this.#onBack = onBack;
    this.#world = options.world;
    this.#folder = options.folder;
    this.#note = (text) => options.events.note(text);
    this.#tree = tree;
    this.#mark = readMark(options.folder.marker());
    this.#wanted = joined ?? this.#mark?.folder;
    this.#device = options.folder.device();
  }

  /** The set of folders that this one belongs to, as far as is known. */
  get folderId(): string | undefined {
    return this.#wanted;
  }

  /** The replicas that this folder was up to now, by its mark, the last one first. */
  get replicas(): readonly ReplicaId[] {
    return this.#mark === undefined
      ? []
      : [this.#mark.replica, ...this.#mark.formerly];
  }

  /** How many versions may have been counted here, by the mark. */
  get counted(): number {
    return this.#mark?.counted ?? 0;
  }

  /** So many versions may be counted from now on. */
  count(counted: number): void {
    try {
      const mark = readMark(this.#folder.marker());
      if (mark === undefined || mark.folder !== this.#wanted) return;
      this.#folder.setMarker(JSON.stringify({ ...mark, counted }));
      this.#mark = { ...mark, counted };
    } catch (error) {
      // A full disk. The index knows it, and the next join writes it.
      if (!(error instanceof Refusal)) throw error;
    }
  }

  /**
   * It has become one of this set.
   *
   * @param as the replica it is now, and what it was before that, the last one first
   * @throws what the disk says to the marker
   */
  join(folder: string, as: Omit<Mark, "folder">): void {
    const mark = readMark(this.#folder.marker());
    // Who has lost the mark since may be an empty mount point: it gets none.
    const isOther = this.#wanted !== undefined && mark?.folder !== this.#wanted;
    if (isOther) return void this.look();
    const { replica, formerly, counted } = as;
    this.#mark = { folder, replica, formerly, counted };
    const text = JSON.stringify(this.#mark);
    if (text !== JSON.stringify(mark)) this.#folder.setMarker(text);
    this.#wanted = folder;
  }

  /** Whether nothing is to be put into the folder, or taken from it: it may not be the right one. */
  get isSuspect(): boolean {
    const now = this.#world.clock.now();
    if (now - this.#lookedAt >= LOOK_MS) this.look();
    return this.#suspicion !== undefined;
  }

  /** Why. */
  get suspicion(): string | undefined {
    return this.#suspicion;
  }

  /** Looks whether it is the right folder. */
  look(): boolean {
    this.#lookedAt = this.#world.clock.now();
    const suspicion = this.judge(0);
    if (suspicion !== undefined && suspicion !== this.#suspicion) {
      this.#note(suspicion);
    }
    const isBack = suspicion === undefined && this.#suspicion !== undefined;
    this.#suspicion = suspicion;
    if (isBack) this.#onBack();
    return suspicion === undefined;
  }

  /** Why so many deletes at once are not to be told; `undefined` if they are. */
  judge(gone: number): string | undefined {
    const suspicion = suspicionOf({
      marker: readMark(this.#folder.marker())?.folder,
      markerWanted: this.#wanted,
      device: this.#folder.device(),
      deviceBefore: this.#device,
      isEmpty: gone > 0 && this.#folder.children("").length === 0,
      known: this.#tree.files,
      gone,
    });
    return suspicion === undefined ? undefined : `${suspicion.text}; ${HINT}`;
  }

  /** All of it was meant. */
  confirm(replica: ReplicaId): void {
    if (this.#wanted !== undefined) {
      const { formerly = [], counted = 0 } = this.#mark ?? {};
      const mark: Mark = { folder: this.#wanted, replica, formerly, counted };
      this.#folder.setMarker(JSON.stringify(mark));
    }
    this.#device = this.#folder.device();
    this.look();
  }
}

function isId(value: unknown): value is ReplicaId {
  return typeof value === "string" && isReplicaId(value);
}

function readMark(text: string | undefined): Mark | undefined {
  if (text === undefined) return undefined;
  try {
    const { folder, replica, formerly = [], counted = 0 } = JSON.parse(text);
    if (
      typeof folder !== "string" || !isId(replica) ||
      !Array.isArray(formerly) || !Number.isSafeInteger(counted)
    ) return undefined;
    const known = formerly.filter(isId).slice(0, FORMERLY_MAX);
    return { folder, replica, formerly: known, counted };
  } catch {
    return undefined;
  }
}
