/**
 * A client as a stranger would write it from docs/protocol.md: it shares no code with ours, so that both sides of ours
 * cannot be wrong in the same way. It sends raw bytes and tidies nothing up.
 *
 * @module
 */

import { BytePeer, joined } from "./byte_peer.ts";

/** An answer, whole. */
export interface WireAnswer {
  /** The line that ended it, or the `OK` line in front of its body. */
  readonly line: string;
  readonly body: Uint8Array;
  /** Key -> value of `line`. */
  readonly fields: ReadonlyMap<string, string>;
  /** The frames of a `DATA` answer: which stream, how many bytes. */
  readonly frames: readonly { readonly line: string; readonly bytes: number }[];
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Talks over a channel. */
export class WirePeer extends BytePeer {
  /** Sends the line `line` and gives its answer. */
  async ask(line: string): Promise<WireAnswer> {
    await this.send(line + "\n");
    return await this.answer();
  }

  /** The next line, without its LF. */
  async line(): Promise<string> {
    return decoder.decode(await this.lineBytes());
  }

  /** The next answer, with its body. */
  async answer(): Promise<WireAnswer> {
    const frames: { line: string; bytes: number }[] = [];
    const bodies: Uint8Array[] = [];
    for (;;) {
      const line = await this.line();
      const [kind, second = ""] = line.split(" ");
      if (kind === "OK") {
        const body = await this.bytes(Number(second));
        return { line, body, fields: fieldsOf(line), frames };
      }
      if (kind === "DATA") {
        frames.push({ line, bytes: Number(second) });
        bodies.push(await this.bytes(Number(second)));
        continue;
      }
      if (kind === "END" || kind === "ERR") {
        return { line, body: joined(bodies), fields: fieldsOf(line), frames };
      }
      throw new Error(`Not a reply: ${JSON.stringify(line.slice(0, 80))}`);
    }
  }
}

/** The text of UTF-8 `bytes`. */
export function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

function fieldsOf(line: string): Map<string, string> {
  const pairs = line.split(" ").filter((word) => word.includes("="));
  return new Map(pairs.map((word) => {
    const equals = word.indexOf("=");
    return [word.slice(0, equals), word.slice(equals + 1)];
  }));
}
