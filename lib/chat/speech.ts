/**
 * What is said: from a sender to everyone or to one name, and what the sender is told of it. This is the hot path: of a
 * message to one name no string, no object and no promise is made; its line is composed where it is written from.
 *
 * @module
 */

import { LF, toBytes } from "../bytes/ascii.ts";
import { LineBuffer } from "./line_buffer.ts";
import { type LineLog, NO_KEY } from "./line_log.ts";
import { fold } from "./names.ts";
import type { Outgoing } from "./outgoing.ts";
import type { Member, People, Person } from "./people.ts";
import type { SendEvent } from "./plain_send.ts";
import type { ChatCode } from "./server_connection.ts";
import type { Stamp } from "./stamp.ts";
import type { Unstored } from "./unstored.ts";

/** Lines of the room in memory. */
export const HISTORY_BYTES_MAX = 16 * 1024 * 1024;
/** Refusals that are told again to somebody who comes back: those of a pasted block of 50 lines. */
const REFUSALS_MAX = 64;
/** A longer name is no name, and is not repeated. */
const REPEATED_BYTES_MAX = 128;

const PIPE = 0x7c;
const TO_EVERYONE = 0x2a;
const ACTION = toBytes("action|");
const SENT = toBytes("sent|");

export interface SpeechOptions {
  readonly people: People;
  readonly history: LineLog;
  readonly ids: Stamp;
  readonly outgoing: Outgoing;
  readonly unstored: Unstored;
  /** Whether messages to people who are away are kept. */
  readonly keep: boolean;
}

export class Speech {
  readonly #options: SpeechOptions;
  #unacknowledged: Member[] = [];
  readonly #scratch = new LineBuffer();

  constructor(options: SpeechOptions) {
    this.#options = options;
  }

  /** Tells the time, in milliseconds since 1970. */
  tell(now: number): void {
    this.#options.ids.tell(now);
  }

  /** `sender` says something. */
  send(sender: Member, event: SendEvent): void {
    if (!sender.isUnacknowledged) {
      sender.isUnacknowledged = true;
      this.#unacknowledged.push(sender);
    }
    if (sender.record !== undefined) {
      // Sent again after a connection was lost: taken once (docs/chat.md, guarantee 2).
      if (event.number <= sender.number) return;
    }
    sender.number = event.number;
    const { bytes, toStart, toEnd } = event;
    if (toEnd === toStart + 1 && bytes[toStart] === TO_EVERYONE) {
      return this.#sayToAll(sender, event);
    }
    const to = this.#recipient(sender, bytes, toStart, toEnd);
    if (to === undefined) this.#refuseUnknown(sender, event);
    else this.#sayToOne(sender, to, event);
  }

  /** Tells `member` that a message of theirs, or another line (`number` 0), was not taken. */
  refuse(member: Member, number: number, code: ChatCode, text: string): void {
    const { outgoing, ids } = this.#options;
    const line = `refused|${number}|${code}|${text}\n`;
    outgoing.say(member.port, line);
    const refusals = member.record?.refusals;
    if (number === 0 || refusals === undefined) return;
    refusals.push({ line, id: ids.value });
    if (refusals.length > REFUSALS_MAX) refusals.shift();
  }

  /** NUMBERs are stored before they are acknowledged. */
  collectNumbers(): void {
    for (const { record, number } of this.#unacknowledged) {
      if (record === undefined) continue;
      // The same KEY may have spoken on two connections in this turn.
      record.number = Math.max(record.number, number);
      this.#options.unstored.key(record);
    }
  }

  /** Acknowledges what was said, as it is stored now. */
  acknowledge(): void {
    const { outgoing } = this.#options;
    for (const member of this.#unacknowledged) {
      member.isUnacknowledged = false;
      member.port.out.put(SENT);
      outgoing.say(member.port, `${member.number}\n`);
    }
    this.#unacknowledged.length = 0;
  }

  /** Everything up to `id` that came to `person` directly was shown. */
  seen(person: Person, id: number): void {
    if (id <= person.seen) return;
    person.seen = id;
    person.mailbox.seen(id);
    this.#options.unstored.person(person);
  }

  /** Somebody without a KEY will not say what was seen: written is seen. */
  sawWritten({ person, port, record }: Member): void {
    if (record !== undefined || port.written < (person.told?.at ?? 0)) return;
    this.seen(person, port.written);
  }

  /** Whom the bytes name; the last one is remembered, as most people write to one person for a while. */
  #recipient(
    sender: Member,
    bytes: Uint8Array,
    from: number,
    to: number,
  ): Person | undefined {
    const { people } = this.#options;
    const last = sender.lastTo;
    if (last !== undefined && isSame(last.bytes, bytes, from, to)) {
      const { person } = last;
      // A name that is away may be forgotten by now.
      if (person.member !== undefined) return person;
      if (people.named(person.folded) === person) return person;
    }
    const folded = fold(new TextDecoder().decode(bytes.subarray(from, to)));
    const person = people.named(folded);
    sender.lastTo = person && { bytes: bytes.slice(from, to), person };
    return person;
  }

  #refuseUnknown(sender: Member, event: SendEvent): void {
    const { number, bytes, toStart, toEnd } = event;
    const name = toEnd - toStart > REPEATED_BYTES_MAX
      ? "that"
      : new TextDecoder().decode(bytes.subarray(toStart, toEnd));
    this.refuse(sender, number, "unknown", `There is nobody called ${name}`);
  }

  #sayToOne(sender: Member, to: Person, event: SendEvent): void {
    const { outgoing, unstored, ids, keep } = this.#options;
    const { member, mailbox } = to;
    if (member === undefined && !keep) {
      const text = `${to.shown} is away, and nothing is kept here`;
      return this.refuse(sender, event.number, "unknown", text);
    }
    const isPut = member !== undefined && !member.isBehind;
    const line = isPut ? member.port.out : this.#scratch;
    if (!isPut) line.clear();
    const from = line.length;
    this.#compose(line, sender.person, to, event);
    const { view, length } = line;
    mailbox.put(ids.value, view, from, length);
    unstored.line(view, from, length);
    if (member === undefined) {
      mailbox.keepForAway();
      outgoing.say(sender.port, `kept|${event.number}|${to.shown}\n`);
      return;
    }
    outgoing.wake(member.port);
    this.sawWritten(member);
  }

  #sayToAll(sender: Member, event: SendEvent): void {
    const { people, history, ids, outgoing, unstored } = this.#options;
    const line = this.#scratch;
    line.clear();
    this.#compose(line, sender.person, undefined, event);
    const { view, length } = line;
    const key = sender.record?.key ?? NO_KEY;
    if (history.put(ids.value, view, 0, length, key)) {
      history.keep(HISTORY_BYTES_MAX);
    }
    unstored.line(view, 0, length);
    for (const member of people.present) {
      if (member === sender || member.isBehind) continue;
      member.port.out.putRange(view, 0, length);
      outgoing.wake(member.port);
    }
  }

  /** `message|ID|TIME|FROM|TO|TEXT` with the next ID. */
  #compose(
    line: LineBuffer,
    sender: Person,
    to: Person | undefined,
    { isAction, view, textStart, textEnd }: SendEvent,
  ): void {
    const { ids } = this.#options;
    ids.next();
    if (isAction) line.put(ACTION);
    const start = isAction ? ids.idStart : 0;
    line.putRange(ids.view, start, ids.view.byteLength);
    line.put(sender.bytes);
    line.putByte(PIPE);
    if (to === undefined) line.putByte(TO_EVERYONE);
    else line.put(to.bytes);
    line.putByte(PIPE);
    line.putRange(view, textStart, textEnd);
    line.putByte(LF);
  }
}

function isSame(
  a: Uint8Array,
  bytes: Uint8Array,
  from: number,
  to: number,
): boolean {
  if (a.length !== to - from) return false;
  for (let at = 0; at < a.length; at++) {
    if (a[at] !== bytes[from + at]) return false;
  }
  return true;
}
