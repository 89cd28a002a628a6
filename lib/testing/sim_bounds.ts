/**
 * What a peer that has nothing to do may hold on to (I14): one connection to the tracker, one to each peer at most, and no
 * file.
 *
 * @module
 */

import type { SimConnection } from "./sim_connection.ts";
import type { SimMachine } from "./sim_machine.ts";

interface Connection {
  readonly ends: readonly {
    readonly isOver: boolean;
    readonly place: Pick<SimConnection["ends"][0]["place"], "host">;
  }[];
}

/** Where the bounds are passed, at rest. @param tracker the host of the tracker */
export function faultsOfBounds(
  machines: readonly Pick<SimMachine, "name" | "host" | "openFiles">[],
  network: { readonly connections: readonly Connection[] },
  tracker: string,
): string[] {
  const faults: string[] = [];
  const pairs = new Map<string, number>();
  /** Also those that are lost, and whose end is not known yet to who made them. */
  const kept = new Set<string>();
  for (const { ends } of network.connections) {
    const [from, to] = ends.map(({ place }) => place.host);
    const pair = `${from} to ${to}`;
    if (!ends[0]!.isOver) kept.add(pair);
    if (ends.some(({ isOver }) => isOver)) continue;
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
  }
  for (const [pair, count] of pairs) {
    if (count > 1) faults.push(`I14 ${count} connections from ${pair}`);
  }
  for (const { name, host, openFiles } of machines) {
    if (!kept.has(`${host} to ${tracker}`)) {
      faults.push(`I14 ${name} has no connection to the tracker`);
    }
    if (openFiles > 0) faults.push(`I14 ${name} has ${openFiles} files open`);
  }
  return faults;
}
