/**
 * One peer for each folder: a file that is locked as long as the process lives, however it ends.
 *
 * @module
 */

import { EXIT, ProgramError } from "../../errors.ts";

/** A lock that is held. */
export interface FolderLock {
  release(): void;
}

/**
 * Locks the folder for this process.
 *
 * @param own path of `.landline/` in the folder
 * @throws {ProgramError} if another process has it
 */
export function lockFolder(own: string): FolderLock {
  const file = Deno.openSync(`${own}/lock`, { write: true, create: true });
  if (!file.tryLockSync(true)) {
    file.close();
    throw new ProgramError(
      `A peer is running for this folder already (${own})`,
      EXIT.exists,
    );
  }
  // The file stays: one that is removed could be locked by its old holder and, made anew, by another.
  return { release: () => file.close() };
}
