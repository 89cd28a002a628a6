/**
 * A client's connection in the wire protocol.
 *
 * @module
 */

import type { Channel } from "../io/channel.ts";
import type { Clock } from "../io/clock.ts";
import { ClientConnection } from "../wire/client_connection.ts";
import { Link } from "./link.ts";

/** @typeParam T what is remembered with each request until it is answered */
export class WireLink<T> extends Link<T> {
  constructor(channel: Channel, clock: Clock) {
    super(channel, clock, new ClientConnection<T>());
  }
}
