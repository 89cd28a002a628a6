/**
 * The load generator, a process of its own: does what its argument asks (an order as JSON) and prints the result as JSON.
 *
 * @module
 */

import { type DirectOrder, loadDirect } from "./direct_load.ts";
import { type IdleOrder, loadIdle } from "./idle_load.ts";
import { loadRoom, type RoomOrder } from "./room_load.ts";

/** Everything that can be asked for. */
export type Order = DirectOrder | RoomOrder | IdleOrder;

function resultOf(order: Order) {
  switch (order.kind) {
    case "direct":
      return loadDirect(order);
    case "room":
      return loadRoom(order);
    case "idle":
      return loadIdle(order);
    default:
      throw order satisfies never;
  }
}

if (import.meta.main) {
  const write = (text: string, to: { writeSync(bytes: Uint8Array): number }) =>
    to.writeSync(new TextEncoder().encode(text + "\n"));
  try {
    write(JSON.stringify(resultOf(JSON.parse(Deno.args[0]!))), Deno.stdout);
  } catch (error) {
    // The last line is what a caller quotes when a program fails.
    write(error instanceof Error ? error.message : String(error), Deno.stderr);
    Deno.exit(1);
  }
}
