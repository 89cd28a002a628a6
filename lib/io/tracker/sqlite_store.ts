/**
 * A tracker's store in SQLite (`--data DIR`), so that its numbers outlive it, also where it was killed: a batch is one
 * transaction, on the disk before its numbers are told (`synchronous = FULL`; 0.4 ms).
 *
 * On a full disk the tracker goes on in memory. What peers are told then is not in the database: so that numbers never mean
 * two things, a mark beside it goes at once, and without that mark the next start begins a new epoch.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import { messageOf } from "../../errors.ts";
import type { FileRecord } from "../../sync/record.ts";
import { recordFromJson, recordToJson } from "../../sync/record_json.ts";
import type { Kept, Offer } from "../../tracker/puts.ts";
import type { TrackerState } from "../../tracker/tracker.ts";
import { toOpeningFault, transact } from "../sqlite.ts";
import { newToken } from "../tokens.ts";
import type { TrackerStore } from "./store.ts";

const DATABASE = "tracker.sqlite";
/** Is there as long as the database knows all numbers that were told. */
const MARK = "tracker.whole";

/** One tracker has it alone: two would number differently. */
const SCHEMA = `
pragma locking_mode = exclusive;
pragma journal_mode = wal;
pragma synchronous = full;
create table if not exists about (name text primary key, value text not null) strict, without rowid;
create table if not exists record (path text primary key, seq integer not null, json text not null) strict, without rowid;
`;

const FORMAT = "1";
/** A disk that refused is tried again after so long. */
const RETRY_MS = 1000;

/** How a store differs from its defaults. */
export interface SqliteStoreOptions {
  /** Pages of 4 KiB that the database may have. */
  readonly pagesMax?: number;
  /** Milliseconds on a clock that only goes forward. */
  readonly now?: () => number;
}

/**
 * @param folder where it is kept; it is there
 * @param onTrouble told when the disk refuses, and when it takes things again
 * @throws an error with a sentence, if another tracker has it or it is no database of ours
 */
export function openTrackerStore(
  folder: string,
  onTrouble: (text: string) => void,
  options: SqliteStoreOptions = {},
): TrackerStore {
  return new SqliteStore(folder, onTrouble, options);
}

class SqliteStore implements TrackerStore {
  readonly #database: DatabaseSync;
  readonly #markPath: string;
  readonly #onTrouble: (text: string) => void;
  readonly #now: () => number;
  readonly #select;
  readonly #insert;
  /** What the disk did not take, newest of each path. */
  readonly #unsaved = new Map<string, Kept>();
  readonly #unsavedAbout = new Map<string, string>();
  #refusedAt = -Infinity;
  #seq: number;

  constructor(
    folder: string,
    onTrouble: (text: string) => void,
    { pagesMax, now }: SqliteStoreOptions,
  ) {
    this.#now = now ?? (() => performance.now());
    this.#markPath = `${folder}/${MARK}`;
    this.#onTrouble = onTrouble;
    this.#database = new DatabaseSync(`${folder}/${DATABASE}`);
    try {
      this.#database.exec(SCHEMA);
      if (pagesMax !== undefined) {
        this.#database.exec(`pragma max_page_count = ${pagesMax}`);
      }
      const format = this.#about("format") ?? FORMAT;
      if (format !== FORMAT) {
        throw new Error(`it has the format ${format}, of a newer Landline`);
      }
      this.#setAbout("format", FORMAT);
      this.#select = this.#database.prepare(
        "select seq, json from record where path = ?",
      );
      this.#insert = this.#database.prepare(
        "insert or replace into record (path, seq, json) values (?, ?, ?)",
      );
      this.#seq = Number(
        this.#database.prepare("select coalesce(max(seq), 0) as n from record")
          .get()?.["n"],
      );
      if (this.#about("epoch") === undefined || !this.#isMarked()) {
        this.#setAbout("epoch", newToken());
      }
      Deno.writeTextFileSync(this.#markPath, "");
    } catch (error) {
      this.#database.close();
      throw toOpeningFault(error, "tracker");
    }
  }

  // deno-lint-ignore require-await -- others ask another machine
  async load(): Promise<TrackerState> {
    const rows = this.#database.prepare(
      "select seq, json from record order by seq",
    );
    return {
      epoch: this.#about("epoch")!,
      folder: this.#about("folder"),
      seq: this.#seq,
      kept: keptOf(rows.iterate()),
    };
  }

  // deno-lint-ignore require-await
  async put(offers: readonly Offer[]): Promise<readonly (number | Kept)[]> {
    const taken: Kept[] = [];
    const results = offers.map(({ record, over }) => {
      const there = this.#get(record);
      if (there !== undefined && there.seq !== over) return there;
      taken.push({ record, seq: ++this.#seq });
      return this.#seq;
    });
    this.#save(taken);
    return results;
  }

  // deno-lint-ignore require-await
  async setFolder(folder: string): Promise<void> {
    this.#unsavedAbout.set("folder", folder);
    this.#save([]);
  }

  // deno-lint-ignore require-await
  async setEpoch(epoch: string): Promise<void> {
    this.#unsavedAbout.set("epoch", epoch);
    this.#save([]);
  }

  watch(): () => void {
    return () => {};
  }

  // deno-lint-ignore require-await
  async close(): Promise<void> {
    this.#refusedAt = -Infinity;
    if (this.#unsaved.size + this.#unsavedAbout.size > 0) this.#save([]);
    this.#database.close();
  }

  #get({ path }: FileRecord): Kept | undefined {
    const unsaved = this.#unsaved.get(path);
    if (unsaved !== undefined) return unsaved;
    const row = this.#select.get(path);
    return row === undefined ? undefined : keptOfRow(row);
  }

  #save(taken: readonly Kept[]): void {
    const isRefusing = this.#unsaved.size + this.#unsavedAbout.size > 0 &&
      this.#refusedAt > -Infinity;
    const mayTry = this.#now() - this.#refusedAt > RETRY_MS;
    if (isRefusing && !mayTry) return this.#remember(taken);
    try {
      this.#write([...this.#unsaved.values(), ...taken]);
    } catch (error) {
      this.#remember(taken);
      this.#refusedAt = this.#now();
      if (!isRefusing) this.#refuse(error);
      return;
    }
    this.#unsaved.clear();
    this.#unsavedAbout.clear();
    this.#refusedAt = -Infinity;
    if (isRefusing) this.#recover();
  }

  #write(entries: readonly Kept[]): void {
    transact(this.#database, () => {
      for (const { record, seq } of entries) {
        const json = JSON.stringify(recordToJson(record));
        this.#insert.run(record.path, seq, json);
      }
      for (const [name, value] of this.#unsavedAbout) {
        this.#setAbout(name, value);
      }
    });
  }

  #remember(taken: readonly Kept[]): void {
    for (const kept of taken) this.#unsaved.set(kept.record.path, kept);
  }

  #refuse(error: unknown): void {
    try {
      Deno.removeSync(this.#markPath);
    } catch {
      // The disk refuses that, too: peers that know more than the database tell so when they come.
    }
    this.#onTrouble(
      `Cannot keep the state (${
        messageOf(error)
      }); it is in memory until that works again`,
    );
  }

  #recover(): void {
    try {
      Deno.writeTextFileSync(this.#markPath, "");
    } catch {
      // The next start begins a new epoch for nothing: peers tell again what they have.
    }
    this.#onTrouble("The state is kept again");
  }

  #isMarked(): boolean {
    try {
      return Deno.lstatSync(this.#markPath).isFile;
    } catch {
      return false;
    }
  }

  #about(name: string): string | undefined {
    const row = this.#database.prepare("select value from about where name = ?")
      .get(name);
    return row === undefined ? undefined : String(row["value"]);
  }

  #setAbout(name: string, value: string): void {
    this.#database.prepare("insert or replace into about values (?, ?)")
      .run(name, value);
  }
}

type Row = Record<string, unknown>;

function* keptOf(rows: Iterable<Row>): Iterable<Kept> {
  for (const row of rows) {
    const kept = keptOfRow(row);
    if (kept !== undefined) yield kept;
  }
}

/** `undefined` for a record that this version cannot read: the peers tell theirs. */
function keptOfRow({ seq, json }: Row): Kept | undefined {
  const record = recordFromJson(JSON.parse(String(json)));
  return typeof record === "string" ? undefined : { record, seq: Number(seq) };
}
