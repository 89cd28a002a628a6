/**
 * The address of a tracker, or of a peer, as people write it.
 *
 * @module
 */

import { parseServerAddress } from "./server_address.ts";

/** Where trackers are unless they say otherwise. */
export const TRACKER_PORT = 7000;

/** Host without brackets, and port. */
export interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

/**
 * What `text` says: `host`, `host:7000`, `[::1]:7000`, `::1`, `http://host:7000/` as the tracker prints it; `undefined` if
 * it is no address.
 *
 * @param usualPort where none is said
 */
export function parseHostAndPort(
  text: string,
  usualPort: number,
): HostAndPort | undefined {
  const bare = text.replace(/^(?:http|landline):\/\//, "").replace(/\/$/, "");
  // More than one colon and no brackets: an IPv6 address without a port.
  const isSix = /^[^[\]/]*:[^[\]/]*:[^[\]/]*$/.test(bare);
  if (/[[\]]/.test(bare) && !/^\[[^[\]]+\](?::\d+)?$/.test(bare)) {
    return undefined;
  }
  const found = parseServerAddress(
    `landline://${isSix ? `[${bare}]` : bare}/`,
    usualPort,
  );
  if (found === undefined || found.port < 1 || found.port > 65535) {
    return undefined;
  }
  return { host: found.host, port: found.port };
}
