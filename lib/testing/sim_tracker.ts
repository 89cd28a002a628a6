/**
 * The tracker of a run of the simulator: the real one, on a machine whose clock is right, with a store that outlives it.
 *
 * @module
 */

import { TrackerHub } from "../drivers/tracker/tracker_hub.ts";
import type { TrackerStore } from "../io/tracker/store.ts";
import type { SimChance } from "./sim_chance.ts";
import type { SimSurroundings } from "./sim_machine.ts";
import { watchedRegister } from "./sim_records.ts";
import { SimStore } from "./sim_store.ts";
import { SimClock, SimProcess } from "./sim_time.ts";

const LIMITS = {
  peersMax: 100,
  beatMs: 5000,
  ttlMs: 15_000,
  recordsMax: 10_000,
};

export class SimTracker {
  readonly #around: SimSurroundings;
  readonly #chance: SimChance;
  #store: SimStore;
  #saved: SimStore | undefined;
  #watch: ReturnType<typeof watchedRegister>;
  #process: SimProcess | undefined;
  #hub: TrackerHub | undefined;
  #runs = 0;

  constructor(around: SimSurroundings) {
    this.#around = around;
    this.#chance = around.chance.fork();
    this.#store = new SimStore(this.#chance.letters(10));
    this.#watch = watchedRegister(around.records);
  }

  get host(): string {
    return this.#around.tracker.host;
  }

  /** The tracker that runs. */
  get hub(): TrackerHub | undefined {
    return this.#process?.isAlive ? this.#hub : undefined;
  }

  /** Starts it, if it does not run. */
  start(): void {
    if (this.#process?.isAlive) return;
    const { time, network, trace, tracker } = this.#around;
    const process = new SimProcess(`tracker.${++this.#runs}`);
    this.#process = process;
    const clock = new SimClock(time, process, () => 0);
    trace.add(process.name, "starts");
    const opening = TrackerHub.open({
      store: this.#storeOf(process),
      clock,
      log: {
        note: (text) => {
          if (process.isAlive) trace.add(process.name, `note: ${text}`);
        },
      },
      limits: LIMITS,
      newToken: () => this.#chance.letters(10),
    });
    void opening.then((hub) => {
      this.#hub = hub;
      network.listen(process, tracker.host, tracker.port, (channel) => {
        void hub.newSession(channel).serve();
      });
    });
  }

  kill(): void {
    if (!this.#process?.isAlive) return;
    this.#around.trace.add(this.#process.name, "killed");
    this.#process.kill("killed");
  }

  /** All it knew is gone. */
  empty(): void {
    this.kill();
    this.#store = new SimStore(this.#chance.letters(10));
    this.#watch = watchedRegister(this.#around.records);
    this.start();
  }

  save(): void {
    this.#saved = this.#store.copy();
  }

  /** An old copy of all it knew is put back. */
  rollBack(): void {
    if (this.#saved === undefined) return;
    this.kill();
    this.#store = this.#saved.copy();
    this.#watch = watchedRegister(this.#around.records);
    this.start();
  }

  /** The store as long as `process` lives. */
  #storeOf(process: SimProcess): TrackerStore {
    const store = this.#store;
    const watch = this.#watch;
    return {
      load: () => store.load(),
      put: async (offers) => {
        process.check();
        const results = await store.put(offers);
        for (const [at, { record }] of offers.entries()) {
          const seq = results[at];
          if (typeof seq === "number") watch({ record, seq });
        }
        process.check();
        return results;
      },
      setFolder: (folder) => (process.check(), store.setFolder(folder)),
      setEpoch: (epoch) => (process.check(), store.setEpoch(epoch)),
      watch: () => () => {},
      close: () => Promise.resolve(),
    };
  }
}
