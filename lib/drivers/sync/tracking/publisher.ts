/**
 * Tells the tracker this peer's versions that are newer than the winners, and keeps at it until each is acknowledged or
 * beaten. It keeps no list of them but for this connection: what is to be told follows from the records.
 *
 * @module
 */

import type { Name } from "../../../names/name.ts";
import { compareRecords, isSameVersion } from "../../../sync/order.ts";
import type { FileRecord } from "../../../sync/record.ts";
import { recordToJson } from "../../../sync/record_json.ts";
import {
  BATCH_RECORDS_MAX,
  type PeerMessage,
  type TrackerMessage,
} from "../../../sync/tracker_messages.ts";
import type { IndexWriter } from "../local/index_writer.ts";
import type { LocalTree } from "../local/local_tree.ts";
import { deepestFirst } from "../local/departures.ts";
import type { Register } from "./register.ts";
import type { World } from "../world.ts";

/** Changes of one burst go together. */
const GATHER_MS = 2;
const BATCH_CHARACTERS_MAX = 256 * 1024;
const IN_FLIGHT_MAX = 8;

type Ok = Extract<TrackerMessage, { m: "ok" }>;
type Rej = Extract<TrackerMessage, { m: "rej" }>;

export interface PublisherOptions {
  readonly world: World;
  readonly tree: LocalTree;
  readonly register: Register;
  readonly writer: IndexWriter;
  readonly over: AbortSignal;
  readonly say: (message: PeerMessage) => void;
  /** Whether the tracker can be told now: connected, its winners known, the clock right. */
  readonly isReady: () => boolean;
  /** The tracker has taken what was told of `path`. */
  readonly onTaken: (path: Name) => void;
  /** The winner at `path` changed, and it is not what was told. */
  readonly onWinner: (path: Name) => void;
  /** The tracker says that this stamp lies in the future. */
  readonly onClock: (record: FileRecord) => void;
  /** The tracker does not take it: why. */
  readonly onRefused: (path: Name, text: string) => void;
}

export class Publisher {
  readonly #options: PublisherOptions;
  readonly #waiting = new Set<Name>();
  readonly #inFlight = new Map<number, readonly FileRecord[]>();
  /** What is under way, by path. */
  readonly #saying = new Map<Name, FileRecord>();
  #lastId = 0;
  #isDue = false;
  /** Whether what the tracker knows already is to be told again. */
  #isAll = false;

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  /** Versions that are not acknowledged. */
  get unacknowledged(): number {
    return this.#waiting.size + this.#saying.size;
  }

  /** My version of `path` may be newer than the winner. */
  offer(path: Name): void {
    this.#waiting.add(path);
    this.#soon();
  }

  /**
   * Offers all that is newer than its winner: after the tracker has told its own.
   *
   * @param all whatever is as new as its winner, too
   */
  offerAll(all = false): void {
    const { tree, register } = this.#options;
    const plain: Name[] = [];
    const gone: Name[] = [];
    const moved: Name[] = [];
    for (const { record } of tree.entries()) {
      const winner = register.get(record.path)?.record;
      const order = winner === undefined ? 1 : compareRecords(record, winner);
      if (order < 0 || order === 0 && !all) continue;
      if (record.root === null) gone.push(record.path);
      else if (record.kind === "folder" && record.movedFrom !== undefined) {
        moved.push(record.path);
      } else plain.push(record.path);
    }
    // A folder that was moved behind all that it takes along: who hears of it last can move it in one step.
    const paths = [
      ...plain,
      ...gone.sort(deepestFirst),
      ...moved.sort(deepestFirst),
    ];
    for (const path of paths) this.#waiting.add(path);
    this.#isAll ||= all;
    this.#soon();
  }

  /** The connection is gone: what was under way may have arrived or not. */
  reset(): void {
    this.#inFlight.clear();
    this.#saying.clear();
    this.#waiting.clear();
    this.#isAll = false;
  }

  acknowledged(message: Ok): void {
    const { register, onTaken } = this.#options;
    this.#taken(message.id).forEach((record, at) => {
      const seq = message.seqs[at] ?? 0;
      // 0 of what was refused.
      if (seq === 0) return;
      register.take({ record, seq });
      onTaken(record.path);
    });
    register.reached(message.seq);
    this.flush();
  }

  refused(message: Rej): void {
    const record = this.#inFlight.get(message.id)?.[message.at];
    if (record === undefined) return;
    const { register, onWinner, onClock, onRefused } = this.#options;
    if (message.winner !== undefined) {
      if (register.take(message.winner)) onWinner(record.path);
    } else if (message.code === "clock") onClock(record);
    else onRefused(record.path, message.text);
  }

  #taken(id: number): readonly FileRecord[] {
    const records = this.#inFlight.get(id) ?? [];
    this.#inFlight.delete(id);
    for (const record of records) {
      if (this.#saying.get(record.path) === record) {
        this.#saying.delete(record.path);
      }
    }
    return records;
  }

  #soon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    const { world, over } = this.#options;
    void world.clock.sleep(GATHER_MS, over).then(() => {
      this.#isDue = false;
      if (!over.aborted) this.flush();
    });
  }

  /** Tells what waits, as far as it may. */
  flush(): void {
    const { isReady, say, writer } = this.#options;
    if (!isReady()) return;
    while (this.#waiting.size > 0 && this.#inFlight.size < IN_FLIGHT_MAX) {
      const records = this.#batch();
      if (records.length === 0) return;
      // Not to be forgotten by a crash once others have it: it would be made again, with other words.
      writer.flush();
      const id = ++this.#lastId;
      this.#inFlight.set(id, records);
      for (const record of records) this.#saying.set(record.path, record);
      say({ m: "put", id, records });
    }
    if (this.#waiting.size === 0) this.#isAll = false;
  }

  #batch(): readonly FileRecord[] {
    const { tree, register } = this.#options;
    const records: FileRecord[] = [];
    let characters = 0;
    for (const path of this.#waiting) {
      const mine = tree.get(path)?.record;
      const winner = register.get(path)?.record;
      const saying = this.#saying.get(path);
      const isNews = mine !== undefined &&
        (saying === undefined || !isSameVersion(saying, mine)) &&
        (winner === undefined || this.#isAll ||
          compareRecords(mine, winner) > 0);
      if (isNews) {
        const length = JSON.stringify(recordToJson(mine)).length;
        if (
          records.length >= BATCH_RECORDS_MAX ||
          records.length > 0 && characters + length > BATCH_CHARACTERS_MAX
        ) break;
        characters += length;
        records.push(mine);
      }
      this.#waiting.delete(path);
    }
    return records;
  }
}
