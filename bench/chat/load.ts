/**
 * The load generator, a process of its own: does what its argument asks (an order as JSON) and prints the result as JSON.
 *
 * @module
 */

import { type DirectOrder, loadDirect } from "./direct_load.ts";

/** Everything that can be asked for. */
export type Order = DirectOrder;

function resultOf(order: Order) {
  switch (order.kind) {
    case "direct":
      return loadDirect(order);
  }
}

if (import.meta.main) {
  const result = resultOf(JSON.parse(Deno.args[0]!));
  Deno.stdout.writeSync(
    new TextEncoder().encode(JSON.stringify(result) + "\n"),
  );
}
