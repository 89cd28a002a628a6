/**
 * What a server prints when it has started: where it can be reached, and what is allowed.
 *
 * @module
 */

import { visible } from "../names/escape.ts";
import type { ServerFlags } from "./server_flags.ts";

export interface StartUp {
  readonly flags: ServerFlags;
  /** The folder, absolute. */
  readonly root: string;
  readonly port: number;
  /** Of this machine. */
  readonly addresses: readonly string[];
}

/** The lines for stdout. The line with `port` is for scripts that said `--port 0`. */
export function startUpText({ flags, root, port, addresses }: StartUp): string {
  const reachable = flags.bind.length === 0
    ? addresses
    : flags.bind.flatMap((address) => expand(address, addresses));
  const urls = [...new Set(reachable)].map((address) =>
    `  ${urlOf(address, port)}\n`
  ).join("");
  return `Serving ${visible(root)} on port ${port}, ${
    allowed(flags)
  }:\n${urls}Stop with Ctrl-C.\n`;
}

/** `landline://` URLs are what client.ts takes in place of `--ip` and `--port`. */
function urlOf(address: string, port: number): string {
  return `landline://${
    address.includes(":") ? `[${address}]` : address
  }:${port}/`;
}

function expand(
  bound: string,
  addresses: readonly string[],
): readonly string[] {
  if (bound === "::") return addresses;
  if (bound === "0.0.0.0") {
    return addresses.filter((address) => !address.includes(":"));
  }
  return [bound];
}

function allowed(flags: ServerFlags): string {
  const more = [
    flags["allow-upload"] &&
    `uploads allowed (a name that is taken: ${flags["on-conflict"]})`,
    flags["allow-run"] !== undefined &&
    `may run: ${visible(flags["allow-run"])}`,
    flags.hidden && "hidden files shown",
  ].filter((text) => text !== false);
  return more.length === 0 || (more.length === 1 && flags.hidden)
    ? ["read-only", ...more].join(", ")
    : more.join(", ");
}
