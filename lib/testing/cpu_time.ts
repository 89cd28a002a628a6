/**
 * How long something takes to work out, on a machine that is busy with other things too: what it costs is bounded by the
 * processor time of its own thread, since a clock goes on while others have the processor.
 *
 * @module
 */

import process from "node:process";

/** Processor time that this thread has used, in milliseconds; in steps of some ten. */
export function cpuTime(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
