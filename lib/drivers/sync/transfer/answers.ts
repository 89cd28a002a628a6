/**
 * What is answered to a request of another peer: lines and bytes, put into the buffer that is written to it.
 *
 * @module
 */

import { BlockSet } from "../../../sync/block_set.ts";
import { HASH_BYTES } from "../../../sync/blocks.ts";
import type { RootHash } from "../../../sync/record.ts";
import {
  BODY_BYTES_MAX,
  FILES_BYTES_MAX,
  type TransferAnswer,
  type TransferFault,
  transferLine,
  type TransferRequest,
} from "../../../sync/transfer_messages.ts";
import type { Outbox } from "../../outbox.ts";
import type { HeldContent, HeldContents } from "./held_contents.ts";

/** Room for a line in front of bytes. */
const LINE_BYTES = 128;
/** Less is not put behind what waits already: it is written first. */
const LEAST_PIECE_BYTES = 64 * 1024;

export interface AnswersOptions {
  readonly out: Outbox;
  readonly held: HeldContents;
  readonly isCancelled: (id: number) => boolean;
  /** The peer knows those blocks of `root` and wants to be told of more. @returns whether it is */
  readonly watch: (root: RootHash, known: BlockSet) => boolean;
  /** Bytes of contents that were put there. */
  readonly sent: (bytes: number) => void;
}

/** What is to be answered in its turn. */
export type Asked = Extract<
  TransferRequest,
  { readonly m: "get" | "files" | "list" | "bits" }
>;

export class Answers {
  readonly #options: AnswersOptions;

  constructor(options: AnswersOptions) {
    this.#options = options;
  }

  /** Puts the answer to `request` into the buffer; stands still whenever that has to be written first. */
  pieces(request: Asked): Generator<void> {
    switch (request.m) {
      case "get":
        return this.#get(request);
      case "files":
        return this.#files(request);
      case "list":
        return this.#list(request);
      case "bits":
        return this.#bits(request);
    }
  }

  *#get(
    { id, root, at, len }: Extract<Asked, { m: "get" }>,
  ): Generator<void> {
    const content = this.#options.held.find(root);
    if (content === undefined) return yield* this.#fault(id, "gone");
    try {
      if (at + len > content.size || !isThere(content, at, len)) {
        return yield* this.#fault(id, "gone");
      }
      yield* this.#content(content, { id }, at, len);
    } finally {
      content.release();
    }
  }

  *#files(
    { id, roots }: Extract<Asked, { m: "files" }>,
  ): Generator<void> {
    let bytes = 0;
    for (const [of, root] of roots.entries()) {
      const content = this.#options.held.find(root);
      if (content === undefined || !isThere(content, 0, content.size)) {
        content?.release();
        yield* this.#fault(id, "gone", of);
        continue;
      }
      try {
        bytes += content.size;
        if (bytes > FILES_BYTES_MAX) yield* this.#fault(id, "busy", of);
        else yield* this.#content(content, { id, of }, 0, content.size);
      } finally {
        content.release();
      }
    }
  }

  *#content(
    content: HeldContent,
    { id, of }: { readonly id: number; readonly of?: number },
    from: number,
    length: number,
  ): Generator<void> {
    const out = this.#options.out;
    let at = from;
    let left = length;
    while (left > 0) {
      if (this.#options.isCancelled(id)) {
        return yield* this.#fault(id, "cancelled");
      }
      // A full buffer where there is much; no crumbs where there is little room left.
      if (out.room - LINE_BYTES < Math.min(left, LEAST_PIECE_BYTES)) yield;
      const before = out.length;
      const len = Math.min(left, out.room - LINE_BYTES, BODY_BYTES_MAX);
      out.putText(transferLine({ m: "data", id, of, len }));
      if (!content.readAt(at, out.stage(len))) {
        out.cutTo(before);
        return yield* this.#fault(id, "changed", of);
      }
      this.#options.sent(len);
      at += len;
      left -= len;
    }
  }

  *#list({ id, root, at }: Extract<Asked, { m: "list" }>): Generator<void> {
    const list = this.#options.held.list(root);
    const hashes = list?.hashes.subarray(at * HASH_BYTES);
    if (hashes === undefined || hashes.length === 0) {
      return yield* this.#fault(id, "gone");
    }
    yield* this.#bytes(hashes.subarray(0, BODY_BYTES_MAX), (len) => ({
      m: "data",
      id,
      of: undefined,
      len,
    }));
  }

  *#bits({ id, root }: Extract<Asked, { m: "bits" }>): Generator<void> {
    const content = this.#options.held.find(root);
    if (content === undefined) return yield* this.#fault(id, "gone");
    content.release();
    const have = content.part?.have;
    const isWhole = have === undefined || have.isFull;
    const bits = isWhole ? new Uint8Array(0) : have.toBytes();
    if (!isWhole) {
      const known = BlockSet.fromBytes(bits, have.size)!;
      if (!this.#options.watch(root, known)) {
        return yield* this.#fault(id, "busy");
      }
    }
    yield* this.#bytes(
      bits,
      (len) => ({ m: "bits", id, whole: isWhole, len }),
    );
  }

  /** A line and bytes that may be more than fit the buffer. */
  *#bytes(
    bytes: Uint8Array,
    lineOf: (length: number) => TransferAnswer,
  ): Generator<void> {
    const out = this.#options.out;
    if (out.room < LINE_BYTES) yield;
    out.putText(transferLine(lineOf(bytes.length)));
    for (let at = 0; at < bytes.length;) {
      if (out.room === 0) yield;
      const piece = bytes.subarray(at, at + out.room);
      out.put(piece);
      at += piece.length;
    }
  }

  *#fault(id: number, code: TransferFault, of?: number): Generator<void> {
    if (this.#options.out.room < LINE_BYTES) yield;
    this.#options.out.putText(transferLine({ m: "err", id, of, code }));
  }
}

/** Whether those bytes are there, of a content of which maybe only a part is. */
function isThere(
  { part }: HeldContent,
  at: number,
  length: number,
): boolean {
  if (part === undefined || length === 0) return true;
  const blockBytes = 2 ** part.list.blockLog;
  const last = Math.floor((at + length - 1) / blockBytes);
  for (let i = Math.floor(at / blockBytes); i <= last; i++) {
    if (!part.have.has(i)) return false;
  }
  return true;
}
