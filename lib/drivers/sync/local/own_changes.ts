/**
 * What users of this folder did, for the tracker and for the log: a move is told once, not as a coming and a going.
 *
 * @module
 */

import type { Name } from "../../../names/name.ts";
import type { PeerChange } from "../../../sync/peer_change.ts";
import type { FileRecord } from "../../../sync/record.ts";
import { changeOf } from "../bringing/placing.ts";
import type { Publisher } from "../tracking/publisher.ts";

export class OwnChanges {
  readonly #publisher: Publisher;
  readonly #changed: (change: PeerChange) => void;
  readonly #moved = new Set<Name>();

  constructor(publisher: Publisher, changed: (change: PeerChange) => void) {
    this.#publisher = publisher;
    this.#changed = changed;
  }

  /** A version was made; `gone` is where its content was before, and is not any more. */
  made(
    record: FileRecord,
    before: FileRecord | undefined,
    gone: Name | undefined,
  ): void {
    this.#publisher.offer(record.path);
    if (gone !== undefined) this.#moved.add(gone);
    this.#changed(changeOf(record, before, undefined, gone));
  }

  /** What `before` was is deleted. */
  deleted(record: FileRecord, before: FileRecord): void {
    this.#publisher.offer(record.path);
    if (this.#moved.delete(record.path)) return;
    this.#changed(changeOf(record, before, undefined));
  }
}
