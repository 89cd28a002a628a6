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

/** The URL that a phone in the same network has most use for. */
export function phoneUrl(startUp: StartUp): string | undefined {
  const [best] = reachable(startUp).toSorted((a, b) =>
    distance(a) - distance(b)
  );
  return best === undefined ? undefined : httpUrl(best, startUp.port);
}

function reachable({ flags, addresses }: StartUp): string[] {
  const all = flags.bind.length === 0
    ? addresses
    : flags.bind.flatMap((address) => expand(address, addresses));
  return [...new Set(all)];
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

/** For browsers, curl and the rest. A zone stands there as `%25` (RFC 6874 2). */
function httpUrl(address: string, port: number): string {
  return `http://${authority(address.replace("%", "%25"), port)}/`;
}

/** What client.ts takes in place of `--ip` and `--port`. */
function landlineUrl(address: string, port: number): string {
  return `landline://${authority(address, port)}/`;
}

function authority(address: string, port: number): string {
  return `${address.includes(":") ? `[${address}]` : address}:${port}`;
}

/**
 * Networks as they are told apart by their addresses, nearest to a phone first. Homes and offices use 192.168 and 10
 * (RFC 1918); containers and virtual machines mostly 172.16 and the following, where no phone is.
 */
const NETWORKS: readonly RegExp[] = [
  /^192\.168\./,
  /^10\./,
  /^172\.(?:1[6-9]|2\d|3[01])\./,
  /^(?!127\.|169\.254\.|0\.)[\d.]+$/,
  // A name was given to --bind: of whatever it is.
  /^(?!localhost$)[^:]*[a-z][^:]*$/i,
  /^(?!fe[89ab]|::1$).*:/i,
  /^169\.254\./,
  // Link-local: it needs a zone, which no browser takes.
  /^fe[89ab]/i,
];

function distance(address: string): number {
  const index = NETWORKS.findIndex((network) => network.test(address));
  return index < 0 ? NETWORKS.length : index;
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
