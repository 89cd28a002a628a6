/**
 * What some act takes: time, processor, bytes. And how that stands in the table.
 *
 * @module
 */

import type { Row } from "../job.ts";
import { median, type Outcome } from "../measure.ts";
import type { Cluster, Traffic } from "./cluster.ts";
import { clusterProcessorSeconds, loopbackBytes, memoryOf } from "./usage.ts";

/** Of one run. */
export interface Taken {
  readonly seconds: number;
  /** Of all processes together. */
  readonly processorSeconds: number;
  /** Bytes that the first peer sent, by its own count. */
  readonly firstSent: number;
  /** Bytes over the loopback, by the kernel's count. */
  readonly wire: number;
  /** The most memory that any of the peers had resident since it started, in bytes. */
  readonly peakBytes: number;
}

const NONE: Traffic = { sent: 0, received: 0 };

/** Does `act`, which resolves when it is seen everywhere. With `isCold` the cluster does not run before it. */
export async function taken(
  cluster: Cluster,
  act: () => Promise<void>,
  isCold = false,
): Promise<Taken> {
  const [before = NONE] = isCold ? [] : await cluster.traffic();
  const processorBefore = isCold ? 0 : clusterProcessorSeconds(cluster);
  const wireBefore = loopbackBytes();
  const begun = performance.now();
  await act();
  const seconds = (performance.now() - begun) / 1000;
  const processorSeconds = clusterProcessorSeconds(cluster) - processorBefore;
  const wire = loopbackBytes() - wireBefore;
  const peakBytes = Math.max(...memoryOf(cluster).map(({ peak }) => peak));
  const [after = NONE] = await cluster.traffic();
  const firstSent = after.sent - before.sent;
  return { seconds, processorSeconds, firstSent, wire, peakBytes };
}

/** A line for each contestant: the time, and in the last column what else it took. */
export function takenRows(
  outcomes: readonly Outcome[],
  samples: ReadonlyMap<string, readonly Taken[]>,
): Row[] {
  return outcomes.map(({ name, values, failure }) => {
    if (failure !== undefined) {
      return { contender: name, result: failure, spread: "", rate: "" };
    }
    const middle = (of: (sample: Taken) => number) =>
      median(samples.get(name)!.map(of));
    return {
      contender: name,
      result: seconds(median(values)),
      spread: `${seconds(Math.min(...values))} - ${
        seconds(Math.max(...values))
      }`,
      rate: [
        `processor ${seconds(middle((sample) => sample.processorSeconds))}`,
        `first sends ${megabytes(middle((sample) => sample.firstSent))}`,
        `loopback ${megabytes(middle((sample) => sample.wire))}`,
        `peak ${megabytes(middle((sample) => sample.peakBytes))}`,
      ].join(", "),
    };
  });
}

export function seconds(value: number): string {
  return `${value.toFixed(2)} s`;
}

export function milliseconds(value: number): string {
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}

/** Of 10^6 bytes. */
export function megabytes(bytes: number): string {
  const value = bytes / 1e6;
  return `${value.toFixed(value < 10 ? 2 : 0)} MB`;
}
