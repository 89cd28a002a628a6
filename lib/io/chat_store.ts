/**
 * What was said in a chat, kept in SQLite (`--data DIR`), so that it outlives the server, also one that was killed.
 *
 * A batch is one transaction and one row: the lines of a turn as they are, whatever their number. That is what keeps the
 * rate with a store near the rate without one. The journal is a write-ahead log without a sync for each transaction
 * (`synchronous = NORMAL`): what was committed survives the death of the program; after a power cut the last moments may
 * be missing, never more, and never half of a batch.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import type {
  Batch,
  ChatStore,
  Stored,
  StoredKey,
  StoredPerson,
} from "../chat/store.ts";
import { toOpeningFault, transact } from "./sqlite.ts";
import { newToken } from "./tokens.ts";

/** What the lines of all batches may come to; the oldest go. */
export const LINES_BYTES_MAX = 256 * 1024 * 1024;
/** After so many bytes it is looked at what there is too much of: often, so that no look takes long. */
const PRUNE_EVERY_BYTES = 256 * 1024;
/** And at rows after so many looks: there are many, and they are small. */
const PRUNE_ROWS_EVERY = 32;
/** KEYs and names that are remembered. */
const ROWS_MAX = 20_000;
/** After a power cut, IDs that people have seen may be missing here; they must not mean anything else later. */
const IDS_SKIPPED = 1_000_000;

/**
 * One server has it alone: two would give the same IDs. The pages are large, as batches are: with the usual 4 KiB a message
 * took a fifth more of the processor's time, and the log was written into the database four times as often.
 */
const SCHEMA = `
pragma page_size = 16384;
pragma locking_mode = exclusive;
pragma journal_mode = wal;
pragma synchronous = normal;
create table if not exists about (name text primary key, value text not null) strict, without rowid;
create table if not exists batch (last_id integer primary key, lines blob not null) strict;
create table if not exists number (key text primary key, number integer not null, refusals text not null) strict;
create table if not exists person (folded text primary key, shown text not null, seen integer not null) strict;
`;

const FORMAT = "1";

/** How a store differs from its defaults. */
export interface ChatStoreOptions {
  readonly linesBytesMax?: number;
  readonly rowsMax?: number;
}

/** @param path of the database, which is made if it is not there */
export function openChatStore(
  path: string,
  options: ChatStoreOptions = {},
): ChatStore {
  return new SqliteChatStore(path, options);
}

class SqliteChatStore implements ChatStore {
  readonly #database: DatabaseSync;
  readonly #linesBytesMax: number;
  readonly #rowsMax: number;
  readonly #epoch: string;
  readonly #wasClosed: boolean;
  readonly #insertBatch;
  readonly #setKey;
  readonly #setPerson;
  #bytes: number;
  #bytesSincePrune = 0;
  #prunes = 0;

  constructor(path: string, options: ChatStoreOptions) {
    this.#linesBytesMax = options.linesBytesMax ?? LINES_BYTES_MAX;
    this.#rowsMax = options.rowsMax ?? ROWS_MAX;
    this.#database = new DatabaseSync(path);
    try {
      this.#database.exec(SCHEMA);
      const format = this.#about("format", FORMAT);
      if (format !== FORMAT) {
        throw new Error(`It has the format ${format}, of a newer Landline`);
      }
      this.#epoch = this.#about("epoch", newToken());
      this.#wasClosed = this.#about("closed", "yes") === "yes";
      this.#setClosed("no");
      this.#bytes = this.#number(
        "select coalesce(sum(length(lines)), 0) as n from batch",
      );
      this.#insertBatch = this.#database.prepare(
        "insert into batch (last_id, lines) values (?, ?)",
      );
      // Replaced, not updated, so that the order of rows is the order of use.
      this.#setKey = this.#database.prepare(
        "insert or replace into number (key, number, refusals) values (?, ?, ?)",
      );
      this.#setPerson = this.#database.prepare(
        "insert or replace into person (folded, shown, seen) values (?, ?, ?)",
      );
    } catch (error) {
      this.#database.close();
      throw toOpeningFault(error, "server");
    }
  }

  load(): Stored {
    const lastId = this.#number(
      "select coalesce(max(last_id), 0) as n from batch",
    );
    return {
      epoch: this.#epoch,
      lastId: this.#wasClosed ? lastId : lastId + IDS_SKIPPED,
      lines: this.#lines(),
      keys: this.#rows(
        "select key, number, refusals from number order by rowid",
      ).map(({ key, number, refusals }) => ({
        key: String(key),
        number: Number(number),
        refusals: String(refusals),
      } satisfies StoredKey)),
      people: this.#rows(
        "select folded, shown, seen from person order by rowid",
      ).map(({ folded, shown, seen }) => ({
        folded: String(folded),
        shown: String(shown),
        seen: Number(seen),
      } satisfies StoredPerson)),
    };
  }

  commit({ lastId, lines, keys, people }: Batch): void {
    const before = this.#bytes;
    try {
      transact(this.#database, () => {
        if (lines.length > 0) this.#insertBatch.run(lastId, lines);
        for (const { key, number, refusals } of keys) {
          this.#setKey.run(key, number, refusals);
        }
        for (const { folded, shown, seen } of people) {
          this.#setPerson.run(folded, shown, seen);
        }
        this.#bytes += lines.length;
        this.#bytesSincePrune += lines.length;
        if (this.#bytesSincePrune > PRUNE_EVERY_BYTES) this.#prune();
      });
    } catch (error) {
      this.#bytes = before;
      throw error;
    }
  }

  close(): void {
    try {
      this.#setClosed("yes");
    } catch {
      // A full disk: the next start skips some IDs.
    }
    this.#database.close();
  }

  /** Lines of the batches, oldest first. */
  *#lines(): Iterable<Uint8Array> {
    const rows = this.#database.prepare(
      "select lines from batch order by last_id",
    );
    for (const { lines } of rows.iterate()) {
      if (lines instanceof Uint8Array) yield lines;
    }
  }

  #prune(): void {
    this.#bytesSincePrune = 0;
    const oldest = this.#database.prepare(
      "delete from batch where last_id = (select min(last_id) from batch) returning length(lines) as n",
    );
    while (this.#bytes > this.#linesBytesMax) {
      const gone = oldest.get()?.["n"];
      if (gone === undefined) break;
      this.#bytes -= Number(gone);
    }
    if (this.#prunes++ % PRUNE_ROWS_EVERY !== 0) return;
    for (const table of ["number", "person"]) {
      this.#database.exec(
        `delete from ${table} where rowid in (select rowid from ${table} order by rowid desc limit -1 offset ${this.#rowsMax})`,
      );
    }
  }

  /** What is told about the database under `name`: `value`, if nothing was. */
  #about(name: string, value: string): string {
    this.#database.prepare("insert or ignore into about values (?, ?)")
      .run(name, value);
    const row = this.#database.prepare("select value from about where name = ?")
      .get(name);
    return String(row?.["value"]);
  }

  #setClosed(value: "yes" | "no"): void {
    this.#database.prepare("update about set value = ? where name = 'closed'")
      .run(value);
  }

  #number(sql: string): number {
    return Number(this.#database.prepare(sql).get()?.["n"]);
  }

  #rows(sql: string): Record<string, unknown>[] {
    return this.#database.prepare(sql).all();
  }
}
