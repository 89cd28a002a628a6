/**
 * Ours as a contestant: a tracker and its peers, started as people start them.
 *
 * @module
 */

import { join } from "@std/path";
import type { PeerStatus } from "../../lib/sync/control_messages.ts";
import type { Bench } from "../job.ts";
import { freePort, outputOf } from "../processes.ts";
import type { Cluster, Contestant, Traffic } from "./cluster.ts";
import { Daemon } from "./daemon.ts";
import { until } from "./patience.ts";

const SETTLE_MS_MAX = 60_000;
const ASK_EVERY_MS = 50;

/** Ours, without any flag that makes it faster. */
export const landline: Contestant = {
  name: "landline",
  needs: ["landline"],
  async prepare(bench, place, count) {
    const folders: string[] = [];
    for (let index = 0; index < count; index++) {
      const folder = join(place, `folder-${index}`);
      await Deno.mkdir(folder, { recursive: true });
      folders.push(folder);
    }
    const cluster = new LandlineCluster(bench, folders);
    bench.keeper.later(() => cluster.stop());
    return cluster;
  },
};

class LandlineCluster implements Cluster {
  readonly folders: readonly string[];
  readonly #bench: Bench;
  #tracker: Daemon | undefined;
  #peers: Daemon[] = [];

  constructor(bench: Bench, folders: readonly string[]) {
    this.#bench = bench;
    this.folders = folders;
  }

  get pids(): readonly number[] {
    return this.#peers.map(({ pid }) => pid);
  }

  get sharedPids(): readonly number[] {
    return this.#tracker === undefined ? [] : [this.#tracker.pid];
  }

  async launch(): Promise<void> {
    const port = freePort();
    const tracker = new Daemon(this.#argv("tracker.ts", "--port", `${port}`));
    this.#tracker = tracker;
    await until({
      what: "the tracker to listen",
      everyMs: 2,
      msMax: SETTLE_MS_MAX,
      check: () => tracker.checkAlive(),
    }, () => listens(port));
    this.#peers = this.folders.map((folder, index) =>
      new Daemon(this.#argv(
        "peer.ts",
        "--tracker",
        `[::1]:${port}`,
        "--dir",
        folder,
        "--name",
        `peer-${index}`,
      ))
    );
  }

  async settled(): Promise<void> {
    for (const folder of this.folders) {
      await until({
        what: "all peers of landline, and nothing to do",
        everyMs: ASK_EVERY_MS,
        msMax: SETTLE_MS_MAX,
        check: () => this.checkAlive(),
      }, async () => {
        const status = await this.#status(folder).catch(() => undefined);
        return status !== undefined && status.isIdle &&
          status.tracker.state === "connected" &&
          status.peers.length === this.folders.length - 1;
      });
    }
  }

  /** Ours notices by itself. */
  tell(): Promise<void> {
    return Promise.resolve();
  }

  async traffic(): Promise<Traffic[]> {
    const all: Traffic[] = [];
    for (const folder of this.folders) all.push(await this.#status(folder));
    return all;
  }

  checkAlive(): void {
    this.#tracker?.checkAlive();
    for (const peer of this.#peers) peer.checkAlive();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#peers.map((peer) => peer.stop()));
    await this.#tracker?.stop();
  }

  #argv(script: string, ...args: readonly string[]): string[] {
    const path = join(this.#bench.root, script);
    return [Deno.execPath(), "run", "-A", path, ...args];
  }

  /** Throws Error when the peer does not run yet. */
  async #status(folder: string): Promise<PeerStatus> {
    return JSON.parse(
      await outputOf(
        this.#argv("peer.ts", "status", "--json", "--dir", folder),
      ),
    );
  }
}

async function listens(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "::1", port })).close();
    return true;
  } catch {
    return false;
  }
}
