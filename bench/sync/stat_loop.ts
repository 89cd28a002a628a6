/**
 * A reader that looks at one path as fast as it can, in a process of its own, until it is told to end (SIGTERM). Then it says
 * how often it looked, how often nothing was there, and how often a size that nobody wrote.
 *
 *     deno run -A bench/sync/stat_loop.ts PATH LEAST_BYTES MOST_BYTES
 *
 * @module
 */

/** What it says on stdout, as JSON. */
export interface Looks {
  readonly calls: number;
  readonly absent: number;
  readonly odd: number;
}

/** Between two looks at whether it shall end. */
const CALLS_AT_ONCE = 5000;

async function watch(
  path: string,
  least: number,
  most: number,
): Promise<Looks> {
  const looks = { calls: 0, absent: 0, odd: 0 };
  let isOver = false;
  Deno.addSignalListener("SIGTERM", () => isOver = true);
  while (!isOver) {
    for (let call = 0; call < CALLS_AT_ONCE; call++) {
      looks.calls++;
      try {
        const { size } = Deno.statSync(path);
        if (size < least || size > most) looks.odd++;
      } catch {
        looks.absent++;
      }
    }
    // A signal is heard between two turns only.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return looks;
}

if (import.meta.main) {
  const [path = "", least, most] = Deno.args;
  const looks = await watch(path, Number(least), Number(most));
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(looks)));
  Deno.exit(0);
}
