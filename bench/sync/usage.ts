/**
 * What the peers take of the machine: processor, memory, and what goes over the loopback (Linux).
 *
 * @module
 */

import { processorSeconds } from "../chat/processor_time.ts";
import { familyOf, residentBytes } from "../processes.ts";
import type { Cluster } from "./cluster.ts";

/** Seconds of the processor that all processes of the cluster have taken so far, the shared ones too. */
export function clusterProcessorSeconds(cluster: Cluster): number {
  let total = 0;
  for (const pid of [...cluster.pids, ...cluster.sharedPids]) {
    for (const member of familyOf(pid)) total += processorSeconds(member);
  }
  return total;
}

/** Memory of one peer, its children included, in bytes. */
export interface Memory {
  /** Resident now. Pages shared with other processes count in full. */
  readonly resident: number;
  /** The most that was ever resident. */
  readonly peak: number;
  /** Now, where a page shared by n processes counts as one n-th: what these peers together take is the sum of it. */
  readonly proportional: number;
}

/** Of each peer. */
export function memoryOf(cluster: Cluster): Memory[] {
  return cluster.pids.map((pid) => {
    const family = familyOf(pid);
    return {
      resident: residentBytes(family, "VmRSS"),
      peak: residentBytes(family, "VmHWM"),
      proportional: family.reduce(
        (total, member) => total + proportionalBytes(member),
        0,
      ),
    };
  });
}

function proportionalBytes(pid: number): number {
  const text = Deno.readTextFileSync(`/proc/${pid}/smaps_rollup`);
  return Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1]) * 1024;
}

/**
 * Bytes that have gone over the loopback since the machine started, headers and acknowledgements included. Nobody's own
 * counter has to be believed; but everything else that talks to itself on this machine is in it.
 */
export function loopbackBytes(): number {
  const text = Deno.readTextFileSync("/proc/net/dev");
  return Number(/^\s*lo:\s*(\d+)/m.exec(text)?.[1]);
}
