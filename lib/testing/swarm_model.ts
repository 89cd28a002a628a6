/**
 * Receivers of one content who ask each other by the rules of `Swarm`, in time steps: what each sender can send in a step is
 * shared among those who asked it. News of blocks are late, answers are lost, peers send wrong bytes.
 *
 * @module
 */

import { BlockSet, type Run } from "../sync/block_set.ts";
import { Swarm } from "../sync/swarm.ts";

/** How it goes. */
export interface SwarmModelOptions {
  /** 0 <= x < 1; the same sequence, the same run. */
  readonly chance: () => number;
  readonly blocks: number;
  readonly receivers: number;
  /** Who has all of it from the beginning. Default: 1. */
  readonly holders?: number;
  /** Blocks that the `i`-th peer, holders first, can send in a step. */
  readonly speedOf: (i: number) => number;
  /** Of the answers that are lost on their way. Default: 0. */
  readonly lossShare?: number;
  /** Of the blocks that are wrong, of the `i`-th peer. Default: 0. */
  readonly wrongShareOf?: (i: number) => number;
  /** A receiver begins up to so many steps later than the first. Default: 0. */
  readonly lateSteps?: number;
}

/** What became of it. */
export interface SwarmModelResult {
  /** Steps until all had everything; `undefined` if that did not happen. */
  readonly steps: number | undefined;
  /** Blocks that each peer has sent, holders first. */
  readonly sent: readonly number[];
  /** Blocks that came to a receiver who had them. */
  readonly twice: number;
}

const STEP_MS = 10;
/** News of blocks are collected for so many steps. */
const NEWS_STEPS = 5;
const STEPS_MAX = 50_000;
/** Runs that a receiver asks of one peer at the same time, and their blocks. */
const RUNS_MAX = 4;
const RUN_BLOCKS_MAX = 8;
const BLOCK_LOG = 19;

interface Asked {
  readonly by: Receiver;
  readonly run: Run;
  at: number;
}

interface Peer {
  readonly id: string;
  readonly speed: number;
  readonly wrongShare: number;
  readonly asked: Asked[];
  sent: number;
  /** `undefined`: everything. */
  readonly has: BlockSet | undefined;
}

interface Receiver extends Peer {
  readonly swarm: Swarm;
  readonly begins: number;
  /** What others know of it. */
  told: BlockSet;
}

/** Runs it to its end. */
export function runSwarmModel(options: SwarmModelOptions): SwarmModelResult {
  const model = new SwarmModel(options);
  for (let step = 0; step < STEPS_MAX; step++) {
    if (model.isOver) return model.resultOf(step);
    model.step(step);
  }
  return model.resultOf(undefined);
}

class SwarmModel {
  readonly #options: SwarmModelOptions;
  readonly #holders: Peer[];
  readonly #receivers: Receiver[];
  #twice = 0;

  constructor(options: SwarmModelOptions) {
    this.#options = options;
    const { holders = 1, receivers, blocks, chance } = options;
    this.#holders = Array.from({ length: holders }, (_, i) => ({
      ...this.#peer(i),
      has: undefined,
    }));
    this.#receivers = Array.from({ length: receivers }, (_, i) => {
      const peer = this.#peer(holders + i);
      const swarm = new Swarm("root", blocks, BLOCK_LOG, peer.id);
      return {
        ...peer,
        swarm,
        has: swarm.have,
        begins: Math.floor(chance() * (options.lateSteps ?? 0)),
        told: new BlockSet(blocks),
      };
    });
    const ids = this.#receivers.map(({ id }) => id);
    for (const { swarm } of this.#receivers) swarm.setReceivers(ids);
  }

  get isOver(): boolean {
    return this.#receivers.every(({ swarm }) => swarm.have.isFull);
  }

  resultOf(steps: number | undefined): SwarmModelResult {
    const peers = [...this.#holders, ...this.#receivers];
    return { steps, sent: peers.map(({ sent }) => sent), twice: this.#twice };
  }

  step(step: number): void {
    if (step % NEWS_STEPS === 0) this.#tellNews();
    const now = step * STEP_MS;
    for (const receiver of this.#receivers) {
      if (step >= receiver.begins) this.#ask(receiver, now);
    }
    for (const peer of [...this.#holders, ...this.#receivers]) {
      this.#send(peer, now);
    }
  }

  #peer(i: number): Omit<Peer, "has"> {
    const { speedOf, wrongShareOf = () => 0 } = this.#options;
    const id = i.toString(36).padStart(10, "0");
    return {
      id,
      speed: speedOf(i),
      wrongShare: wrongShareOf(i),
      asked: [],
      sent: 0,
    };
  }

  #tellNews(): void {
    for (const receiver of this.#receivers) {
      const runs = receiver.swarm.have.runsBeyond(receiver.told, Infinity);
      receiver.told = BlockSet.fromBytes(
        receiver.swarm.have.toBytes(),
        this.#options.blocks,
      )!;
      for (const { swarm, id } of this.#receivers) {
        if (id === receiver.id) continue;
        for (const run of runs) swarm.addBlocks(receiver.id, run);
      }
    }
  }

  #ask(receiver: Receiver, now: number): void {
    const { swarm } = receiver;
    for (const holder of this.#holders) {
      if (swarm.holds(holder.id) === undefined) {
        swarm.setHolder(holder.id, "whole");
      }
    }
    for (const other of this.#receivers) {
      if (other === receiver || other.told.count === 0) continue;
      if (swarm.holds(other.id) === undefined) {
        swarm.setHolder(
          other.id,
          BlockSet.fromBytes(other.told.toBytes(), this.#options.blocks)!,
        );
      }
    }
    for (const peer of [...this.#holders, ...this.#receivers]) {
      const mine = () => peer.asked.filter(({ by }) => by === receiver).length;
      while (mine() < RUNS_MAX) {
        const bytes = RUN_BLOCKS_MAX * 2 ** BLOCK_LOG;
        const run = swarm.next(peer.id, now, bytes);
        if (run === undefined) break;
        peer.asked.push({ by: receiver, run, at: run.at });
      }
    }
  }

  /** One block to each who asked, in turn. */
  #send(peer: Peer, now: number): void {
    const { chance, lossShare = 0 } = this.#options;
    for (let left = peer.speed; left > 0 && peer.asked.length > 0; left--) {
      if (left < 1 && chance() > left) return;
      const asked = peer.asked.shift()!;
      if (chance() < lossShare) {
        // The connection is lost: nothing of what was asked there comes.
        for (const lost of [asked, ...peer.asked]) {
          if (lost.by === asked.by) lost.by.swarm.removeHolder(peer.id);
        }
        const others = peer.asked.filter(({ by }) => by !== asked.by);
        peer.asked.splice(0, Infinity, ...others);
        continue;
      }
      this.#deliver(peer, asked, now);
      if (asked.at < asked.run.at + asked.run.count) peer.asked.push(asked);
      else asked.by.swarm.end(peer.id, asked.run);
    }
  }

  #deliver(peer: Peer, asked: Asked, now: number): void {
    const { swarm } = asked.by;
    const at = asked.at++;
    if (peer.has !== undefined && !peer.has.has(at)) {
      throw new Error("Asked for a block that is not there");
    }
    peer.sent++;
    if (swarm.have.has(at)) this.#twice++;
    else if (this.#options.chance() < peer.wrongShare) {
      swarm.wrong(peer.id, at);
    } else swarm.arrived(at, peer.id, now);
  }
}
