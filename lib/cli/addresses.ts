/**
 * Where a server can be reached.
 *
 * @module
 */

import { authority } from "../names/authority.ts";

/** What a server knows of that. */
export interface Reach {
  readonly flags: { readonly bind: readonly string[] };
  readonly port: number;
  /** Of this machine. */
  readonly addresses: readonly string[];
}

/** The URL that a phone in the same network has most use for. */
export function phoneUrl(reach: Reach): string | undefined {
  const [best] = reachable(reach).toSorted((a, b) => distance(a) - distance(b));
  return best === undefined ? undefined : httpUrl(best, reach.port);
}

/** The addresses under which it can be reached, as `--bind` says. */
export function reachable({ flags, addresses }: Reach): string[] {
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
export function httpUrl(address: string, port: number): string {
  return `http://${authority(address.replace("%", "%25"), port)}/`;
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
