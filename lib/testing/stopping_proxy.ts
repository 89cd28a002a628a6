/**
 * A proxy in front of a server whose line stands still after some bytes: nothing is lost, nothing ends, nothing more
 * comes. What is to be killed in the middle of a transfer can be killed without hurry.
 *
 * @module
 */

import { TcpChannel } from "../io/channel.ts";
import { within } from "./within.ts";

/** How far the line goes; in bytes, of all connections together. */
export interface Limits {
  readonly toClient?: number;
  readonly toServer?: number;
}

/** `await using` ends it. */
export class StoppingProxy implements AsyncDisposable {
  /** The requests that came by. */
  requests = "";
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #channels = new Set<TcpChannel>();
  readonly #stopped = Promise.withResolvers<void>();
  readonly #serving: Promise<void>;
  #isOver = false;
  readonly #left: { toClient: number; toServer: number };

  /** @param port of the server on this machine */
  constructor(port: number, { toClient, toServer }: Limits = {}) {
    this.#left = {
      toClient: toClient ?? Infinity,
      toServer: toServer ?? Infinity,
    };
    this.#serving = this.#serve(port);
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  /** Waits until the line stands still. */
  stopped(): Promise<void> {
    return within("the line to stand still", this.#stopped.promise);
  }

  /** Ends it; may be called again. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isOver) this.#listener.close();
    this.#isOver = true;
    for (const channel of this.#channels) channel.close();
    await this.#serving;
  }

  async #serve(port: number): Promise<void> {
    const all: Promise<void>[] = [];
    for await (const conn of this.#listener) {
      const client = new TcpChannel(conn);
      const server = await TcpChannel.connect("127.0.0.1", port, 10_000);
      this.#channels.add(client).add(server);
      all.push(
        this.#pass(server, client, "toClient"),
        this.#pass(client, server, "toServer"),
      );
    }
    await Promise.all(all);
  }

  async #pass(
    from: TcpChannel,
    to: TcpChannel,
    direction: "toClient" | "toServer",
  ): Promise<void> {
    const buffer = new Uint8Array(64 * 1024);
    try {
      for (;;) {
        const count = await from.read(buffer);
        if (count === undefined) return await to.closeWrite();
        // Large bodies are an upload's, and are not kept.
        if (direction === "toServer" && count < 8192) {
          this.requests += new TextDecoder().decode(buffer.subarray(0, count));
        }
        const passed = Math.min(count, this.#left[direction]);
        this.#left[direction] -= passed;
        for (let done = 0; done < passed;) {
          done += await to.write(buffer.subarray(done, passed));
        }
        if (passed < count) return this.#stopped.resolve();
      }
    } catch {
      // One side is gone.
      from.close();
      to.close();
    }
  }
}
