/**
 * What the chat server prints when it has started.
 *
 * @module
 */

import { visible } from "../names/escape.ts";
import { httpUrl, type Reach, reachable } from "./addresses.ts";

/** The lines for stdout. The line with `port` is for scripts that said `--port 0`. */
export function chatStartUpText(
  reach: Reach,
  data: string | undefined,
): string {
  const urls = reachable(reach).map((address) =>
    `  ${httpUrl(address, reach.port)}\n`
  ).join("");
  const kept = data === undefined
    ? "what is said is kept in memory"
    : `what is said is kept in ${visible(data)}`;
  return `Chat on port ${reach.port}, ${kept}:\n${urls}` +
    `In a browser, or: chat_client.ts --ip ADDRESS --port ${reach.port} --username NAME. Stop with Ctrl-C.\n`;
}
