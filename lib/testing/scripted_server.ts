/**
 * A server that does as a test says, however wrong that is: a line comes in, the test's bytes go out. It shares no code
 * with ours.
 *
 * @module
 */

import type { Channel } from "../io/channel.ts";
import { TcpChannel } from "../io/channel.ts";
import { channelPair, type MemoryChannel } from "./memory_channel.ts";
import { WirePeer } from "./wire_peer.ts";

/**
 * What is answered to `line`: as it is, nothing for `""`; `undefined` ends the connection.
 *
 * @param connection counted from 0
 */
export type Script = (
  line: string,
  connection: number,
) => string | Uint8Array | undefined;

/** Answers on `channel` until its peer or the script ends it. */
export async function follow(
  script: Script,
  channel: Channel,
  connection = 0,
): Promise<void> {
  const peer = new WirePeer(channel);
  try {
    for (;;) {
      const answer = script(await peer.line(), connection);
      if (answer === undefined) return;
      await peer.send(answer);
    }
  } catch {
    // The other side is gone, as it may.
  } finally {
    peer.close();
  }
}

/** Connections in memory to a server that follows `script`. */
export function scriptedChannels(script: Script): () => MemoryChannel {
  let connections = 0;
  return () => {
    const [ours, theirs] = channelPair();
    void follow(script, theirs, connections++);
    return ours;
  };
}

/** A server on a free port of 127.0.0.1 that follows `script`. */
export class ScriptedServer implements AsyncDisposable {
  /** Every line that came in. */
  readonly lines: string[] = [];
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #serving: Promise<void>;
  readonly #channels = new Set<Channel>();

  constructor(script: Script) {
    this.#serving = this.#serve((line, connection) => {
      this.lines.push(line);
      return script(line, connection);
    });
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const channel of this.#channels) channel.close();
    await this.#serving;
  }

  async #serve(script: Script): Promise<void> {
    const all: Promise<void>[] = [];
    try {
      for await (const conn of this.#listener) {
        const channel = new TcpChannel(conn);
        this.#channels.add(channel);
        all.push(follow(script, channel, all.length));
      }
    } finally {
      await Promise.all(all);
    }
  }
}
