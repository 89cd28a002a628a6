/**
 * Syncthing for the black-box test of the sync (tools/sync_black_box.ts): what its checks find in another program says what
 * they can find.
 *
 * @module
 */

import type { BoxSite } from "../../lib/testing/black_box_run.ts";
import { isStopped } from "../../lib/testing/black_box_site.ts";
import { DiskFolder } from "../../lib/testing/disk_folder.ts";
import { eventually } from "../../lib/testing/within.ts";
import { familyOf, Keeper } from "../processes.ts";
import { pause } from "./patience.ts";
import { syncthingTold } from "./syncthing.ts";

/** What others have is asked for a moment after all was looked at. */
const NEWS_MS = 300;

/** Starts `count` of them. */
export async function syncthingBox(count: number): Promise<BoxSite> {
  await using stack = new AsyncDisposableStack();
  const disk = stack.use(new DiskFolder());
  const keeper = new Keeper();
  stack.defer(() => keeper.undoAll());
  const bench = {
    root: "",
    work: disk.path,
    disk: undefined,
    rounds: 1,
    tools: new Map<string, string>(),
    serverFlags: [],
    keeper,
    onProgress: () => {},
  };
  const cluster = await syncthingTold.prepare(bench, disk.path, count);
  await cluster.launch();
  await cluster.settled();
  Deno.mkdirSync(disk.at("aside"));
  // It is two processes.
  const pidsOf = (peer: number) => familyOf(cluster.pids[peer]!);
  const owned = stack.move();
  return {
    folders: cluster.folders,
    aside: disk.at("aside"),
    async freeze(peer) {
      const pids = pidsOf(peer);
      for (const pid of pids) Deno.kill(pid, "SIGSTOP");
      await eventually("it to stand still", () => pids.every(isStopped));
    },
    thaw(peer) {
      for (const pid of pidsOf(peer)) Deno.kill(pid, "SIGCONT");
    },
    async quiet() {
      for (let peer = 0; peer < count; peer++) await cluster.tell(peer, "");
      await pause(NEWS_MS);
      await cluster.settled();
    },
    // It does not look at the time, but at the dates of files.
    clockError: () => Promise.resolve(0),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
