/**
 * What outlives the server, as the room sees it. `io/chat_store.ts` keeps it in SQLite.
 *
 * @module
 */

/** What has happened since the last batch; stored whole or not at all. */
export interface Batch {
  readonly firstId: number;
  readonly lastId: number;
  /** `message|...` and `action|...` lines with their LF, in the order of their IDs. Valid during the call only. */
  readonly lines: Uint8Array;
  /** KEY -> the last NUMBER of it. */
  readonly numbers: ReadonlyMap<string, number>;
  /** Folded name -> the person: shown name, and the last ID that was seen of what was sent to it directly. */
  readonly people: ReadonlyMap<string, StoredPerson>;
}

export interface StoredPerson {
  readonly shown: string;
  readonly seen: number;
}

/** What was stored by all batches. */
export interface Stored {
  readonly epoch: string;
  readonly lastId: number;
  /** The lines of batches that are still kept, oldest first. */
  readonly lines: Iterable<Uint8Array>;
  readonly numbers: Iterable<readonly [key: string, number: number]>;
  readonly people: Iterable<readonly [folded: string, person: StoredPerson]>;
}

export interface ChatStore {
  /** What is there; asked once, at the start. */
  load(): Stored;
  /** Stores `batch`: when this returns, it outlives a killed server. Throws if it cannot. */
  commit(batch: Batch): void;
  close(): void;
}
