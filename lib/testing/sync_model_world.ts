/**
 * The world of the model: time, messages that take a while and get lost with their connection, the tracker, and what users
 * know. No bytes, no disks that fail: those are the simulator's (`sim_world.ts`). So a run takes less than a millisecond.
 *
 * @module
 */

import type { Name } from "../names/name.ts";
import { covers, isSameVersion } from "../sync/order.ts";
import type { FileRecord, RootHash } from "../sync/record.ts";
import { replicaId } from "./records.ts";
import type { SimChance } from "./sim_chance.ts";
import { ModelPaths } from "./sync_model_disk.ts";
import type { ModelPeer } from "./sync_model_peer.ts";
import type { ModelRules } from "./sync_model_rules.ts";

/** Events after which a run is said never to come to rest. */
const EVENTS_MAX = 50_000;

export class ModelWorld {
  now = 1000;
  readonly peers: ModelPeer[] = [];
  readonly paths = new ModelPaths();
  readonly tracker: ModelTracker;
  readonly contents = new ModelContents();
  /** What happened, for people; `undefined` where nobody wants to know. */
  readonly trace: string[] | undefined;
  readonly faults: string[] = [];
  /** In the order of their times. */
  readonly #events: { readonly at: number; readonly act: () => void }[] = [];
  #count = 0;

  constructor(
    readonly chance: SimChance,
    readonly rules: ModelRules,
    wantsTrace: boolean,
  ) {
    this.trace = wantsTrace ? [] : undefined;
    this.tracker = new ModelTracker(this);
  }

  say(text: string): void {
    this.trace?.push(`${this.now} ${text}`);
  }

  at(time: number, act: () => void): void {
    let place = this.#events.length;
    while (place > 0 && this.#events[place - 1]!.at > time) place--;
    this.#events.splice(place, 0, { at: time, act });
  }

  later(ticks: number, act: () => void): void {
    this.at(this.now + ticks, act);
  }

  /** Lets time pass, and what is due happen. */
  run(ticks: number): void {
    const until = this.now + ticks;
    for (;;) {
      const next = this.#events[0];
      if (next === undefined || next.at > until) break;
      if (++this.#count > EVENTS_MAX) throw new Error("does not settle");
      this.#events.shift();
      this.now = Math.max(this.now, next.at);
      next.act();
    }
    this.now = until;
  }

  /** A live peer other than `not` that has the content. */
  hasHolder(root: RootHash, not: ModelPeer): boolean {
    return this.peers.some((peer) =>
      peer !== not && peer.isOnline && peer.holds(root)
    );
  }
}

/** What was written, from what, and what a user took away knowing it. */
export class ModelContents {
  readonly written: RootHash[] = [];
  readonly #before = new Map<RootHash, ReadonlySet<RootHash>>();
  readonly #gone = new Set<RootHash>();
  /** (replica, counter) -> what it names. */
  readonly #counted = new Map<string, RootHash | null>();

  /** A content that a user makes of `base`, which is gone then. */
  write(base: RootHash | undefined): RootHash {
    const number = this.written.length + 1;
    const root = `c${number}`.padEnd(43, "-");
    const before = new Set(base === undefined ? [] : this.#before.get(base));
    if (base !== undefined) {
      before.add(base);
      this.take(base);
    }
    this.#before.set(root, before);
    this.written.push(root);
    return root;
  }

  /** A user removed it, or it was found on an old disk after it had been deleted. */
  take(root: RootHash): void {
    this.#gone.add(root);
    for (const before of this.#before.get(root) ?? []) this.#gone.add(before);
  }

  lost(present: ReadonlySet<RootHash>): RootHash[] {
    return this.written.filter((root) =>
      !present.has(root) && !this.#gone.has(root)
    );
  }

  /** @returns whether the version's counter names nothing else */
  count({ stamp, vector, root }: FileRecord): boolean {
    const key = `${stamp.by} ${vector[stamp.by]}`;
    const other = this.#counted.get(key);
    if (other === undefined) this.#counted.set(key, root);
    return other === undefined || other === root;
  }
}

/** The winner of each path, and its number. */
export class ModelTracker {
  epoch = 0;
  seq = 0;
  readonly winners = new Map<Name, { record: FileRecord; seq: number }>();
  /** What won before, in this epoch. */
  readonly #earlier = new Map<Name, FileRecord[]>();
  #counter = 0;

  constructor(readonly world: ModelWorld) {}

  get replica(): string {
    return replicaId(`tracker${this.epoch}`);
  }

  put(from: ModelPeer, record: FileRecord): void {
    const { rules, contents, faults } = this.world;
    if (!contents.count(record)) faults.push(`counter of ${record.path}`);
    const winner = this.winners.get(record.path);
    const order = winner === undefined
      ? 1
      : isSameVersion(record, winner.record)
      ? 0
      : rules.compare(record, winner.record);
    if (order > 0) this.set(record, from);
    else from.send([winner!], this.seq);
  }

  /** Takes the record as the winner and tells all. */
  set(record: FileRecord, from: ModelPeer | undefined): void {
    const earlier = this.#earlier.get(record.path) ?? [];
    const isBack = earlier.some((old) =>
      !isSameVersion(old, record) && covers(old.vector, record.vector) &&
      !covers(record.vector, old.vector)
    );
    if (isBack) this.world.faults.push(`went back at ${record.path}`);
    earlier.push(record);
    this.#earlier.set(record.path, earlier);
    const kept = { record, seq: ++this.seq };
    this.winners.set(record.path, kept);
    for (const peer of this.world.peers) {
      if (peer !== from) peer.send([kept], kept.seq);
    }
    from?.send([kept], kept.seq);
  }

  /** All that the peer has not seen. */
  greet(peer: ModelPeer): void {
    const isOther = peer.epoch !== this.epoch;
    const news = [...this.winners.values()].filter(({ seq }) =>
      isOther || seq > peer.seq
    );
    peer.send(news, this.seq, this.epoch);
  }

  /** Its state is gone; connections, too. */
  forget(): void {
    this.epoch++;
    this.seq = 0;
    this.winners.clear();
    this.#earlier.clear();
  }

  /** Everybody is here and has told everything: what nobody has any more is given up. */
  giveUpLost(): void {
    const { peers, rules } = this.world;
    for (const { record } of [...this.winners.values()]) {
      const { path, root, kind } = record;
      if (root === null) continue;
      if (this.#isUnderFile(path)) {
        this.#bury(record);
        continue;
      }
      if (kind === "folder") continue;
      if (peers.some((peer) => peer.holds(root))) continue;
      let best: ModelPeer | undefined;
      for (const peer of peers) {
        const mine = peer.liveFile(path);
        if (mine === undefined) continue;
        const other = best?.liveFile(path);
        if (other === undefined || rules.compare(mine, other) > 0) best = peer;
      }
      if (best !== undefined) best.assertAgain(record);
      else this.#bury(record);
    }
  }

  /** Below a file, and nothing below it: whoever had it would have asserted the folder above again, against the file. */
  #isUnderFile(path: Name): boolean {
    const live = [...this.winners.values()].map(({ record }) => record)
      .filter(({ root }) => root !== null);
    return live.some(({ path: above, kind }) =>
      kind === "file" && path.startsWith(above + "/")
    ) && !live.some(({ path: below }) => below.startsWith(path + "/"));
  }

  #bury(record: FileRecord): void {
    this.set(
      this.world.rules.tombstone(record, {
        replica: this.replica,
        counter: ++this.#counter,
        now: this.world.now,
        witnessed: false,
      }),
      undefined,
    );
  }
}
