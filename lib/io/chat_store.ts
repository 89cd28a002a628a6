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
import type { Batch, ChatStore, Stored, StoredPerson } from "../chat/store.ts";
import { newToken } from "./tokens.ts";

/** What the lines of all batches may come to; the oldest go. */
const LINES_BYTES_MAX = 256 * 1024 * 1024;
/** Of which so many are read at the start. */
const LOADED_BYTES_MAX = 32 * 1024 * 1024;
/** How many batches are counted between two looks at what there is too much of. */
const PRUNE_EVERY_BYTES = 4 * 1024 * 1024;
/** KEYs and names that are remembered. */
const ROWS_MAX = 20_000;

const SCHEMA = `
pragma journal_mode = wal;
pragma synchronous = normal;
create table if not exists about (name text primary key, value text not null) strict, without rowid;
create table if not exists batch (last_id integer primary key, first_id integer not null, lines blob not null) strict;
create table if not exists number (key text primary key, number integer not null) strict;
create table if not exists person (folded text primary key, shown text not null, seen integer not null) strict;
`;

const FORMAT = "1";

/** @param path of the database, which is made if it is not there */
export function openChatStore(path: string): ChatStore {
  return new SqliteChatStore(path);
}

class SqliteChatStore implements ChatStore {
  readonly #database: DatabaseSync;
  readonly #epoch: string;
  readonly #insertBatch;
  readonly #setNumber;
  readonly #setPerson;
  #bytesSincePrune = PRUNE_EVERY_BYTES;

  constructor(path: string) {
    this.#database = new DatabaseSync(path);
    try {
      this.#database.exec(SCHEMA);
      const format = this.#about("format", FORMAT);
      if (format !== FORMAT) {
        throw new Error(`It has the format ${format}, of a newer Landline`);
      }
      this.#epoch = this.#about("epoch", newToken());
    } catch (error) {
      this.#database.close();
      throw error;
    }
    this.#insertBatch = this.#database.prepare(
      "insert into batch (last_id, first_id, lines) values (?, ?, ?)",
    );
    // Deleted first, so that the order of rows is the order of use.
    this.#setNumber = this.#database.prepare(
      "insert or replace into number (key, number) values (?, ?)",
    );
    this.#setPerson = this.#database.prepare(
      "insert or replace into person (folded, shown, seen) values (?, ?, ?)",
    );
  }

  load(): Stored {
    const { n: lastId } = this.#row("select max(last_id) as n from batch");
    return {
      epoch: this.#epoch,
      lastId: Number(lastId ?? 0),
      lines: this.#lines(),
      numbers: this.#rows("select key, number from number order by rowid").map(
        ({ key, number }) => [String(key), Number(number)] as const,
      ),
      people: this.#rows(
        "select folded, shown, seen from person order by rowid",
      ).map(({ folded, shown, seen }) =>
        [
          String(folded),
          { shown: String(shown), seen: Number(seen) },
        ] satisfies [string, StoredPerson]
      ),
    };
  }

  commit({ firstId, lastId, lines, numbers, people }: Batch): void {
    this.#database.exec("begin immediate");
    try {
      if (lines.length > 0) this.#insertBatch.run(lastId, firstId, lines);
      for (const [key, number] of numbers) this.#setNumber.run(key, number);
      for (const [folded, { shown, seen }] of people) {
        this.#setPerson.run(folded, shown, seen);
      }
      this.#bytesSincePrune += lines.length;
      if (this.#bytesSincePrune > PRUNE_EVERY_BYTES) this.#prune();
      this.#database.exec("commit");
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec("rollback");
      throw error;
    }
  }

  close(): void {
    this.#database.close();
  }

  /** The newest lines, oldest first. */
  #lines(): Uint8Array[] {
    const newest: Uint8Array[] = [];
    let bytes = 0;
    const rows = this.#database.prepare(
      "select lines from batch order by last_id desc",
    );
    for (const { lines } of rows.iterate()) {
      if (!(lines instanceof Uint8Array)) continue;
      newest.push(lines);
      bytes += lines.length;
      if (bytes > LOADED_BYTES_MAX) break;
    }
    return newest.reverse();
  }

  #prune(): void {
    this.#bytesSincePrune = 0;
    let { n: bytes } = this.#row(
      "select coalesce(sum(length(lines)), 0) as n from batch",
    );
    const oldest = this.#database.prepare(
      "delete from batch where last_id = (select min(last_id) from batch) returning length(lines) as n",
    );
    while (Number(bytes) > LINES_BYTES_MAX) {
      const gone = oldest.get()?.["n"];
      if (gone === undefined) break;
      bytes = Number(bytes) - Number(gone);
    }
    for (const table of ["number", "person"]) {
      this.#database.exec(
        `delete from ${table} where rowid <= (select max(rowid) from ${table}) - ${ROWS_MAX}`,
      );
    }
  }

  #about(name: string, value: string): string {
    this.#database.prepare("insert or ignore into about values (?, ?)")
      .run(name, value);
    const row = this.#database.prepare("select value from about where name = ?")
      .get(name);
    return String(row?.["value"]);
  }

  #row(sql: string): Record<string, unknown> {
    return this.#database.prepare(sql).get() ?? {};
  }

  #rows(sql: string): Record<string, unknown>[] {
    return this.#database.prepare(sql).all();
  }
}
