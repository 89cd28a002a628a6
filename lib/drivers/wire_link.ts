/**
 * A client's connection in the wire protocol.
 *
 * @module
 */

import type { Channel } from "../io/channel.ts";
import type { Clock } from "../io/clock.ts";
import type { Name } from "../names/name.ts";
import { ClientConnection } from "../wire/client_connection.ts";
import { Link } from "./link.ts";

/** A request line without its name. */
const LINE_BYTES = 48;

/** Other characters than these take up to four bytes on a line, as UTF-8 or escaped. */
const PLAIN = /^[\x20-\x7e]*$/;

/** @typeParam T what is remembered with each request until it is answered */
export class WireLink<T> extends Link<T> {
  constructor(channel: Channel, clock: Clock) {
    super(channel, clock, new ClientConnection<T>());
  }

  override requestBytesMax(name: Name): number {
    return LINE_BYTES + name.length * (PLAIN.test(name) ? 1 : 4);
  }
}
