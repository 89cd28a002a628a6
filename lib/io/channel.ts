/**
 * A connection, as the drivers see it (`Channel`), and as it is (`TcpChannel`).
 *
 * @module
 */

import { authority } from "../names/authority.ts";

/** A byte stream in both directions. */
export interface Channel {
  /** Who is there, for logs: `[::1]:43210`. */
  readonly peer: string;
  /**
   * Reads at least one byte into `into`.
   *
   * @returns how many, or `undefined` when the peer has ended its side
   */
  read(into: Uint8Array): Promise<number | undefined>;
  /**
   * Writes a beginning of `bytes`, at least one byte.
   *
   * @returns how many
   */
  write(bytes: Uint8Array): Promise<number>;
  /** Tells the peer that nothing more will be written. */
  closeWrite(): Promise<void>;
  /** Ends the connection in both directions; a read or write under way fails. May be called again. */
  close(): void;
}

/** Host and port as they stand in a URL. An IPv4 client of a dual-stack socket is shown as IPv4. */
export function addressText(hostname: string, port: number): string {
  const host = hostname.startsWith("::ffff:") && hostname.includes(".")
    ? hostname.slice(7)
    : hostname;
  return authority(host, port);
}

/** A TCP connection. */
export class TcpChannel implements Channel {
  readonly peer: string;
  readonly #conn: Deno.TcpConn;
  #closed = false;

  constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
    this.peer = addressText(conn.remoteAddr.hostname, conn.remoteAddr.port);
    // Replies are joined before they are written (drivers/outbox.ts): waiting to join them again (Nagle) only costs time.
    try {
      conn.setNoDelay(true);
    } catch {
      // The peer is gone already; the first read will tell.
    }
  }

  /**
   * Connects to `hostname` and `port`.
   *
   * @param msMax give up after so many milliseconds
   * @throws what `Deno.connect` throws, or `DOMException` named `TimeoutError`
   */
  static async connect(
    hostname: string,
    port: number,
    msMax: number,
  ): Promise<TcpChannel> {
    const signal = AbortSignal.timeout(msMax);
    return new TcpChannel(await Deno.connect({ hostname, port, signal }));
  }

  async read(into: Uint8Array): Promise<number | undefined> {
    return await this.#conn.read(into) ?? undefined;
  }

  write(bytes: Uint8Array): Promise<number> {
    return this.#conn.write(bytes);
  }

  async closeWrite(): Promise<void> {
    await this.#conn.closeWrite();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#conn.close();
  }
}
