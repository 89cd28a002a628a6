/**
 * Where others reach a peer: the machine its connection came from and the port it says, or what it advertises.
 *
 * @module
 */

import type { PeerInfo } from "../sync/tracker_messages.ts";

const WITH_PORT = /^(?:\[([^\]]*)\]|([^:[\]]*)):([0-9]{1,5})$/;
const BRACKETS = /^\[([^\]]*)\]$/;
const HOST = /^[0-9A-Za-z.:_-]{1,255}$/;

/**
 * @param remote the machine that the tracker sees
 * @param advertised `HOST`, `HOST:PORT`, `[::1]:PORT`; `undefined` to take what the tracker sees
 * @returns `undefined` if `advertised` is no address
 */
export function peerAddress(
  remote: string,
  port: number,
  advertised: string | undefined,
): Pick<PeerInfo, "host" | "port"> | undefined {
  // From the outside, that address would mean another machine.
  if (advertised === undefined) {
    return { host: isLoopback(remote) ? "" : remote, port };
  }
  const [, six, other, digits] = WITH_PORT.exec(advertised) ?? [];
  const host = six ?? other ?? BRACKETS.exec(advertised)?.[1] ?? advertised;
  const said = digits === undefined ? port : Number(digits);
  if (!HOST.test(host) || said > 65535) return undefined;
  return { host, port: said };
}

/** Host of `[::1]:43210` or `10.0.0.1:9`, without brackets. */
export function hostOf(address: string): string {
  const [, six, other] = WITH_PORT.exec(address) ?? [];
  return six ?? other ?? address;
}

function isLoopback(host: string): boolean {
  return host === "::1" || /^127\.[0-9.]+$/.test(host);
}
