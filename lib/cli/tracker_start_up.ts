/**
 * What the tracker prints when it has started.
 *
 * @module
 */

import { visible } from "../names/escape.ts";
import { authority } from "../names/authority.ts";
import { httpUrl, type Reach, reachable } from "./addresses.ts";

/** The lines for stdout. The line with `port` is for scripts that said `--port 0`. */
export function trackerStartUpText(
  reach: Reach,
  data: string | undefined,
): string {
  const addresses = reachable(reach);
  const urls = addresses.map((address) => `  ${httpUrl(address, reach.port)}\n`)
    .join("");
  const kept = data === undefined
    ? "its state is in memory"
    : `its state is kept in ${visible(data)}`;
  const at = authority(addresses[0] ?? "::1", reach.port);
  return `Tracker on port ${reach.port}, ${kept}:\n${urls}` +
    `On every machine: peer.ts --tracker '${at}' --dir FOLDER. Stop with Ctrl-C.\n`;
}
