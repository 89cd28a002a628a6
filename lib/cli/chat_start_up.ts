/**
 * What the chat server prints when it has started.
 *
 * @module
 */

import { isBlockedPort } from "./blocked_ports.ts";
import { visible } from "../names/escape.ts";
import { httpUrl, type Reach, reachable } from "./addresses.ts";

/**
 * The lines for stdout. The line with `port` is for scripts that said `--port 0`.
 *
 * @param webPort where browsers go
 */
export function chatStartUpText(
  reach: Reach,
  webPort: number,
  data: string | undefined,
): string {
  const urls = reachable(reach).map((address) =>
    `  ${httpUrl(address, webPort)}\n`
  ).join("");
  const kept = data === undefined
    ? "what is said is kept in memory"
    : `what is said is kept in ${visible(data)}`;
  const why = webPort === reach.port
    ? ""
    : ` (browsers go to ${webPort}${
      isBlockedPort(reach.port) ? `, as they refuse ${reach.port}` : ""
    })`;
  return `Chat on port ${reach.port}, ${kept}${why}:\n${urls}` +
    `In a browser, or: chat_client.ts --ip ADDRESS --port ${reach.port} --username NAME. Stop with Ctrl-C.\n`;
}
