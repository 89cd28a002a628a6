/**
 * Has the load generator do something.
 *
 * @module
 */

import { join } from "@std/path";
import type { Bench } from "../../job.ts";
import { outputOf, type RunningServer } from "../../processes.ts";
import type { DirectResult } from "../direct_load.ts";
import type { IdleResult } from "../idle_load.ts";
import type { Order } from "../load.ts";
import type { RoomResult } from "../room_load.ts";

/** What comes of which order. */
interface Results {
  readonly direct: DirectResult;
  readonly room: RoomResult;
  readonly idle: IdleResult;
}

/** An order, but for the server. */
type OrderOf<K extends keyof Results> = Omit<
  Extract<Order, { kind: K }>,
  "port" | "pid"
>;

/** Puts a load on `server`, from a process of its own. Throws Error with the load generator's reason when it fails. */
export async function putLoad<K extends keyof Results>(
  bench: Bench,
  { port, pid }: RunningServer,
  order: { readonly kind: K } & OrderOf<K>,
): Promise<Results[K]> {
  const program = join(bench.root, "bench/chat/load.ts");
  const argument = JSON.stringify({ ...order, port, pid });
  return JSON.parse(
    await outputOf([Deno.execPath(), "run", "-A", program, argument]),
  );
}
