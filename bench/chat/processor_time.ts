/**
 * The processor's time that a process has taken.
 *
 * @module
 */

/** The unit of /proc/PID/stat: USER_HZ, which is 100 on every Linux that people run. */
const TICKS_PER_SECOND = 100;

/** Seconds that all threads of `pid` have spent so far, in themselves and in the kernel. */
export function processorSeconds(pid: number): number {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  // The second field is the program's name in parentheses and may hold anything, so count from its end.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
