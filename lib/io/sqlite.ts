/**
 * What our databases in SQLite have in common: the chat's, the tracker's and the index of a peer.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import { messageOf } from "../errors.ts";

/** Does `work` as one transaction: where it throws, nothing of it is kept. */
export function transact(database: DatabaseSync, work: () => void): void {
  database.exec("begin immediate");
  try {
    work();
    database.exec("commit");
  } catch (error) {
    if (database.isTransaction) database.exec("rollback");
    throw error;
  }
}

/**
 * `thrown`, which kept a database from being opened, or a sentence where another process has it. node:sqlite tells SQLite's
 * codes in words only.
 *
 * @param holder what may have it: "server"
 */
export function toOpeningFault(thrown: unknown, holder: string): unknown {
  return /locked/.test(messageOf(thrown))
    ? new Error(`another ${holder} has it`, { cause: thrown })
    : thrown;
}
