/**
 * A peer as a stranger would write it from docs/sync.md: it shares no code with ours, so that both sides cannot be wrong in
 * the same way. It says raw lines and tidies nothing up.
 *
 * @module
 */

import type { Channel } from "../io/channel.ts";
import { within } from "./within.ts";

/** A message as JSON.parse gives it. */
// deno-lint-ignore no-explicit-any -- strangers know no types
export type Said = any;

const encoder = new TextEncoder();

export class TrackerPeer {
  readonly channel: Channel;
  readonly #decoder = new TextDecoder();
  #text = "";

  constructor(channel: Channel) {
    this.channel = channel;
  }

  /** Says `messages`, a line each; text as it is. */
  async say(...messages: unknown[]): Promise<void> {
    const lines = messages.map((message) =>
      typeof message === "string" ? message : JSON.stringify(message) + "\n"
    );
    const bytes = encoder.encode(lines.join(""));
    for (let done = 0; done < bytes.length;) {
      done += await this.channel.write(bytes.subarray(done));
    }
  }

  /** The next message; `undefined` at the end. */
  async next(): Promise<Said> {
    for (;;) {
      const end = this.#text.indexOf("\n");
      if (end >= 0) {
        const line = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 1);
        return JSON.parse(line);
      }
      const bytes = new Uint8Array(64 * 1024);
      const count = await within("a line", this.channel.read(bytes));
      if (count === undefined) return undefined;
      this.#text += this.#decoder.decode(bytes.subarray(0, count), {
        stream: true,
      });
    }
  }

  /** The next message `m`; those before it are left out. */
  async until(m: string): Promise<Said> {
    for (;;) {
      const message = await this.next();
      if (message === undefined) throw new Error(`The end came before "${m}"`);
      if (message.m === m) return message;
    }
  }

  /** Comes in, and reads up to the end of what it missed. @returns all records of that */
  async join(peer: string, more: object = {}): Promise<Said[]> {
    await this.say(hello(peer, more));
    const records: Said[] = [];
    for (;;) {
      const page = await this.until("snap");
      records.push(...page.records);
      if (!page.more) return records;
    }
  }

  close(): void {
    this.channel.close();
  }
}

/** What the peer `peer` says first. */
export function hello(peer: string, more: object = {}): object {
  return {
    m: "hello",
    proto: 1,
    peer: peer.padEnd(10, "0"),
    run: `run-${peer}`,
    name: peer,
    port: 7001,
    seq: 0,
    ...more,
  };
}

/** A version of the file `p`, made by `by` at `phys`. */
export function record(
  p: string,
  by: string,
  phys = 1000,
  more: object = {},
): Said {
  const replica = by.padEnd(10, "0");
  const h = `${p.replaceAll(/[^0-9a-z]/g, "")}${phys}`.slice(-40).padEnd(
    43,
    "_",
  );
  return {
    p,
    z: 5,
    m: phys,
    h,
    s: [phys, 0, replica],
    v: { [replica]: 1 },
    b: 17,
    ...more,
  };
}
