/**
 * Direct messages to one person that are not known to be seen: kept to be said again when the connection is lost, or for
 * the first time when somebody away comes back. Bounded; the oldest go.
 *
 * @module
 */

import { LF } from "../bytes/ascii.ts";
import { LineBuffer } from "./line_buffer.ts";

/** Lines are kept and let go by so many bytes of them. */
const CHUNK_BYTES = 16 * 1024;

/** A line, and the ID in it. */
export interface KeptLine {
  readonly id: number;
  /** With its LF. */
  readonly bytes: Uint8Array;
}

interface Chunk {
  readonly lines: LineBuffer;
  /** Of each line. */
  readonly ids: number[];
}

export class Mailbox {
  readonly #bytesMax: number;
  #chunks: Chunk[] = [];
  #bytes = 0;
  /** Messages that went because there were too many. */
  dropped = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** How many bytes of lines are here. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds the line of `id`, which is in `bytes` from `from` to `to`. */
  put(id: number, bytes: Uint8Array, from: number, to: number): void {
    let last = this.#chunks.at(-1);
    if (last === undefined || last.lines.length >= CHUNK_BYTES) {
      last = { lines: new LineBuffer(), ids: [] };
      this.#chunks.push(last);
    }
    last.lines.putRange(bytes, from, to);
    last.ids.push(id);
    this.#bytes += to - from;
    while (this.#bytes > this.#bytesMax && this.#chunks.length > 1) {
      const oldest = this.#chunks.shift()!;
      this.#bytes -= oldest.lines.length;
      this.dropped += oldest.ids.length;
    }
  }

  /** Lets go what was seen: chunks whose last ID is not above `id`. */
  seen(id: number): void {
    let count = 0;
    for (const chunk of this.#chunks) {
      if (chunk.ids.at(-1)! > id) break;
      this.#bytes -= chunk.lines.length;
      count++;
    }
    if (count > 0) this.#chunks.splice(0, count);
  }

  /** The lines with an ID above `id`, in order. */
  *above(id: number): Iterable<KeptLine> {
    for (const { lines, ids } of this.#chunks) {
      const bytes = lines.bytes;
      let from = 0;
      for (const lineId of ids) {
        const to = bytes.indexOf(LF, from) + 1;
        if (lineId > id) {
          yield { id: lineId, bytes: bytes.subarray(from, to) };
        }
        from = to;
      }
    }
  }
}
