/**
 * A look at single answers, by the strict client that the tests have: what a load generator cannot see.
 *
 * @module
 */

import { TcpChannel } from "../lib/io/channel.ts";
import { type HttpAnswer, HttpPeer } from "../lib/testing/http_peer.ts";

/** A server that has not accepted a connection by then is not the one to be measured. */
const CONNECT_MS_MAX = 5000;

/** A connection to a server on [::1], which is asked for one file after the other. */
export class Probe {
  readonly #peer: HttpPeer;
  readonly #fields: Readonly<Record<string, string>>;

  constructor(peer: HttpPeer, host: string) {
    this.#peer = peer;
    this.#fields = { Host: host };
  }

  static async connect(port: number): Promise<Probe> {
    const channel = await TcpChannel.connect("::1", port, CONNECT_MS_MAX);
    return new Probe(new HttpPeer(channel), `[::1]:${port}`);
  }

  /** Fetches a file. Throws Error when the answer is no HTTP or anything but 200. */
  async get(name: string): Promise<HttpAnswer> {
    const answer = await this.#peer.ask(`GET /${name}`, this.#fields);
    if (answer.status !== 200) {
      throw new Error(`GET /${name} was answered ${answer.lines[0]}`);
    }
    return answer;
  }

  /** Throws Error unless the answer is 200 with exactly `content`; gives the bytes of the whole answer. */
  async check(name: string, content: Uint8Array): Promise<number> {
    const { lines, body } = await this.get(name);
    if (!sameBytes(body, content)) {
      throw new Error(`GET /${name} gave another content than the file has`);
    }
    const headBytes = lines.reduce((sum, line) => sum + line.length + 2, 2);
    return headBytes + body.length;
  }

  [Symbol.dispose](): void {
    this.#peer.close();
  }
}

/** Whether two contents are the same. */
export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length &&
    left.every((byte, at) => byte === right[at]);
}
