/**
 * A client's connection in HTTP/1.1.
 *
 * @module
 */

import { PeerError } from "../errors.ts";
import type { Channel } from "../io/channel.ts";
import type { Clock } from "../io/clock.ts";
import type { Name } from "../names/name.ts";
import { HttpLinkMachine } from "./http_link_machine.ts";
import { Link } from "./link.ts";

/** @typeParam T what is remembered with each request until it is answered */
export class HttpLink<T> extends Link<T> {
  readonly #machine: HttpLinkMachine<T>;

  /** @param authority host and port, as they stand in a URL */
  constructor(channel: Channel, clock: Clock, authority: string) {
    const machine = new HttpLinkMachine<T>(authority);
    super(channel, clock, machine);
    this.#machine = machine;
  }

  /** Also throws when the server has said that it will (`Connection: close`), whether or not it does. */
  override receive(): Promise<void> {
    return this.#machine.isOver
      ? Promise.reject(new PeerError("The server ended the connection"))
      : super.receive();
  }

  override requestBytesMax(name: Name): number {
    return this.#machine.requestBytesMax(name);
  }
}
