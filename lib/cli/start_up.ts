/**
 * What a server prints when it has started: where it can be reached, and what is allowed.
 *
 * @module
 */

import { visible } from "../names/escape.ts";
import { authority } from "../names/authority.ts";
import { httpUrl, type Reach, reachable } from "./addresses.ts";
import type { ServerFlags } from "./server_flags.ts";

export interface StartUp extends Reach {
  readonly flags: ServerFlags;
  /** The folder, absolute. */
  readonly root: string;
}

/** The lines for stdout. The line with `port` is for scripts that said `--port 0`. */
export function startUpText(startUp: StartUp): string {
  const { flags, root, port } = startUp;
  const urls = reachable(startUp).map((address) =>
    [httpUrl(address, port), landlineUrl(address, port)] as const
  );
  const width = Math.max(...urls.map(([http]) => http.length));
  const lines = urls.map(([http, landline]) =>
    `  ${http.padEnd(width)}  ${landline}\n`
  ).join("");
  return `Serving ${visible(root)} on port ${port}, ${allowed(flags)}:\n` +
    `${lines}http for browsers, landline for client.ts. Stop with Ctrl-C.\n`;
}

/** What client.ts takes in place of `--ip` and `--port`. */
function landlineUrl(address: string, port: number): string {
  return `landline://${authority(address, port)}/`;
}

function allowed(flags: ServerFlags): string {
  const changes = [
    flags["allow-upload"] &&
    `uploads allowed (a name that is taken: ${flags["on-conflict"]})`,
    flags["allow-delete"] && "files may be deleted",
    flags["allow-run"] !== undefined &&
    `may run: ${visible(flags["allow-run"])}`,
  ].filter((text) => text !== false);
  return [
    ...changes.length > 0 ? changes : ["read-only"],
    ...flags.hidden ? ["hidden files shown"] : [],
    ...flags.cors ? ["pages of every site may read"] : [],
  ].join(", ");
}
