/**
 * What outlives the server, as the room sees it. `io/chat_store.ts` keeps it in SQLite.
 *
 * @module
 */

/** What has happened since the last batch; stored whole or not at all. */
export interface Batch {
  /** The highest ID by now. */
  readonly lastId: number;
  /** `message|...` and `action|...` lines with their LF, in the order of their IDs. Valid during the call only. */
  readonly lines: Uint8Array;
  readonly keys: Iterable<StoredKey>;
  readonly people: Iterable<StoredPerson>;
}

/** What is known of a KEY. */
export interface StoredKey {
  readonly key: string;
  /** The last NUMBER that was taken. */
  readonly number: number;
  /** Lines that refuse messages, and may not have arrived. */
  readonly refusals: string;
}

/** A name that somebody has or had. */
export interface StoredPerson {
  readonly folded: string;
  readonly shown: string;
  /** The last ID that was seen of what was sent to it directly. */
  readonly seen: number;
}

/** What was stored by all batches. */
export interface Stored {
  readonly epoch: string;
  readonly lastId: number;
  /** The lines of batches that are still kept, oldest first. */
  readonly lines: Iterable<Uint8Array>;
  /** Both in the order of their use. */
  readonly keys: Iterable<StoredKey>;
  readonly people: Iterable<StoredPerson>;
}

export interface ChatStore {
  /** What is there; asked once, at the start. */
  load(): Stored;
  /** Stores `batch`: when this returns, it outlives a killed server. Throws if it cannot. */
  commit(batch: Batch): void;
  close(): void;
}
