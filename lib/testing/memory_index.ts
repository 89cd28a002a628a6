/**
 * A `SyncIndex` in memory, and what can happen to one between two runs: the death of the program, a power cut, an old copy
 * put back, a deletion. `index_suite.ts` holds it to what the real one promises.
 *
 * @module
 */

import { MisuseError } from "../errors.ts";
import type { Name } from "../names/name.ts";
import type {
  BlockList,
  BlockPlace,
  GlobalEntry,
  IndexBatch,
  IndexMeta,
  LocalEntry,
  SyncIndex,
} from "../sync/index_store.ts";
import type { ReplicaId, RootHash } from "../sync/record.ts";

/** All that an index holds. */
interface State {
  meta: IndexMeta | undefined;
  readonly locals: Map<Name, LocalEntry>;
  readonly globals: Map<Name, GlobalEntry>;
  readonly lists: Map<RootHash, BlockList>;
}

/** A copy of everything, to go back to. */
export interface IndexSnapshot {
  readonly state: State;
}

/** What outlives the program: the database file. */
export class MemoryIndexStorage {
  /** As it is now. */
  state = emptyState();
  /** As it was when it was last committed durably, and what was committed since. */
  #durable = emptyState();
  #since: IndexBatch[] = [];
  /** Counts openings: an index that was opened before the last one is of a program that died. */
  openings = 0;
  /** The next commits fail with this, as on a full disk. */
  fault: Error | undefined;

  /** Opens it, as a program that starts does. */
  open(newReplica: () => ReplicaId): MemoryIndex {
    this.openings++;
    if (this.state.meta === undefined) {
      this.commit({ meta: newMeta(newReplica()), durable: true });
    }
    return new MemoryIndex(this);
  }

  /** @throws `fault` */
  commit(batch: IndexBatch): void {
    if (this.fault !== undefined) throw this.fault;
    apply(this.state, batch);
    this.#since.push(batch);
    if (batch.durable || this.#since.length > SINCE_MAX) this.#settle();
  }

  /** Batches that a power cut may take. */
  get unsettled(): number {
    return this.#since.length;
  }

  /** The power fails: of the batches since the last durable one, the first `kept` are still there. */
  cutPower(kept: number): void {
    const batches = this.#since.slice(0, kept);
    this.state = copyOf(this.#durable);
    for (const batch of batches) apply(this.state, batch);
    this.#settle();
  }

  snapshot(): IndexSnapshot {
    return { state: copyOf(this.state) };
  }

  /** An old copy is put back. */
  rollback({ state }: IndexSnapshot): void {
    this.state = copyOf(state);
    this.#settle();
  }

  /** It is deleted. */
  wipe(): void {
    this.state = emptyState();
    this.#settle();
  }

  #settle(): void {
    this.#since = [];
    this.#durable = copyOf(this.state);
  }
}

/** More than this is on the disk by the way, as SQLite's checkpoints do it. */
const SINCE_MAX = 200;
const HASH_BYTES = 32;
const PLACES_MAX = 4;

/** An open index. */
export class MemoryIndex implements SyncIndex {
  readonly #storage: MemoryIndexStorage;
  readonly #opening: number;
  #isClosed = false;

  /** `MemoryIndexStorage.open` makes them. */
  constructor(storage: MemoryIndexStorage = new MemoryIndexStorage()) {
    this.#storage = storage;
    this.#opening = storage.openings;
  }

  load(): ReturnType<SyncIndex["load"]> {
    const { meta, locals, globals } = this.#state();
    if (meta === undefined) throw new MisuseError("The index was not opened");
    return {
      meta,
      locals: [...locals.values()],
      globals: [...globals.values()],
    };
  }

  commit(batch: IndexBatch): void {
    this.#state();
    this.#storage.commit(batch);
  }

  list(root: RootHash): BlockList | undefined {
    return this.#state().lists.get(root);
  }

  placesOf(hash: Uint8Array): readonly BlockPlace[] {
    const places: BlockPlace[] = [];
    for (const { root, blockLog, hashes } of this.#state().lists.values()) {
      const at = indexOfBlock(hashes, hash);
      if (at !== undefined) places.push({ root, at, blockLog });
      if (places.length === PLACES_MAX) break;
    }
    return places;
  }

  prune(isHeld: (root: RootHash) => boolean): void {
    const { lists } = this.#state();
    for (const root of lists.keys()) if (!isHeld(root)) lists.delete(root);
  }

  close(): void {
    this.#isClosed = true;
  }

  #state(): State {
    if (this.#isClosed || this.#opening !== this.#storage.openings) {
      throw new MisuseError(
        "An index that was closed, or whose program died, was used",
      );
    }
    return this.#storage.state;
  }
}

/** What the index of a new replica says of itself. */
function newMeta(replica: ReplicaId): IndexMeta {
  return {
    replica,
    counterMax: 0,
    folder: undefined,
    epoch: undefined,
    seq: 0,
  };
}

function emptyState(): State {
  return {
    meta: undefined,
    locals: new Map(),
    globals: new Map(),
    lists: new Map(),
  };
}

/** Entries are never changed, so that copies may share them. */
function copyOf({ meta, locals, globals, lists }: State): State {
  return {
    meta,
    locals: new Map(locals),
    globals: new Map(globals),
    lists: new Map(lists),
  };
}

function apply(state: State, batch: IndexBatch): void {
  if (batch.clearGlobals) state.globals.clear();
  for (const path of batch.localsGone ?? []) state.locals.delete(path);
  for (const entry of batch.locals ?? []) {
    state.locals.set(entry.record.path, entry);
  }
  for (const entry of batch.globals ?? []) {
    state.globals.set(entry.record.path, entry);
  }
  for (const list of batch.lists ?? []) {
    // The hashes may be a view into a buffer that is used again.
    if (!state.lists.has(list.root)) {
      state.lists.set(list.root, { ...list, hashes: list.hashes.slice() });
    }
  }
  if (batch.meta !== undefined) {
    state.meta = { ...state.meta ?? newMeta(""), ...batch.meta };
  }
}

function indexOfBlock(
  hashes: Uint8Array,
  hash: Uint8Array,
): number | undefined {
  for (let offset = 0; offset < hashes.length; offset += HASH_BYTES) {
    let i = 0;
    while (i < HASH_BYTES && hashes[offset + i] === hash[i]) i++;
    if (i === HASH_BYTES) return offset / HASH_BYTES;
  }
  return undefined;
}
