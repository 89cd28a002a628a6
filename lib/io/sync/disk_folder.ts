/**
 * A synced folder on this machine's disk.
 *
 * @module
 */

import { EXIT, ProgramError } from "../../errors.ts";
import { OWN_FOLDER } from "../../names/own_names.ts";
import { inodeAt } from "../at_path.ts";
import { plainMessage } from "../os_faults.ts";
import { DiskCalls } from "./disk_calls.ts";
import { SyncedFolder } from "./synced_folder.ts";

export class DiskSyncFolder extends SyncedFolder {
  /** Real, absolute path. */
  readonly root: string;
  /** Path of `.landline/` in it: there, a folder, and no link. */
  readonly own: string;

  /**
   * Opens the folder, and makes what is ours in it.
   *
   * @throws {ProgramError} that says why it cannot be used
   */
  constructor(path: string) {
    const root = rootOf(path);
    const own = `${root}/${OWN_FOLDER}`;
    makeOwnFolder(own);
    super(new DiskCalls(root));
    this.root = root;
    this.own = own;
  }
}

function rootOf(path: string): string {
  try {
    const root = Deno.realPathSync(path);
    if (Deno.lstatSync(root).isDirectory) return root;
  } catch (error) {
    // Not made here: with a disk that is not mounted, it would be the wrong one.
    const reason = error instanceof Deno.errors.NotFound
      ? "there is no such folder; make it first"
      : plainMessage(error);
    throw new ProgramError(
      `Cannot sync ${path}: ${reason}`,
      EXIT.notFound,
      { cause: error },
    );
  }
  throw new ProgramError(`Cannot sync ${path}: it is no folder`, EXIT.usage);
}

/** Index and key of the control lie in it: nobody else may look. */
function makeOwnFolder(own: string): void {
  try {
    if (inodeAt(own) === undefined) Deno.mkdirSync(own, { mode: 0o700 });
    // A link would lead what we write and remove to somewhere else.
    if (Deno.lstatSync(own).isDirectory) return;
  } catch (error) {
    throw new ProgramError(
      `Cannot write into the folder: ${plainMessage(error)}`,
      EXIT.denied,
      { cause: error },
    );
  }
  throw new ProgramError(`${own} is no folder: move it away`, EXIT.usage);
}
