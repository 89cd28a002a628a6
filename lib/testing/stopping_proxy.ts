/**
 * A proxy in front of a server whose line stands still after some bytes: nothing is lost, nothing ends, nothing more
 * comes. What is to be killed in the middle of a transfer can be killed without hurry. A line can be cut as well, or crawl.
 *
 * @module
 */

import { writeAll } from "../drivers/line_writer.ts";
import { TcpChannel } from "../io/channel.ts";
import { within } from "./within.ts";

/** How far the line goes, in bytes of all connections together, and where it begins. */
export interface StoppingProxyOptions {
  readonly toClient?: number;
  readonly toServer?: number;
  /** Where clients connect. Default: any free port. */
  readonly port?: number;
}

/** `await using` ends it. */
export class StoppingProxy implements AsyncDisposable {
  /** The requests that came by. */
  requests = "";
  /** Bytes that came by, of all connections together. */
  readonly passed = { toClient: 0, toServer: 0 };
  readonly #listener: Deno.TcpListener;
  readonly #channels = new Set<TcpChannel>();
  #stopped = Promise.withResolvers<void>();
  readonly #serving: Promise<void>;
  #isOver = false;
  readonly #left: { toClient: number; toServer: number };
  #opened = Promise.withResolvers<void>();
  #crawling: ReturnType<typeof setInterval> | undefined;

  /** @param server its port on this machine */
  constructor(server: number, options: StoppingProxyOptions = {}) {
    const { toClient, toServer, port = 0 } = options;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port });
    this.#left = {
      toClient: toClient ?? Infinity,
      toServer: toServer ?? Infinity,
    };
    this.#serving = this.#serve(server);
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  /** Waits until the line stands still. */
  stopped(): Promise<void> {
    return within("the line to stand still", this.#stopped.promise);
  }

  /** Lets so many bytes more go to the client, and all to the server; what stood still goes on. By default all. */
  open(toClient = Infinity): void {
    clearInterval(this.#crawling);
    this.#letThrough(toClient);
  }

  /** Lets 8 KiB go to the client every 20 ms, which is 400 KB/s: a line that is slow, and never still for long. */
  crawl(): void {
    clearInterval(this.#crawling);
    this.#crawling = setInterval(() => this.#letThrough(8192), 20);
  }

  #letThrough(toClient: number): void {
    this.#left.toClient = toClient;
    this.#left.toServer = Infinity;
    this.#stopped = Promise.withResolvers();
    this.#opened.resolve();
    this.#opened = Promise.withResolvers();
  }

  /** Cuts all connections there are. New ones can be made. */
  cut(): void {
    for (const channel of this.#channels) channel.close();
    this.#channels.clear();
  }

  /** Ends it; may be called again. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isOver) this.#listener.close();
    this.#isOver = true;
    this.cut();
    this.open();
    await this.#serving;
  }

  async #serve(server: number): Promise<void> {
    const all: Promise<void>[] = [];
    for await (const conn of this.#listener) {
      const client = new TcpChannel(conn);
      let behind: TcpChannel;
      try {
        behind = await TcpChannel.connect("127.0.0.1", server, 10_000);
      } catch {
        // The server is gone, and may come back.
        client.close();
        continue;
      }
      this.#channels.add(client).add(behind);
      all.push(
        this.#pass(behind, client, "toClient"),
        this.#pass(client, behind, "toServer"),
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
        for (let done = 0; done < count;) {
          const passing = Math.min(count - done, this.#left[direction]);
          this.#left[direction] -= passing;
          const bytes = buffer.subarray(done, done + passing);
          await this.#write(to, bytes, direction);
          done += passing;
          if (done < count) {
            this.#stopped.resolve();
            await this.#opened.promise;
          }
        }
      }
    } catch {
      // One side is gone.
      from.close();
      to.close();
    }
  }

  async #write(
    to: TcpChannel,
    bytes: Uint8Array<ArrayBuffer>,
    direction: "toClient" | "toServer",
  ): Promise<void> {
    this.passed[direction] += bytes.length;
    await writeAll(to, bytes);
  }
}
