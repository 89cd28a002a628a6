/**
 * A chat server as a stranger would write it from docs/chat.md, and as small: it shares no code with ours. What it
 * acknowledged it remembers, whatever happens to connections.
 *
 * @module
 */

import type { Channel } from "../io/channel.ts";
import { WirePeer } from "./wire_peer.ts";

interface Message {
  readonly id: number;
  readonly kind: "message" | "action";
  readonly from: string;
  readonly to: string;
  readonly text: string;
}

export class ModelChat {
  /** Another one makes it a server that has forgotten everything. */
  epoch = "one";
  /** Whether it does anything with what it reads. */
  listens = true;
  /** Every line of every client. */
  readonly lines: string[] = [];
  readonly #messages: Message[] = [];
  readonly #numbers = new Map<string, number>();
  /** Of each name: the last ID that it said it saw. */
  readonly #seen = new Map<string, number>();
  readonly #here = new Map<string, WirePeer>();

  /** What was said, as `FROM>TO:TEXT`. */
  get said(): string[] {
    return this.#messages.map(({ from, to, text }) => `${from}>${to}:${text}`);
  }

  /** Forgets everything, as a server without `--data` that is started again. */
  forget(epoch: string): void {
    this.epoch = epoch;
    this.#messages.length = 0;
    this.#numbers.clear();
    this.#seen.clear();
  }

  /** Somebody says `text` to `to`. */
  say(
    from: string,
    to: string,
    text: string,
    kind: Message["kind"] = "message",
  ): void {
    const message = { id: this.#messages.length + 1, kind, from, to, text };
    this.#messages.push(message);
    for (const [name, peer] of this.#here) {
      if (isFor(message, name)) void send(peer, lineOf(message));
    }
  }

  /** Sends `line` to everyone, as it is. */
  tell(line: string): void {
    for (const peer of this.#here.values()) void send(peer, line);
  }

  /** Talks on `channel` until it ends. */
  async serve(channel: Channel): Promise<void> {
    const peer = new WirePeer(channel);
    let name = "";
    let key = "";
    try {
      for (;;) {
        const line = await peer.line();
        this.lines.push(line);
        if (!this.listens) await new Promise(() => {});
        const [word, ...fields] = line.split("|");
        if (word === "join") {
          [name = "", key = ""] = fields;
          await this.#join(peer, name, key, fields[2] ?? "-");
        } else if (word === "send" || word === "act") {
          const [number, to = "", ...text] = fields;
          if (Number(number) > (this.#numbers.get(key) ?? 0)) {
            this.#numbers.set(key, Number(number));
            const kind = word === "act" ? "action" : "message";
            this.say(name, to, text.join("|"), kind);
          }
          await peer.send(`sent|${number}\n`);
        } else if (word === "who") {
          const names = [...this.#here.keys()].join("|");
          await peer.send(`names|${names}\nnames\n`);
        } else if (word === "nick") {
          await peer.send(`renamed|${name}|${fields[0]}\n`);
        } else if (word === "history") {
          const last = this.#messages.slice(-Number(fields[0]));
          await peer.send(last.map((m) => "old|" + lineOf(m)).join(""));
          await peer.send("now\n");
        } else if (word === "seen") this.#seen.set(name, Number(fields[0]));
        else if (word === "ping") await peer.send("pong\n");
        else if (word === "quit") {
          await peer.send("bye|quit|See you\n");
          return;
        }
      }
    } catch {
      // The other side is gone, as it may.
    } finally {
      if (this.#here.get(name) === peer) this.#here.delete(name);
      peer.close();
    }
  }

  async #join(
    peer: WirePeer,
    name: string,
    key: string,
    since: string,
  ): Promise<void> {
    this.#here.set(name, peer);
    const number = this.#numbers.get(key) ?? 0;
    const [epoch, id] = since.split(".");
    const lines = epoch === this.epoch
      ? this.#messages.filter((m) => m.id > Number(id) && isFor(m, name))
        .map(lineOf)
      : [
        ...this.#messages.filter(({ to }) => to === "*")
          .map((m) => "old|" + lineOf(m)),
        ...this.#messages.filter(({ id, to }) =>
          to === name && id > (this.#seen.get(name) ?? 0)
        ).map(lineOf),
      ];
    await peer.send(
      `joined|${name}|${this.epoch}|${number}\n${lines.join("")}now\n`,
    );
  }
}

function isFor({ from, to }: Message, name: string): boolean {
  return from !== name && (to === "*" || to === name);
}

function lineOf({ kind, id, from, to, text }: Message): string {
  return `${kind}|${id}|1700000000000|${from}|${to}|${text}\n`;
}

async function send(peer: WirePeer, line: string): Promise<void> {
  try {
    await peer.send(line);
  } catch {
    // Gone; it will come back to it.
  }
}
