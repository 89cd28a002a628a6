/**
 * A shared directory whose program is killed: in front of the n-th step that changes something, as `kill -9` does it.
 * Nothing happens any more from then on, and the locks are gone.
 *
 * @module
 */

import type { IncomingFile, SharedDirectory } from "../io/directory.ts";

/** What every call fails with after the end. */
export class Killed extends Error {
  override name = "Killed";
}

/** Which step is the last but one, and who hears of the end. */
export interface KillOptions {
  /** So many steps are done. */
  readonly steps: number;
  /** Called at the end, once. */
  readonly onKill: () => void;
}

/** `directory`, as a program sees it that is killed. */
export function killedDirectory(
  directory: SharedDirectory,
  { steps, onKill }: KillOptions,
): SharedDirectory & { readonly isKilled: boolean } {
  const open = new Set<IncomingFile>();
  let left = steps;
  let isKilled = false;
  const step = <T>(act: () => T): T => {
    if (left-- > 0 && !isKilled) return act();
    if (!isKilled) {
      isKilled = true;
      // The system closes what is open, and lets go of its locks.
      for (const incoming of open) incoming.close();
      onKill();
    }
    throw new Killed();
  };
  const alive = <T>(act: () => T): T => {
    if (isKilled) throw new Killed();
    return act();
  };
  const incomingOf = (incoming: IncomingFile): IncomingFile => ({
    get length() {
      return incoming.length;
    },
    append: (bytes) => step(() => incoming.append(bytes)),
    cutTo: (length) => {
      // What takes nothing away is no step.
      if (length < incoming.length) step(() => incoming.cutTo(length));
    },
    xxh64: () => alive(() => incoming.xxh64()),
    finish: (...how) =>
      step(() => {
        open.delete(incoming);
        return incoming.finish(...how);
      }),
    close: () =>
      alive(() => {
        open.delete(incoming);
        incoming.close();
      }),
    discard: () =>
      step(() => {
        open.delete(incoming);
        incoming.discard();
      }),
  });
  return {
    get isKilled() {
      return isKilled;
    },
    open: (...what) => alive(() => directory.open(...what)),
    entries: (...what) => alive(() => directory.entries(...what)),
    names: (...what) => alive(() => directory.names(...what)),
    small: (...what) => alive(() => directory.small(...what)),
    kindOf: (...what) => alive(() => directory.kindOf(...what)),
    folder: (...what) => alive(() => directory.folder(...what)),
    mayStore: (...what) => alive(() => directory.mayStore(...what)),
    receive: (...what) =>
      step(() => {
        const incoming = directory.receive(...what);
        open.add(incoming);
        return incomingOf(incoming);
      }),
    note: (...what) => alive(() => directory.note(...what)),
    keepNote: (...what) => step(() => directory.keepNote(...what)),
    dropNote: (...what) => step(() => directory.dropNote(...what)),
    remove: (...what) => step(() => directory.remove(...what)),
  };
}
