/**
 * Our own peers as black boxes: a tracker and peers as processes, on loopback.
 *
 * @module
 */

import type { ControlClient } from "../drivers/sync/control/control_client.ts";
import { connectToPeer } from "../programs/peer/connect.ts";
import type { BoxSite } from "./black_box_run.ts";
import { DiskFolder } from "./disk_folder.ts";
import { SyncSite } from "./sync_site.ts";
import { eventually, within } from "./within.ts";

/** Starts a tracker and `count` peers. */
export async function landlineBox(count: number): Promise<BoxSite> {
  await using stack = new AsyncDisposableStack();
  const site = stack.use(await SyncSite.start());
  const aside = stack.use(new DiskFolder());
  const names = Array.from({ length: count }, (_, at) => `peer-${at}`);
  const peers = names.map((name) => site.peer(name));
  // A folder in which nothing is left looks like an accident.
  peers[0]!.write("always here", "here\n");
  await Promise.all(peers.map((peer) => peer.start()));
  await site.settled();
  const clients: ControlClient[] = [];
  for (const { folder, name } of peers) {
    const client = await connectToPeer(folder);
    if (client === undefined) throw new Error(`${name} does not answer`);
    clients.push(client);
    stack.defer(() => client.close());
  }
  const owned = stack.move();
  return {
    folders: peers.map(({ folder }) => folder),
    aside: aside.path,
    async freeze(peer) {
      const { pid } = peers[peer]!.process;
      peers[peer]!.process.signal("SIGSTOP");
      await eventually(`peer ${peer} to stand still`, () => isStopped(pid));
    },
    thaw: (peer) => peers[peer]!.process.signal("SIGCONT"),
    // What `peer.ts wait --all` asks, without a process for each time.
    async quiet() {
      await Promise.all(clients.map((client, at) =>
        within(
          `all to have what peer ${at} has`,
          client.ask({ do: "wait", peer: undefined }),
        )
      ));
    },
    async clockError() {
      const errors = await Promise.all(clients.map(async (client) => {
        const { tracker } = await client.ask({ do: "status" });
        return Math.abs(tracker.offsetMs);
      }));
      return Math.max(...errors);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Whether all threads of a process stand still. */
export function isStopped(pid: number): boolean {
  for (const { name } of Deno.readDirSync(`/proc/${pid}/task`)) {
    const stat = Deno.readTextFileSync(`/proc/${pid}/task/${name}/stat`);
    // The name of the program, in parentheses, may have any character in it.
    if (!stat.slice(stat.lastIndexOf(")")).startsWith(") T")) return false;
  }
  return true;
}
