/**
 * Which protocol the client speaks with its server.
 *
 * @module
 */

import type { ClientCommand } from "../../cli/client_flags.ts";
import type { Link } from "../../drivers/link.ts";
import { addressText, type Channel } from "../../io/channel.ts";
import { systemClock } from "../../io/clock.ts";

/** Speaks a protocol on a channel. */
export type Linking = <T>(channel: Channel) => Link<T>;

/** The protocol that `command` names. No other one is loaded. */
export async function linkingOf(
  { protocol, host, port }: ClientCommand,
): Promise<Linking> {
  switch (protocol) {
    case "wire": {
      const { WireLink } = await import("../../drivers/wire_link.ts");
      return (channel) => new WireLink(channel, systemClock);
    }
    case "http": {
      const { HttpLink } = await import("../../drivers/http_link.ts");
      const authority = addressText(host, port);
      return (channel) => new HttpLink(channel, systemClock, authority);
    }
    default:
      throw protocol satisfies never;
  }
}
