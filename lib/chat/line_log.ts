/**
 * Lines in the order of their IDs, as they go over the wire. Bounded: the oldest go, and it is known that they did.
 *
 * They are kept in chunks, copied behind one another: an object for each line would be five times as large as the line.
 *
 * @module
 */

import { LF } from "../bytes/ascii.ts";
import { LineBuffer } from "./line_buffer.ts";

/** A chunk is full with so many bytes or lines; what is let go is let go by chunks. */
const CHUNK_BYTES = 16 * 1024;
const CHUNK_LINES = 128;

/** In place of the KEY of somebody who has none. */
export const NO_KEY = "";

/** What `LineLog` and `LineCursor` share. */
interface Chunk {
  readonly lines: LineBuffer;
  /** Of each line. */
  readonly ids: number[];
  /** KEY of who said it, where that is known. */
  readonly keys: (string | undefined)[];
}

export class LineLog {
  #chunks: Chunk[] = [];
  #bytes = 0;
  #length = 0;
  #goneTo = 0;
  #goneCount = 0;

  /** Bytes of all lines. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The ID of the newest line; 0. */
  get last(): number {
    return this.#chunks.at(-1)?.ids.at(-1) ?? 0;
  }

  /** How many lines there are. */
  get length(): number {
    return this.#length;
  }

  /**
   * Adds the line of `id`, which is in `source` from `from` to `to`, with its LF.
   *
   * @returns whether it begins a chunk: how much there is needs no look more often
   */
  put(
    id: number,
    source: DataView,
    from: number,
    to: number,
    key?: string,
  ): boolean {
    let last = this.#chunks[this.#chunks.length - 1];
    const isNew = last === undefined || last.lines.length >= CHUNK_BYTES ||
      last.ids.length >= CHUNK_LINES;
    if (last === undefined || isNew) {
      // Where one chunk was full, the next will be: it need not grow to that again.
      const lines = new LineBuffer(last?.lines.view.byteLength);
      last = { lines, ids: [], keys: [] };
      this.#chunks.push(last);
    }
    last.lines.putRange(source, from, to);
    last.ids.push(id);
    if (key !== undefined) last.keys[last.ids.length - 1] = key;
    this.#bytes += to - from;
    this.#length++;
    return isNew;
  }

  /** Lets the oldest go until there are no more than so many bytes and lines, but never the newest chunk. */
  keep(bytesMax: number, linesMax = Infinity): void {
    while (
      (this.#bytes > bytesMax || this.#length > linesMax) && this.dropOldest()
    );
  }

  /** Lets the oldest chunk go, as nobody has seen it; false if there is only the newest. */
  dropOldest(): boolean {
    const oldest = this.#chunks[0];
    if (this.#chunks.length < 2 || oldest === undefined) return false;
    this.#goneTo = oldest.ids.at(-1)!;
    this.#goneCount += oldest.ids.length;
    this.#shift();
    return true;
  }

  /** Lets go of chunks that have no ID above `id`: they are needed no more. */
  forget(id: number): void {
    while (this.#chunks.length > 0 && this.#chunks[0]!.ids.at(-1)! <= id) {
      this.#shift();
    }
    if (this.#goneTo <= id) this.#goneCount = 0;
  }

  /** Lines above `id` that had to go: so many at most. */
  goneAbove(id: number): number {
    return this.#goneTo <= id
      ? 0
      : Math.min(this.#goneCount, this.#goneTo - id);
  }

  /** The ID below the last `count` lines. */
  before(count: number): number {
    let left = count;
    for (let at = this.#chunks.length - 1; at >= 0; at--) {
      const { ids } = this.#chunks[at]!;
      if (left < ids.length) return ids[ids.length - left - 1]!;
      left -= ids.length;
    }
    return 0;
  }

  /** Goes through the lines with an ID above `id`, those that are put meanwhile, too. */
  above(id: number): LineCursor {
    return new LineCursor(this, id);
  }

  /** The first chunk with an ID above `id`; for `LineCursor`. */
  chunkAbove(id: number): Chunk | undefined {
    const chunks = this.#chunks;
    let low = 0;
    let high = chunks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (chunks[middle]!.ids.at(-1)! > id) high = middle;
      else low = middle + 1;
    }
    return chunks[low];
  }

  #shift(): void {
    const chunk = this.#chunks.shift()!;
    this.#bytes -= chunk.lines.length;
    this.#length -= chunk.ids.length;
  }
}

/** A place in a `LineLog`, in front of a line or at the end; it stays valid whatever is put and let go. */
export class LineCursor {
  readonly #log: LineLog;
  #last: number;
  #gone = 0;
  #chunk: Chunk | undefined;
  #at = 0;
  #from = 0;

  constructor(log: LineLog, id: number) {
    this.#log = log;
    this.#last = id;
  }

  /** The ID of the line behind this place; `undefined` if there is none by now. */
  get id(): number | undefined {
    for (;;) {
      const ids = this.#chunk?.ids ?? [];
      while (this.#at < ids.length) {
        const id = ids[this.#at]!;
        if (id > this.#last) return id;
        this.#pass();
      }
      const next = this.#log.chunkAbove(this.#last);
      if (next === undefined || next === this.#chunk) return undefined;
      this.#gone += this.#log.goneAbove(this.#last);
      this.#chunk = next;
      this.#at = this.#from = 0;
    }
  }

  /** How many lines, at most, had to go between those this place went through; asked after `id`. */
  takeGone(): number {
    const gone = this.#gone;
    this.#gone = 0;
    return gone;
  }

  /** The KEY of who said that line. */
  get key(): string | undefined {
    return this.#chunk?.keys[this.#at];
  }

  /** That line; valid until something is put. */
  get line(): Uint8Array<ArrayBuffer> {
    return this.#chunk!.lines.bytes.subarray(this.#from, this.#end());
  }

  /** Goes behind that line. */
  next(): void {
    this.#last = this.#chunk!.ids[this.#at]!;
    this.#pass();
  }

  #pass(): void {
    this.#from = this.#end();
    this.#at++;
  }

  #end(): number {
    return this.#chunk!.lines.bytes.indexOf(LF, this.#from) + 1;
  }
}
