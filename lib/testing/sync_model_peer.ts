/**
 * A peer of the model: its connection to the tracker, and what happens to it.
 *
 * @module
 */

import type { Name } from "../names/name.ts";
import type { GlobalEntry } from "../sync/index_store.ts";
import type { FileRecord, RootHash } from "../sync/record.ts";
import { ModelFolder } from "./sync_model_folder.ts";

export class ModelPeer extends ModelFolder {
  isOnline = false;
  epoch = -1;
  seq = 0;
  /** Contents that are on their way over this connection. */
  readonly #fetching = new Set<RootHash>();
  /** What was told the tracker over this connection. */
  readonly #told = new Map<Name, FileRecord>();
  /** Counts connections: what was sent over an old one does not arrive. */
  #link = 0;
  #lastArrival = 0;
  /** The connection over which it was told what it had missed. */
  #greeted = -1;

  connect(): void {
    this.isOnline = true;
    this.#told.clear();
    this.#fetching.clear();
    const link = ++this.#link;
    this.world.later(1, () => {
      if (this.#link !== link || !this.isUp) return;
      this.scan();
      this.world.tracker.greet(this);
    });
  }

  disconnect(): void {
    this.isOnline = false;
    this.#link++;
  }

  override kill(): void {
    this.isUp = false;
    this.dies = false;
    this.disconnect();
    this.drop();
  }

  restart(): void {
    this.isUp = true;
    this.isScanned = false;
    this.connect();
  }

  /** The index is gone: it is another replica from now on. */
  wipe(): void {
    this.kill();
    this.forgetAll();
    this.epoch = -1;
    this.seq = 0;
  }

  /** A message of the tracker, which takes a while, after those before it. Now and then an old one comes again. */
  send(news: readonly GlobalEntry[], seq: number, epoch?: number): void {
    const { chance, now } = this.world;
    if (!this.isUp || !this.isOnline) return;
    const link = this.#link;
    // Changes are told after what was missed, or a number would be seen before those below it.
    if (epoch !== undefined) this.#greeted = link;
    if (this.#greeted !== link) return;
    const arrive = () => {
      if (this.#link === link && this.isUp) this.#receive(news, seq, epoch);
    };
    this.#lastArrival = Math.max(this.#lastArrival, now + 1 + chance.below(20));
    this.world.at(this.#lastArrival, arrive);
    if (epoch === undefined && chance.happens(0.05)) {
      this.world.at(this.#lastArrival + chance.below(60), arrive);
    }
  }

  #receive(
    news: readonly GlobalEntry[],
    seq: number,
    epoch: number | undefined,
  ): void {
    if (epoch !== undefined && epoch !== this.epoch) {
      this.globals.clear();
      this.epoch = epoch;
      this.seq = 0;
    }
    this.seq = Math.max(this.seq, seq);
    for (const entry of news) {
      const { path } = entry.record;
      const known = this.globals.get(path);
      if (
        known === undefined ||
        this.world.rules.compare(entry.record, known.record) > 0
      ) this.globals.set(path, entry);
      this.touch(path);
    }
    if (epoch !== undefined) this.touchAll();
    this.settle();
  }

  protected override tell(path: Name, record: FileRecord): void {
    if (!this.isOnline || this.#told.get(path) === record) return;
    this.#told.set(path, record);
    const { world } = this;
    const link = this.#link;
    world.later(1 + world.chance.below(20), () => {
      if (this.#link === link && this.isUp) world.tracker.put(this, record);
    });
  }

  protected override fetch(path: Name, root: RootHash): void {
    const { world } = this;
    if (!this.isOnline || this.#fetching.has(root)) return;
    if (!world.hasHolder(root, this)) return;
    this.#fetching.add(root);
    const link = this.#link;
    world.later(1 + world.chance.below(30), () => {
      if (this.#link !== link || !this.isUp) return;
      this.#fetching.delete(root);
      if (!world.hasHolder(root, this)) return;
      this.parts.add(root);
      this.touch(path);
      this.settle();
    });
  }
}
