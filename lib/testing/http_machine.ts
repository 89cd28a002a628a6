/**
 * The server's HTTP machine as its tests talk to it: what it has heard, and what it tells.
 *
 * @module
 */

import { fromBytes, toBytes } from "../bytes/ascii.ts";
import {
  type HttpEvent,
  HttpServerConnection,
} from "../http/server_connection.ts";

/** Far enough apart that a test can tell which one it was. */
export const TIMES = { idleMsMax: 600, lineMsMax: 30, stallMsMax: 60 };
/** When a machine is made. */
export const BEGAN = 1000;

/** `machine` hears `text`, as from a socket. */
export function hear(
  machine: HttpServerConnection,
  text: string,
  now = BEGAN,
): void {
  for (let rest = toBytes(text); rest.length > 0;) {
    const space = machine.buffer.space();
    const count = Math.min(space.length, rest.length);
    space.set(rest.subarray(0, count));
    machine.commit(count, now);
    rest = rest.subarray(count);
  }
}

/** A machine that has heard `text` and given its first event. */
export function after(
  text: string,
  now = BEGAN,
): { machine: HttpServerConnection; event: HttpEvent } {
  const machine = new HttpServerConnection(TIMES, BEGAN);
  hear(machine, text, now);
  return { machine, event: machine.next(now) };
}

/** A request with these fields. */
export function request(line: string, ...fields: string[]): string {
  return [line + " HTTP/1.1", "Host: x", ...fields, "", ""].join("\r\n");
}

export const GET = request("GET /");
export const PUT_5 = request("PUT /a", "Content-Length: 5");
export const PUT_CHUNKED = request("PUT /a", "Transfer-Encoding: chunked");
export const EXPECTS_5 = request(
  "PUT /a",
  "Content-Length: 5",
  "Expect: 100-continue",
);

/** The kind of the next event, with the bytes of a piece of a body, the target of a request, the status of a fault. */
export function told(machine: HttpServerConnection, now = BEGAN): string {
  const event = machine.next(now);
  switch (event.kind) {
    case "request":
      return `request ${event.head.target}`;
    case "body":
      return `body ${fromBytes(event.bytes)}`;
    case "fault":
      return `fault ${event.refusal.status}`;
    default:
      return event.kind;
  }
}
