/**
 * The server's side of a chat connection, without any I/O: bytes are stored in `buffer`, events are asked for (`next`).
 * This file goes with docs/chat.md.
 *
 * `send` and `act`, which is what there is much of, are read from the bytes: no string is made, the event is one object
 * that is filled again, and its bytes are valid until the next event is asked for.
 *
 * @module
 */

import { CR, fromBytes, LF, parseCount } from "../bytes/ascii.ts";
import { ReceiveBuffer } from "../bytes/receive_buffer.ts";
import { languageOfLongLine, speaksHttp } from "../wire/sniff.ts";
import {
  type MutableSend,
  readPlainSend,
  type SendEvent,
} from "./plain_send.ts";

/** Bytes of a text. */
export const TEXT_BYTES_MAX = 4096;
/** Bytes of a line: a text, a name in characters of four bytes, and what stands in front. */
export const CHAT_LINE_BYTES_MAX = 5120;

const BUFFER_BYTES_MAX = 64 * 1024;

/** Why a line is refused. */
export type ChatCode =
  | "bad-line"
  | "bad-name"
  | "taken"
  | "unknown"
  | "too-long"
  | "not-joined"
  | "busy";

/** What `next` gives. */
export type ChatEvent =
  | {
    readonly kind: "join";
    readonly name: string;
    readonly key: string | undefined;
    /** `EPOCH.ID`, or `-`. */
    readonly since: string;
  }
  | SendEvent
  | { readonly kind: "seen"; readonly id: number }
  | { readonly kind: "nick"; readonly name: string }
  | { readonly kind: "history"; readonly count: number }
  | { readonly kind: "who" | "ping" | "pong" | "quit" }
  | {
    readonly kind: "refused";
    /** Of the message; 0 if it was none. */
    readonly number: number;
    readonly code: ChatCode;
    readonly text: string;
  }
  /** The connection speaks HTTP; what has arrived is in `buffer`, untouched. */
  | { readonly kind: "http" }
  | { readonly kind: "need-data" };

const NEED_DATA: ChatEvent = { kind: "need-data" };
const PIPE = 0x7c;
const ZERO = 0x30;
const NINE = 0x39;
const DEL = 0x7f;
const KEY = /^[0-9a-z]{16,64}$/;
const HISTORY_MAX = 10_000;

/** Whether `text` may be a KEY. */
export function isKey(text: string): boolean {
  return KEY.test(text);
}

/** Of a NUMBER: all of them can be counted. */
const NUMBER_DIGITS_MAX = 15;
const NUMBERED = "A message is send|NUMBER|TO|TEXT, or act";

/** The beginning of a line, in bytes. */
const SEND = [0x73, 0x65, 0x6e, 0x64, PIPE];
const ACT = [0x61, 0x63, 0x74, PIPE];

const NO_BYTES = new Uint8Array();

export class ChatServerConnection {
  /** What has arrived. Whoever takes the connection over for HTTP goes on from here. */
  readonly buffer = new ReceiveBuffer(BUFFER_BYTES_MAX);
  #isFirstLine = true;
  #skipsLine = false;
  /** What of the buffer is looked at, and how far it is understood; taken out of the buffer when more is needed. */
  #view: Uint8Array<ArrayBuffer> | undefined;
  #at = 0;
  readonly #send: MutableSend = {
    kind: "send",
    isAction: false,
    number: 0,
    bytes: NO_BYTES,
    view: new DataView(NO_BYTES.buffer),
    toStart: 0,
    toEnd: 0,
    textStart: 0,
    textEnd: 0,
  };

  /** @param speaks what is known to come: after the first line of HTTP was ruled out elsewhere, `lines` */
  constructor(speaks: "anything" | "lines" = "anything") {
    this.#isFirstLine = speaks === "anything";
  }

  /** The next thing that was said, or `need-data`. */
  next(): ChatEvent {
    this.#view ??= this.#look();
    for (;;) {
      const bytes = this.#view;
      const start = this.#at;
      if (this.#isPlainSend(start)) return this.#send;
      const end = bytes.indexOf(LF, start);
      if (end < 0 && bytes.length - start <= CHAT_LINE_BYTES_MAX) {
        return this.#needData();
      }
      if (end < 0 || end - start > CHAT_LINE_BYTES_MAX) {
        if (this.#isFirstLine && isLongHttp(bytes)) return { kind: "http" };
        const event = this.#skip(bytes, end);
        if (event !== undefined) return event;
        if (end < 0) return this.#needData();
        continue;
      }
      if (this.#skipsLine) {
        this.#skipsLine = false;
        this.#at = end + 1;
        continue;
      }
      const lineEnd = end > start && bytes[end - 1] === CR ? end - 1 : end;
      if (this.#isFirstLine) {
        this.#isFirstLine = false;
        if (speaksHttp(characters(bytes.subarray(start, lineEnd)))) {
          return { kind: "http" };
        }
      }
      this.#at = end + 1;
      if (lineEnd === start) continue;
      return this.#eventOf(bytes, start, lineEnd);
    }
  }

  #look(): Uint8Array<ArrayBuffer> {
    const bytes = this.buffer.peek();
    const { buffer, byteOffset, length } = bytes;
    this.#send.bytes = bytes;
    this.#send.view = new DataView(buffer, byteOffset, length);
    return bytes;
  }

  /** Whether the next line was read the short way, and is in `#send`. */
  #isPlainSend(start: number): boolean {
    if (this.#isFirstLine || this.#skipsLine) return false;
    const send = this.#send;
    if (!readPlainSend(send, start)) return false;
    const { textStart, textEnd } = send;
    if (
      textEnd - textStart > TEXT_BYTES_MAX ||
      textEnd - start > CHAT_LINE_BYTES_MAX
    ) return false;
    this.#at = textEnd + 1;
    return true;
  }

  #needData(): ChatEvent {
    // A line that is being skipped needs no room.
    this.buffer.take(this.#skipsLine ? this.buffer.length : this.#at);
    this.#view = undefined;
    this.#at = 0;
    return NEED_DATA;
  }

  /** Leaves out a line that is too long, and says so once. */
  #skip(bytes: Uint8Array<ArrayBuffer>, end: number): ChatEvent | undefined {
    const isNew = !this.#skipsLine;
    const start = this.#at;
    this.#skipsLine = end < 0;
    this.#at = end < 0 ? bytes.length : end + 1;
    this.#isFirstLine = false;
    if (!isNew) return undefined;
    const number = numberOf(bytes, start, bytes.length);
    const text = `A line has at most ${CHAT_LINE_BYTES_MAX} bytes`;
    return refused("too-long", text, number);
  }

  #eventOf(
    bytes: Uint8Array<ArrayBuffer>,
    start: number,
    end: number,
  ): ChatEvent {
    if (beginsWith(bytes, start, end, SEND)) {
      return this.#sendOf(bytes, start + SEND.length, end, false);
    }
    if (beginsWith(bytes, start, end, ACT)) {
      return this.#sendOf(bytes, start + ACT.length, end, true);
    }
    const line = fromBytes(bytes.subarray(start, end));
    if (line === undefined) return refused("bad-line", "That is not UTF-8");
    return parseOther(line);
  }

  /** `NUMBER|TO|TEXT` */
  #sendOf(
    bytes: Uint8Array<ArrayBuffer>,
    start: number,
    end: number,
    isAction: boolean,
  ): ChatEvent {
    let number = 0;
    let at = start;
    for (; at < end && at - start < NUMBER_DIGITS_MAX; at++) {
      const byte = bytes[at]!;
      if (byte < ZERO || byte > NINE) break;
      number = number * 10 + byte - ZERO;
    }
    if (at === end || bytes[at] !== PIPE || number < 1) {
      return refused("bad-line", NUMBERED);
    }
    const toStart = at + 1;
    let toEnd = toStart;
    while (toEnd < end && bytes[toEnd] !== PIPE) toEnd++;
    if (toEnd === toStart || toEnd === end) {
      return refused("bad-line", NUMBERED, number);
    }
    const textStart = toEnd + 1;
    if (textStart === end) {
      return refused("bad-line", "The message is empty", number);
    }
    if (end - textStart > TEXT_BYTES_MAX) {
      const text = `A message has at most ${TEXT_BYTES_MAX} bytes`;
      return refused("too-long", text, number);
    }
    if (!isText(bytes, toStart, end)) {
      const text = "A message is UTF-8, without CR and NUL";
      return refused("bad-line", text, number);
    }
    const send = this.#send;
    send.isAction = isAction;
    send.number = number;
    send.toStart = toStart;
    send.toEnd = toEnd;
    send.textStart = textStart;
    send.textEnd = end;
    return send;
  }
}

function beginsWith(
  bytes: Uint8Array,
  start: number,
  end: number,
  word: readonly number[],
): boolean {
  if (end - start < word.length) return false;
  for (let at = 0; at < word.length; at++) {
    if (bytes[start + at] !== word[at]) return false;
  }
  return true;
}

function isText(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte === 0 || byte === CR) return false;
    if (byte > DEL) return fromBytes(bytes.subarray(start, end)) !== undefined;
  }
  return true;
}

/** The NUMBER of a line that is a message, as far as it has one; 0. */
function numberOf(bytes: Uint8Array, start: number, end: number): number {
  const beginning = characters(
    bytes.subarray(start, Math.min(end, start + 32)),
  );
  const [, digits = "0"] = /^(?:send|act)\|(\d{1,15})\|/.exec(beginning) ?? [];
  return Number(digits);
}

/** Whether a connection begins with a line of HTTP that is too long for us; HTTP knows what to say of it. */
function isLongHttp(bytes: Uint8Array): boolean {
  return languageOfLongLine(characters(bytes.subarray(0, 32))) === "http";
}

/** Latin-1 keeps every byte apart, and only ASCII decides what is spoken. */
function characters(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function parseOther(line: string): ChatEvent {
  const at = line.indexOf("|");
  const word = at < 0 ? line : line.slice(0, at);
  const rest = at < 0 ? "" : line.slice(at + 1);
  if (/[\0\r]/.test(line)) {
    return refused("bad-line", "A line has no CR and no NUL inside");
  }
  switch (word) {
    case "join": {
      const [name = "", key = "-", since = "-", ...more] = rest.split("|");
      if (more.length > 0 || (key !== "-" && !isKey(key))) {
        return refused("bad-line", "To come in: join|NAME|KEY|SINCE");
      }
      return { kind: "join", name, key: key === "-" ? undefined : key, since };
    }
    case "seen": {
      const id = parseCount(rest);
      return id === undefined
        ? refused("bad-line", "What was seen: seen|ID")
        : { kind: "seen", id };
    }
    case "nick":
      return { kind: "nick", name: rest };
    case "history": {
      const count = parseCount(rest);
      return count === undefined || count > HISTORY_MAX
        ? refused("bad-line", "How many lines: history|COUNT")
        : { kind: "history", count };
    }
    case "who":
    case "ping":
    case "pong":
    case "quit":
      return line === word
        ? { kind: word }
        : refused("bad-line", `There is nothing behind ${word}`);
    case "send":
    case "act":
      return refused("bad-line", NUMBERED);
    default:
      return refused("bad-line", "Nobody knows what that means");
  }
}

function refused(code: ChatCode, text: string, number = 0): ChatEvent {
  return { kind: "refused", number, code, text };
}
