/**
 * What a peer remembers between two runs, in SQLite: `.landline/index.sqlite` in the synced folder.
 *
 * A batch is one transaction. The journal is a write-ahead log without a sync for each (`synchronous = NORMAL`): what was
 * committed survives the death of the program; after a power cut the last moments may be missing, never half of a batch. All
 * of that can be found again by looking at the disk, so it may. What may not be missing is committed as `durable`.
 *
 * A database that cannot be used is moved aside, and a new one begins, as a new replica: nothing in it is worth a peer that
 * does not start, and a replica that counts on from a doubtful number could make one version number twice.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import { messageOf } from "../../errors.ts";
import { HASH_BYTES } from "../../sync/blocks.ts";
import type {
  BlockList,
  BlockPlace,
  GlobalEntry,
  IndexBatch,
  IndexMeta,
  LocalEntry,
  SyncIndex,
} from "../../sync/index_store.ts";
import type { ReplicaId, RootHash } from "../../sync/record.ts";
import { removeIfThere } from "../at_path.ts";
import { transact } from "../sqlite.ts";
import {
  globalEntry,
  localEntry,
  metaOf,
  newMeta,
  recordText,
  seenText,
  UnreadableIndex,
} from "./index_rows.ts";

/** Another layout of the tables gets another number; a database with one that is not ours is not read. */
const FORMAT = "1";

const SCHEMA = `
create table if not exists meta (name text primary key, value any) strict, without rowid;
create table if not exists local (path text primary key, record text not null, seen text, found integer not null) strict, without rowid;
create table if not exists global (path text primary key, record text not null, seq integer not null) strict, without rowid;
create table if not exists list (id integer primary key, root text not null unique, size integer not null, block_log integer not null, hashes blob not null) strict;
create table if not exists block (key integer not null, list integer not null, at integer not null, primary key (key, list)) strict, without rowid;
`;

const PLACES_MAX = 4;
const MEBIBYTE = 1024 * 1024;

/**
 * Opens the index at `path`, which is made if it is not there.
 *
 * @param newReplica makes the id of a new one
 * @param note is told in a sentence if the old one had to be moved aside
 * @throws what the disk says: a full disk and missing rights are no reason to begin anew
 */
export function openSyncIndex(
  path: string,
  newReplica: () => ReplicaId,
  note: (text: string) => void,
): SyncIndex {
  try {
    return new SqliteIndex(path, newReplica);
  } catch (error) {
    if (!isUnusable(error)) throw error;
    note(
      `The index ${path} cannot be used (${
        messageOf(error)
      }). It is kept as ${path}.damaged, and this folder begins anew: everything is read again.`,
    );
    moveAside(path);
    return new SqliteIndex(path, newReplica);
  }
}

class SqliteIndex implements SyncIndex {
  readonly #database: DatabaseSync;
  readonly #setMeta;
  readonly #setLocal;
  readonly #dropLocal;
  readonly #setGlobal;
  readonly #addList;
  readonly #addBlock;
  readonly #findList;
  readonly #findPlaces;
  /** What was read when it was opened, until it is asked for. */
  #loaded: ReturnType<SyncIndex["load"]> | undefined;

  constructor(path: string, newReplica: () => ReplicaId) {
    const database = new DatabaseSync(path);
    this.#database = database;
    try {
      database.exec(PRAGMAS);
      database.exec(SCHEMA);
      this.#setMeta = database.prepare(
        "insert or replace into meta values (?, ?)",
      );
      this.#setLocal = database.prepare(
        "insert or replace into local values (?, ?, ?, ?)",
      );
      this.#dropLocal = database.prepare("delete from local where path = ?");
      this.#setGlobal = database.prepare(
        "insert or replace into global values (?, ?, ?)",
      );
      this.#addList = database.prepare(
        "insert or ignore into list (root, size, block_log, hashes) values (?, ?, ?, ?)",
      );
      // The first place of a block that stands in a content many times is enough.
      this.#addBlock = database.prepare(
        "insert or ignore into block values (?, ?, ?)",
      );
      this.#findList = database.prepare(
        "select size, block_log, hashes from list where root = ?",
      );
      this.#findPlaces = database.prepare(
        `select root, at, block_log from block join list on list.id = block.list
         where key = ? and substr(hashes, at * ${HASH_BYTES} + 1, ${HASH_BYTES}) = ? limit ${PLACES_MAX}`,
      );
      this.#begin(newReplica);
      this.#loaded = this.#read();
    } catch (error) {
      database.close();
      throw error;
    }
  }

  load(): ReturnType<SyncIndex["load"]> {
    const loaded = this.#loaded ?? this.#read();
    this.#loaded = undefined;
    return loaded;
  }

  commit(batch: IndexBatch): void {
    if (batch.durable) this.#database.exec("pragma synchronous = full");
    try {
      transact(this.#database, () => this.#write(batch));
    } finally {
      if (batch.durable) this.#database.exec("pragma synchronous = normal");
    }
  }

  list(root: RootHash): BlockList | undefined {
    const row = this.#findList.get(root);
    const hashes = row?.["hashes"];
    if (!(hashes instanceof Uint8Array)) return undefined;
    return {
      root,
      size: Number(row?.["size"]),
      blockLog: Number(row?.["block_log"]),
      hashes,
    };
  }

  placesOf(hash: Uint8Array): readonly BlockPlace[] {
    return this.#findPlaces.all(keyOf(hash, 0), hash).map((row) => ({
      root: String(row["root"]),
      at: Number(row["at"]),
      blockLog: Number(row["block_log"]),
    }));
  }

  prune(isHeld: (root: RootHash) => boolean): void {
    const gone = this.#database.prepare("select id, root from list").all()
      .filter(({ root }) => !isHeld(String(root)))
      .map(({ id }) => Number(id));
    if (gone.length === 0) return;
    const hashesOf = this.#database.prepare(
      "select hashes from list where id = ?",
    );
    const dropBlock = this.#database.prepare(
      "delete from block where key = ? and list = ?",
    );
    const dropList = this.#database.prepare("delete from list where id = ?");
    transact(this.#database, () => {
      for (const id of gone) {
        const hashes = hashesOf.get(id)?.["hashes"];
        if (hashes instanceof Uint8Array) {
          for (let at = 0; at < hashes.length; at += HASH_BYTES) {
            dropBlock.run(keyOf(hashes, at), id);
          }
        }
        dropList.run(id);
      }
    });
  }

  close(): void {
    try {
      this.#setMeta.run("closed", "yes");
    } catch {
      // A full disk: the next start looks the database through.
    }
    this.#database.close();
  }

  /** Makes sure that it is one of ours and whole, and gives a new one its replica. */
  #begin(newReplica: () => ReplicaId): void {
    const about = this.#about();
    if (about.size === 0) {
      transact(this.#database, () => {
        this.#writeMeta(newMeta(newReplica()));
        this.#setMeta.run("format", FORMAT);
      });
    } else if (about.get("format") !== FORMAT) {
      throw new UnreadableIndex(`it has the format ${about.get("format")}`);
    } else if (about.get("closed") !== "yes") {
      // Looking it through takes a quarter of a second for 100 000 files: not after each orderly end.
      const [row] = this.#database.prepare("pragma quick_check(1)").all();
      const found = String(row?.["quick_check"]);
      if (found !== "ok") throw new UnreadableIndex(found);
    }
    this.#setMeta.run("closed", "no");
  }

  #read(): ReturnType<SyncIndex["load"]> {
    const locals: LocalEntry[] = [];
    const globals: GlobalEntry[] = [];
    // Most paths have the same record twice. Read together they share it, which halves the memory.
    const both = this.#database.prepare(
      `select l.path as path, l.record as record, seen, found, seq,
         case when g.record is not l.record then g.record end as other
       from local l left join global g using (path)`,
    );
    for (const row of both.iterate()) {
      const local = localEntry(row);
      locals.push(local);
      if (row["seq"] !== null) {
        globals.push(globalEntry(row["other"], row["seq"], local.record));
      }
    }
    const alone = this.#database.prepare(
      "select record, seq from global where path not in (select path from local)",
    );
    for (const { record, seq } of alone.iterate()) {
      globals.push(globalEntry(record, seq, undefined));
    }
    return { meta: metaOf(this.#about()), locals, globals };
  }

  #write(batch: IndexBatch): void {
    if (batch.clearGlobals) this.#database.exec("delete from global");
    for (const path of batch.localsGone ?? []) this.#dropLocal.run(path);
    for (const { record, seen, found } of batch.locals ?? []) {
      this.#setLocal.run(
        record.path,
        recordText(record),
        seenText(seen),
        found ? 1 : 0,
      );
    }
    for (const { record, seq } of batch.globals ?? []) {
      this.#setGlobal.run(record.path, recordText(record), seq);
    }
    for (const list of batch.lists ?? []) this.#writeList(list);
    this.#writeMeta(batch.meta ?? {});
  }

  #writeList({ root, size, blockLog, hashes }: BlockList): void {
    const { changes, lastInsertRowid } = this.#addList.run(
      root,
      size,
      blockLog,
      hashes,
    );
    if (Number(changes) === 0) return;
    for (let at = 0; at * HASH_BYTES < hashes.length; at++) {
      this.#addBlock.run(keyOf(hashes, at * HASH_BYTES), lastInsertRowid, at);
    }
  }

  #writeMeta(meta: Partial<IndexMeta>): void {
    for (const [name, value] of Object.entries(meta)) {
      this.#setMeta.run(name, value ?? null);
    }
  }

  #about(): ReadonlyMap<string, unknown> {
    const rows = this.#database.prepare("select name, value from meta").all();
    return new Map(rows.map(({ name, value }) => [String(name), value]));
  }
}

/** One peer has it alone: without shared memory between processes, reading is faster. */
const PRAGMAS = `
pragma locking_mode = exclusive;
pragma journal_mode = wal;
pragma synchronous = normal;
pragma journal_size_limit = ${16 * MEBIBYTE};
`;

/** The first 8 of the 32 bytes of a hash, as SQLite's numbers are. */
function keyOf(hashes: Uint8Array, offset: number): bigint {
  return new DataView(hashes.buffer, hashes.byteOffset + offset, 8)
    .getBigInt64(0);
}

/** node:sqlite tells SQLite's codes in words only. */
function isUnusable(error: unknown): boolean {
  return error instanceof UnreadableIndex ||
    /malformed|not a database|no such column|has no column|no such table/.test(
      messageOf(error),
    );
}

/** One damaged database is kept, for who wants to find out: the newest. */
function moveAside(path: string): void {
  Deno.renameSync(path, `${path}.damaged`);
  for (const rest of [`${path}-wal`, `${path}-shm`]) removeIfThere(rest);
}
