/**
 * All machines of a run and their tracker: what the plan says is done to them here.
 *
 * @module
 */

import { SimChance } from "./sim_chance.ts";
import { SimMachine, type SimSurroundings } from "./sim_machine.ts";
import { SimNetwork } from "./sim_network.ts";
import { SimOracle } from "./sim_oracle.ts";
import type { FaultStep, SimPlan, Step, UserStep } from "./sim_plan.ts";
import { RecordWatch } from "./sim_records.ts";
import { SimTime } from "./sim_time.ts";
import { SimTrace } from "./sim_trace.ts";
import { SimTracker } from "./sim_tracker.ts";

const TRACKER = { host: "10.0.1.1", port: 7000 };
/** Bytes a millisecond: what is written at once arrives a little later. */
const BANDWIDTH = 1000;

export class SimWorld {
  readonly time: SimTime;
  readonly trace: SimTrace;
  readonly network: SimNetwork;
  readonly oracle = new SimOracle();
  readonly records = new RecordWatch();
  readonly machines: readonly SimMachine[];
  readonly tracker: SimTracker;
  readonly #lossShare: number;
  /** Machines that are to be copies of others: nothing runs there before. */
  readonly #copies = new Set<SimMachine>();

  constructor(plan: SimPlan, isTraced: boolean) {
    const chance = new SimChance(plan.seed ^ 0x5eed);
    this.time = new SimTime(chance.fork());
    this.trace = new SimTrace(isTraced, () => this.time.now);
    this.time.trace = this.trace;
    this.network = new SimNetwork(this.time, chance.fork(), {
      delayMs: plan.delayMs,
      bandwidth: BANDWIDTH,
      slowShare: 0.02,
      pieceShare: 0.1,
    });
    this.#lossShare = plan.lossShare;
    const around: SimSurroundings = {
      time: this.time,
      chance,
      network: this.network,
      trace: this.trace,
      oracle: this.oracle,
      records: this.records,
      isElsewhere: (root, name) =>
        this.machines.some((machine) =>
          machine.name !== name && !this.#copies.has(machine) &&
          machine.holds(root)
        ),
      tracker: TRACKER,
    };
    this.tracker = new SimTracker(around);
    this.machines = plan.skewsMs.map((skewMs, at) =>
      new SimMachine(around, at, { skewMs, watches: plan.watches[at]! })
    );
    for (const step of plan.steps) {
      if (step.do === "copy-machine") this.#copies.add(this.machines[step.at]!);
    }
  }

  /** Everything runs, and the network is as bad as the plan says. */
  start(): void {
    this.network.lossShare = this.#lossShare;
    this.tracker.start();
    for (const machine of this.machines) {
      if (!this.#copies.has(machine)) machine.start();
    }
  }

  /** Does what the plan says. */
  act(step: Step): void {
    const { after: _, at, seed: __, ...what } = step;
    this.trace.add(`m${at}`, `step ${JSON.stringify(what)}`);
    if (isFault(step)) this.#fail(step, this.machines[at]!);
    else this.machines[at]!.user.act(step);
  }

  /** Nothing goes wrong any more, and everything runs. */
  heal(): void {
    this.network.unblockAll();
    this.network.lossShare = 0;
    this.tracker.start();
    for (const machine of this.machines) {
      machine.fillDisk(false);
      machine.isCorrupt = false;
      machine.isDeaf = false;
      machine.changesLeft = Infinity;
      machine.start();
      if (machine.hasMissedHints) void machine.peer?.scan().catch(() => {});
    }
    this.trace.add("world", "is healed");
  }

  /** Everything ends. */
  kill(): void {
    for (const machine of this.machines) machine.kill();
    this.tracker.kill();
  }

  #fail(step: Step & FaultStep, machine: SimMachine): void {
    switch (step.do) {
      case "offline":
        for (const { host } of [...this.machines, TRACKER]) {
          this.network.block(host, machine.host);
          this.network.block(machine.host, host);
        }
        return;
      case "online":
        return this.network.unblockAll();
      case "block": {
        const { host } = this.machines[step.other] ?? TRACKER;
        if (step.isInbound) this.network.block(host, machine.host);
        else this.network.block(machine.host, host);
        return;
      }
      case "lose-connection": {
        const { connections } = this.network;
        const found = connections[step.which % connections.length];
        if (step.seed % 3 === 2) found?.lose();
        else found?.lose(step.seed % 3 as 0 | 1);
        return;
      }
      case "kill":
        return machine.kill();
      case "power-cut":
        return machine.cutPower();
      case "start":
        return machine.start();
      case "stop":
        return void machine.stop();
      case "kill-later":
      case "power-cut-later":
        machine.changesLeft = step.operations;
        machine.end = step.do === "kill-later" ? "kill" : "power-cut";
        return;
      case "wipe-index":
        machine.wipeIndex();
        return machine.start();
      case "save-index":
        return machine.saveIndex();
      case "copy-machine":
        machine.becomeCopyOf(this.machines[step.of]!);
        return machine.start();
      case "roll-back-index":
        machine.rollBackIndex();
        return machine.start();
      case "set-clock":
        machine.skewMs = step.ms;
        return;
      case "fill-disk":
      case "free-disk":
        return machine.fillDisk(step.do === "fill-disk");
      case "corrupt":
      case "heal-source":
        machine.isCorrupt = step.do === "corrupt";
        return;
      case "drop-hints":
      case "give-hints":
        machine.isDeaf = step.do === "drop-hints";
        return;
      case "kill-tracker":
        return this.tracker.kill();
      case "start-tracker":
        return this.tracker.start();
      case "empty-tracker":
        // Who never joined would found another set of folders with it.
        if (this.machines.some(({ hasJoined }) => !hasJoined)) return;
        return this.tracker.empty();
      case "save-tracker":
        return this.tracker.save();
      case "roll-back-tracker":
        if (this.machines.some(({ hasJoined }) => !hasJoined)) return;
        return this.tracker.rollBack();
    }
  }
}

const USER_STEPS: { readonly [name in UserStep["do"]]: true } = {
  "write": true,
  "remove": true,
  "move": true,
  "make-folder": true,
  "chmod": true,
  "ignore": true,
  "litter": true,
  "tidy": true,
};

function isFault(step: Step): step is Step & FaultStep {
  return !(step.do in USER_STEPS);
}
