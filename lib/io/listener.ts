/**
 * Listening: one port, IPv4 and IPv6 at once, on every address or on those that were named.
 *
 * @module
 */

import { EXIT, ProgramError } from "../errors.ts";
import { addressText, type Channel, TcpChannel } from "./channel.ts";
import { errnoOf, plainMessage } from "./os_faults.ts";

/** All addresses. `::` takes IPv4 too, but on Windows and where `bindv6only` is set. */
const EVERY_ADDRESS = ["::", "0.0.0.0"];

/** After an `accept` that failed because descriptors ran out: others must close first. */
const ACCEPT_PAUSE_MS = 100;

/** Who listens on a port: one alone, or the first or a further one of several threads (SO_REUSEPORT). */
export type PortSharing = "alone" | "first" | "further";

/** A port that listens. */
export class Listener {
  /** The port, also where 0 was asked for. */
  readonly port: number;
  readonly #sockets: Deno.TcpListener[];

  private constructor(sockets: Deno.TcpListener[], port: number) {
    this.#sockets = sockets;
    this.port = port;
  }

  /**
   * Listens on `port` (0 for any that is free).
   *
   * @param addresses to listen on; empty for all, IPv4 and IPv6
   * @param sharing whether other threads listen on it, too
   * @throws {ProgramError} with a sentence, if that cannot be done
   */
  static open(
    port: number,
    addresses: readonly string[],
    sharing: PortSharing = "alone",
  ): Listener {
    // Another program that shares its port would let us share it, too, and half of our clients would land there.
    if (sharing === "first" && port !== 0) {
      Listener.open(port, addresses, "alone").close();
    }
    const reusePort = sharing !== "alone";
    const sockets: Deno.TcpListener[] = [];
    let actualPort = port;
    const listen = (hostname: string) => {
      const socket = Deno.listen({ hostname, port: actualPort, reusePort });
      sockets.push(socket);
      actualPort = socket.addr.port;
    };
    try {
      if (addresses.length > 0) {
        for (const address of addresses) listen(address);
      } else {
        listenEverywhere(listen);
      }
    } catch (error) {
      for (const socket of sockets) socket.close();
      throw explained(error, actualPort);
    }
    return new Listener(sockets, actualPort);
  }

  /** The addresses that are listened on, `[::]:5000`. */
  get addresses(): string[] {
    return this.#sockets.map(({ addr }) =>
      addressText(addr.hostname, addr.port)
    );
  }

  /** Every connection that comes, until `close`. */
  async *connections(
    onTrouble: (text: string) => void,
  ): AsyncIterable<Channel> {
    const arrived: Channel[] = [];
    let wake = () => {};
    let open = this.#sockets.length;
    for (const socket of this.#sockets) {
      void acceptAll(
        socket,
        (channel) => (arrived.push(channel), wake()),
        onTrouble,
      ).then(() => (open--, wake()));
    }
    while (open > 0 || arrived.length > 0) {
      if (arrived.length === 0) {
        await new Promise<void>((resolve) => wake = resolve);
      }
      yield* arrived.splice(0);
    }
  }

  /** Stops listening. Connections that were taken go on. */
  close(): void {
    for (const socket of this.#sockets.splice(0)) socket.close();
  }
}

/** `::` alone where it takes IPv4 as well, both where each is for itself, IPv4 where there is no IPv6. */
function listenEverywhere(listen: (hostname: string) => void): void {
  const [six = "", four = ""] = EVERY_ADDRESS;
  try {
    listen(six);
  } catch (error) {
    // A machine without IPv6 says one of these; a port in use is a port in use.
    if (
      errnoOf(error) !== "EAFNOSUPPORT" && errnoOf(error) !== "EADDRNOTAVAIL"
    ) throw error;
    return listen(four);
  }
  try {
    listen(four);
  } catch (error) {
    // Nearly everywhere `::` has taken IPv4 too, and so the port is in use there: by us.
    if (errnoOf(error) !== "EADDRINUSE") throw error;
  }
}

async function acceptAll(
  socket: Deno.TcpListener,
  arrived: (channel: Channel) => void,
  onTrouble: (text: string) => void,
): Promise<void> {
  let troubled = false;
  for (;;) {
    try {
      arrived(new TcpChannel(await socket.accept()));
      troubled = false;
    } catch (error) {
      if (
        error instanceof Deno.errors.BadResource ||
        error instanceof Deno.errors.Interrupted
      ) return;
      // Out of descriptors, or a connection that was reset before it was taken: neither ends the service.
      if (!troubled) {
        onTrouble(`Cannot take a connection: ${plainMessage(error)}`);
      }
      troubled = true;
      await new Promise((resolve) => setTimeout(resolve, ACCEPT_PAUSE_MS));
    }
  }
}

function explained(error: unknown, port: number): ProgramError {
  const options = { cause: error };
  if (error instanceof Deno.errors.AddrInUse) {
    return new ProgramError(
      `Port ${port} is in use by another program. Choose another with --port, or --port 0 for any free one.`,
      EXIT.other,
      options,
    );
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return new ProgramError(
      `Port ${port} may not be used by this user: choose one above 1023.`,
      EXIT.denied,
      options,
    );
  }
  if (error instanceof Deno.errors.NotCapable) {
    return new ProgramError(
      `Deno was not allowed to listen: ${plainMessage(error)}`,
      EXIT.denied,
      options,
    );
  }
  return new ProgramError(
    `Cannot listen on port ${port}: ${plainMessage(error)}`,
    EXIT.other,
    options,
  );
}

/**
 * The addresses of this machine that others can reach, IPv4 first, loopback last; only loopback where Deno was not allowed
 * to ask (`--allow-sys=networkInterfaces`).
 */
export function ownAddresses(): string[] {
  const loopback = ["127.0.0.1", "::1"];
  let found: Deno.NetworkInterfaceInfo[];
  try {
    found = Deno.networkInterfaces();
  } catch {
    return loopback;
  }
  const outside = found
    .filter(({ address, scopeid }) =>
      !loopback.includes(address) && !address.startsWith("fe80") && !scopeid
    )
    .sort((a, b) => a.family < b.family ? -1 : a.family > b.family ? 1 : 0)
    .map(({ address }) => address);
  return [...outside, ...loopback];
}
