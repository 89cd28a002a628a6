/**
 * The client's side of a connection to a chat server, without any I/O: bytes that arrive are stored (`buffer.space()` +
 * `buffer.commit()`, or `buffer.append()`), and `next` says line by line what they mean.
 *
 * A line that docs/chat.md ("From the server") does not allow is a `PeerError`, and so is everything behind it. A line
 * that begins with a word of its own may be said by a newer server, and is skipped.
 *
 * @module
 */

import { fromBytes, parseCount } from "../bytes/ascii.ts";
import { ReceiveBuffer } from "../bytes/receive_buffer.ts";
import { PeerError } from "../errors.ts";
import { CHAT_LINE_BYTES_MAX } from "./server_connection.ts";

/** A message or an action. */
export interface SaidLine {
  readonly kind: "message" | "action";
  /** From the history. */
  readonly isOld: boolean;
  readonly id: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly from: string;
  /** A name, or `*`. */
  readonly to: string;
  readonly text: string;
}

/** A line of the server's; field by field as in docs/chat.md. */
export type ServerLine =
  | SaidLine
  | {
    readonly kind: "joined";
    readonly name: string;
    readonly epoch: string;
    readonly number: number;
  }
  /** `id`, where the server tells it: the last there is by now. */
  | { readonly kind: "now"; readonly id: number | undefined }
  | { readonly kind: "sent"; readonly number: number }
  | { readonly kind: "kept"; readonly number: number; readonly name: string }
  | {
    readonly kind: "refused";
    readonly number: number;
    readonly code: string;
    readonly text: string;
  }
  /** Empty for the end of `names`. */
  | {
    readonly kind: "came" | "left" | "names";
    readonly names: readonly string[];
  }
  | { readonly kind: "renamed"; readonly from: string; readonly to: string }
  | { readonly kind: "missed"; readonly count: number }
  | { readonly kind: "ping" | "pong" }
  | { readonly kind: "bye"; readonly code: string; readonly text: string };

/** A few lines at once; the rest waits in the kernel. */
const BUFFER_BYTES_MAX = 64 * 1024;

/** What a line of any version begins with. Other protocols greet with capitals and digits. */
const WORD = /^[a-z][a-z0-9-]{0,31}$/;
/** Printable ASCII without `|`. */
const EPOCH = /^[!-{}~]{1,64}$/;

export class ClientConnection {
  readonly buffer = new ReceiveBuffer(BUFFER_BYTES_MAX);
  #fault: PeerError | undefined;

  /**
   * The next line, or `undefined` while its end has not arrived.
   *
   * @throws {PeerError} if the server does not speak this protocol, and from then on
   */
  next(): ServerLine | undefined {
    if (this.#fault !== undefined) throw this.#fault;
    try {
      for (;;) {
        const bytes = this.buffer.takeLine(CHAT_LINE_BYTES_MAX);
        if (bytes === undefined) return undefined;
        const text = bytes === "too-long" ? undefined : fromBytes(bytes);
        if (text === undefined) throw fault();
        const line = parseServerLine(text);
        if (line !== undefined) return line;
      }
    } catch (error) {
      if (error instanceof PeerError) this.#fault = error;
      throw error;
    }
  }
}

/**
 * What `text` says; `undefined` if it begins with a word that is not known here.
 *
 * @throws {PeerError}
 */
export function parseServerLine(text: string): ServerLine | undefined {
  const [word = "", rest] = partsOf(text, 2);
  switch (word) {
    case "message":
    case "action":
      return said(word, rest, false);
    case "old": {
      const [kind = "", oldRest] = partsOf(rest, 2);
      if (kind !== "message" && kind !== "action") throw fault();
      return said(kind, oldRest, true);
    }
    case "joined": {
      const [name, epoch = "", number] = partsOf(rest, 3);
      if (!EPOCH.test(epoch)) throw fault();
      return {
        kind: "joined",
        name: filled(name),
        epoch,
        number: counted(number),
      };
    }
    case "now":
      return { kind: "now", id: rest === undefined ? rest : counted(rest) };
    case "sent":
      return { kind: "sent", number: counted(rest) };
    case "kept": {
      const [number, name] = partsOf(rest, 2);
      return { kind: "kept", number: counted(number), name: filled(name) };
    }
    case "refused": {
      const [number, code, sentence = ""] = partsOf(rest, 3);
      return {
        kind: "refused",
        number: counted(number),
        code: filled(code),
        text: sentence,
      };
    }
    case "came":
    case "left":
      return { kind: word, names: filled(rest).split("|").map(filled) };
    case "names":
      return {
        kind: word,
        names: rest === undefined ? [] : rest.split("|").map(filled),
      };
    case "renamed": {
      const [from, to] = partsOf(rest, 2);
      return { kind: "renamed", from: filled(from), to: filled(to) };
    }
    case "missed":
      return { kind: "missed", count: counted(rest) };
    case "ping":
    case "pong":
      if (rest !== undefined) throw fault();
      return { kind: word };
    case "bye": {
      const [code, sentence = ""] = partsOf(rest, 2);
      return { kind: "bye", code: filled(code), text: sentence };
    }
    default:
      if (!WORD.test(word)) throw fault();
      return undefined;
  }
}

function said(
  kind: SaidLine["kind"],
  rest: string | undefined,
  isOld: boolean,
): SaidLine {
  const [id, time, from, to, text] = partsOf(rest, 5);
  return {
    kind,
    isOld,
    id: counted(id),
    time: counted(time),
    from: filled(from),
    to: filled(to),
    text: filled(text),
  };
}

/** The first `count` fields of `text`; the last of them has what is left, with every `|` in it. */
function partsOf(text: string | undefined, count: number): string[] {
  if (text === undefined) return [];
  return text.split("|", count - 1).concat(restOf(text, count - 1));
}

/** What is behind the first `count` fields of `text`: nothing, if there are no more. */
function restOf(text: string, count: number): string[] {
  let at = -1;
  for (let i = 0; i < count; i++) {
    at = text.indexOf("|", at + 1);
    if (at < 0) return [];
  }
  return [text.slice(at + 1)];
}

function counted(field: string | undefined): number {
  const count = parseCount(field ?? "");
  if (count === undefined) throw fault();
  return count;
}

function filled(field: string | undefined): string {
  if (field === undefined || field === "") throw fault();
  return field;
}

function fault(): PeerError {
  return new PeerError("The server does not speak the chat protocol");
}
