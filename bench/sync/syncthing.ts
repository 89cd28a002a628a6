/**
 * Syncthing as a contestant: on loopback only, nothing of it leaves the machine, its index and its keys below the place
 * of the run. Set up as its own documentation says it is fastest, with fsync and TLS, which is how it is used.
 *
 * @module
 */

import { join } from "@std/path";
import type { Bench } from "../job.ts";
import { freePort, outputOf } from "../processes.ts";
import type { Cluster, Contestant, Traffic } from "./cluster.ts";
import { Daemon } from "./daemon.ts";
import { until } from "./patience.ts";
import { configOf, type Device, REST_KEY } from "./syncthing_config.ts";

/** Its meshes come together by chance: 0 to 25 s with 3 peers, minutes with 20. */
const SETTLE_MS_MAX = 300_000;
const ASK_EVERY_MS = 100;

/** Left to notice changes itself, as soon as it can: its watcher gathers for a second at least. */
export const syncthing: Contestant = {
  name: "syncthing",
  needs: ["syncthing"],
  prepare: (bench, place, count) => prepare(bench, place, count, false),
};

/** Told of every change through its REST interface: the best it can do, for those who write a program for it. */
export const syncthingTold: Contestant = {
  name: "syncthing (REST scan)",
  needs: ["syncthing"],
  prepare: (bench, place, count) => prepare(bench, place, count, true),
};

async function prepare(
  bench: Bench,
  place: string,
  count: number,
  isTold: boolean,
): Promise<Cluster> {
  const devices: Device[] = [];
  for (let index = 0; index < count; index++) {
    const home = join(place, `home-${index}`);
    await outputOf([
      "syncthing",
      "generate",
      `--home=${home}`,
      "--no-default-folder",
      "--skip-port-probing",
    ]);
    const id = await outputOf(["syncthing", `--home=${home}`, "--device-id"]);
    const folder = join(place, `folder-${index}`);
    // Without this mark it takes the folder for one that is not mounted.
    await Deno.mkdir(join(folder, ".stfolder"), { recursive: true });
    devices.push({
      id: id.trim(),
      home,
      folder,
      port: freePort(),
      restPort: freePort(),
    });
  }
  for (const device of devices) {
    const config = configOf(device, devices);
    await Deno.writeTextFile(join(device.home, "config.xml"), config);
  }
  const cluster = new SyncthingCluster(devices, isTold);
  bench.keeper.later(() => cluster.stop());
  return cluster;
}

class SyncthingCluster implements Cluster {
  readonly sharedPids: readonly number[] = [];
  readonly folders: readonly string[];
  readonly #devices: readonly Device[];
  readonly #isTold: boolean;
  #daemons: Daemon[] = [];

  constructor(devices: readonly Device[], isTold: boolean) {
    this.#devices = devices;
    this.#isTold = isTold;
    this.folders = devices.map(({ folder }) => folder);
  }

  get pids(): readonly number[] {
    return this.#daemons.map(({ pid }) => pid);
  }

  launch(): Promise<void> {
    for (const { home } of this.#devices) {
      const switches = ["--no-browser", "--no-restart", "--no-upgrade"];
      this.#daemons.push(
        new Daemon(["syncthing", "serve", `--home=${home}`, ...switches], {
          STNOUPGRADE: "1",
          STNORESTART: "1",
        }),
      );
    }
    return Promise.resolve();
  }

  async settled(): Promise<void> {
    // One after the other: a peer that is ready stays so.
    for (const device of this.#devices) {
      await until({
        what: "all links of syncthing, and nothing to do",
        everyMs: ASK_EVERY_MS,
        msMax: SETTLE_MS_MAX,
        check: () => this.checkAlive(),
      }, () => this.#isSettled(device));
    }
  }

  async tell(index: number, path: string): Promise<void> {
    if (!this.#isTold) return;
    const sub = encodeURIComponent(path);
    await ask(this.#devices[index]!, `db/scan?folder=bench&sub=${sub}`, "POST");
  }

  traffic(): Promise<Traffic[]> {
    return Promise.all(this.#devices.map(async (device) => {
      const { total } = await connectionsOf(device);
      return { sent: total.outBytesTotal, received: total.inBytesTotal };
    }));
  }

  checkAlive(): void {
    for (const daemon of this.#daemons) daemon.checkAlive();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#daemons.map((daemon) => daemon.stop()));
  }

  async #isSettled(device: Device): Promise<boolean> {
    try {
      const { connections } = await connectionsOf(device);
      const links = Object.values(connections).filter(({ connected }) =>
        connected
      );
      if (links.length < this.#devices.length - 1) return false;
      const status = await ask(device, "db/status?folder=bench") as {
        state: string;
        needBytes: number;
      };
      return status.state === "idle" && status.needBytes === 0;
    } catch (error) {
      // It does not listen yet.
      if (error instanceof TypeError) return false;
      throw error;
    }
  }
}

/** The part of the answer that is read here. */
interface Connections {
  readonly connections: { readonly [id: string]: { connected: boolean } };
  readonly total: { inBytesTotal: number; outBytesTotal: number };
}

async function connectionsOf(device: Device): Promise<Connections> {
  return await ask(device, "system/connections") as Connections;
}

/** @throws {TypeError} if it does not listen */
async function ask(
  { restPort }: Device,
  what: string,
  method = "GET",
): Promise<unknown> {
  const answer = await fetch(`http://127.0.0.1:${restPort}/rest/${what}`, {
    method,
    headers: { "X-API-Key": REST_KEY },
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`syncthing: ${what}: ${text.trim()}`);
  return text === "" ? undefined : JSON.parse(text);
}
