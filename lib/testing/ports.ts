/**
 * Ports for what is started again where it was. One that the system chose for the first start is anybody's once that has
 * ended: on a busy machine another test's server was there before the second start.
 *
 * @module
 */

/** The system gives none of these away by itself (Linux begins at 32 768, others at 49 152). */
const FIRST = 12_000;
const COUNT = 20_000;

/** A port of this machine that is free, and that nobody gets who does not ask for just that one. */
export function ownPort(): number {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    try {
      Deno.listen({ hostname: "0.0.0.0", port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}

/** Nobody listens there. */
export const NOBODYS_PORT = 1;
