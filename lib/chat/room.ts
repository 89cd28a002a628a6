/**
 * The room: who is here, who is away, what was said, and what each of them is to be told. No I/O: everybody has a `Port`
 * with a buffer that lines are put into; whoever drives this writes the buffers out, after `settle`.
 *
 * A turn goes: any number of `join`, `handle`, `leave`; then `settle`, which stores what was said and then acknowledges
 * it; then the buffers of `due` are written. So nothing is acknowledged or shown before it is stored.
 *
 * @module
 */

import { LF, toBytes } from "../bytes/ascii.ts";
import { Counter, digitsOf } from "./digits.ts";
import { History } from "./history.ts";
import { LineBuffer } from "./line_buffer.ts";
import { Mailbox } from "./mailbox.ts";
import { fold, NameFault, toChatName } from "./names.ts";
import { formatNames } from "./name_lines.ts";
import { People, type Person, type Port } from "./people.ts";
import type { ChatCode, ChatEvent, SendEvent } from "./server_connection.ts";
import { loadStored } from "./stored_lines.ts";
import type { ChatStore, StoredPerson } from "./store.ts";

/** How a room differs from its defaults. */
export interface RoomOptions {
  /** Lines of the room that somebody new is told. */
  readonly history: number;
  /** Whether messages to people who are away are kept. */
  readonly keep: boolean;
  /** Names one history from another; that of `store` counts if it has one. */
  readonly epoch: string;
  readonly store?: ChatStore | undefined;
}

/** Lines of the room in memory, and messages to one person that are not known to be seen. */
const HISTORY_BYTES_MAX = 16 * 1024 * 1024;
const MAILBOX_BYTES_MAX = 1024 * 1024;

const PIPE = 0x7c;
const MESSAGE = toBytes("message|");
const ACTION = toBytes("action|");
const SENT = toBytes("sent|");
const TO_EVERYONE = 0x2a;

type JoinEvent = Extract<ChatEvent, { kind: "join" }>;

export class Room {
  readonly #options: RoomOptions;
  readonly #people = new People();
  readonly #history = new History(HISTORY_BYTES_MAX);
  readonly #epoch: string;
  readonly #ids: Counter;
  /** The time that lines carry, in milliseconds since 1970, as digits. */
  #time = digitsOf(0);
  #now = 0;
  /** What is to be stored with the next `settle`. */
  readonly #unstored = new LineBuffer();
  #firstUnstored = 0;
  readonly #unstoredNumbers = new Map<string, number>();
  readonly #unstoredPeople = new Map<string, StoredPerson>();
  /** Ports with something to write, and people whose messages are to be acknowledged. */
  #due: Port[] = [];
  #unacknowledged: Person[] = [];
  readonly #came = new Set<Person>();
  /** Folded name -> as it was shown. */
  readonly #left = new Map<string, string>();
  readonly #scratch = new LineBuffer();

  constructor(options: RoomOptions) {
    this.#options = options;
    const stored = options.store?.load();
    this.#epoch = stored?.epoch ?? options.epoch;
    this.#ids = new Counter(stored?.lastId ?? 0);
    if (stored !== undefined) {
      loadStored(stored, this.#people, this.#history, MAILBOX_BYTES_MAX);
    }
  }

  /** Tells this history from others. */
  get epoch(): string {
    return this.#epoch;
  }

  /** People who are here. */
  get size(): number {
    return this.#people.present.size;
  }

  /** Tells the time, in milliseconds since 1970; once a turn is enough. */
  tell(now: number): void {
    if (now === this.#now) return;
    this.#now = now;
    this.#time = digitsOf(now);
  }

  /** Somebody wants to come in. Their port is told, and closed if they cannot. */
  join(port: Port, { name, key, since }: JoinEvent): Person | undefined {
    try {
      const { shown, folded } = toChatName(name);
      const there = this.#people.named(folded);
      if (there?.port !== undefined) {
        if (key === undefined || there.key !== key) {
          this.say(port, `refused|0|taken|There is a ${shown} here already\n`);
          return undefined;
        }
        this.bye(there.port, "replaced", "You have come in once more");
      }
      const person = there ??
        this.#people.add(shown, folded, new Mailbox(MAILBOX_BYTES_MAX));
      // Gone and back within a moment: nobody need be told.
      if (person.port === undefined && !this.#left.delete(folded)) {
        this.#came.add(person);
      }
      this.#people.enter(person, shown, port, key);
      this.#remember(person);
      const number = key === undefined ? 0 : this.#people.numberOf(key);
      person.number = person.acknowledged = number;
      this.say(port, `joined|${shown}|${this.#epoch}|${number}\n`);
      this.#replay(person, since);
      return person;
    } catch (error) {
      if (!(error instanceof NameFault)) throw error;
      this.say(port, `refused|0|bad-name|${error.message}\n`);
      return undefined;
    }
  }

  /** What somebody who is in says. */
  handle(person: Person, event: ChatEvent): void {
    switch (event.kind) {
      case "send":
        return this.#send(person, event);
      case "seen":
        return this.#seen(person, event.id);
      case "who":
        return this.#sayTo(
          person,
          formatNames("names", this.names()) + "names\n",
        );
      case "nick":
        return this.#rename(person, event.name);
      case "history":
        return this.#tellHistory(person, event.count);
      case "ping":
        return this.#sayTo(person, "pong\n");
      case "refused":
        return this.#refuse(person, event.number, event.code, event.text);
      case "join":
        return this.#refuse(person, 0, "bad-line", "You are in already");
      case "pong":
      case "quit":
      case "http":
      case "need-data":
        return;
      default:
        throw event satisfies never;
    }
  }

  /** The connection of `person` is over. */
  leave(person: Person, port: Port): void {
    if (person.port !== port) return;
    this.#people.leave(person);
    if (!this.#came.delete(person)) this.#left.set(person.folded, person.shown);
  }

  /** Names of those who are here, in order. */
  names(): string[] {
    return [...this.#people.present].map(({ shown }) => shown)
      .sort((a, b) => a.localeCompare(b));
  }

  /** Tells everyone who came and who left since the last time; false if nobody did. */
  tellComings(): boolean {
    if (this.#came.size === 0 && this.#left.size === 0) return false;
    const came = [...this.#came].map(({ shown }) => shown);
    const lines = toBytes(
      formatNames("came", came) + formatNames("left", [...this.#left.values()]),
    );
    this.#came.clear();
    this.#left.clear();
    for (const { port } of this.#people.present) this.#put(port!, lines);
    return true;
  }

  /**
   * Stores what was said since the last time, then acknowledges it.
   *
   * @throws what the store throws: then nothing was acknowledged, and nothing may be written
   */
  settle(): void {
    const { store } = this.#options;
    const isNew = this.#unstored.length > 0 || this.#unstoredNumbers.size > 0 ||
      this.#unstoredPeople.size > 0;
    if (store !== undefined && isNew) {
      store.commit({
        firstId: this.#firstUnstored,
        lastId: this.#ids.value,
        lines: this.#unstored.bytes,
        numbers: this.#unstoredNumbers,
        people: this.#unstoredPeople,
      });
      this.#unstored.clear();
      this.#unstoredNumbers.clear();
      this.#unstoredPeople.clear();
    }
    for (const person of this.#unacknowledged) this.#acknowledge(person);
    this.#unacknowledged.length = 0;
  }

  /** The ports that have something to write since the last time this was asked. */
  takeDue(): Port[] {
    const due = this.#due;
    this.#due = [];
    for (const port of due) port.isDue = false;
    return due;
  }

  /** Says `bye` to everyone. */
  byeToAll(code: string, text: string): void {
    for (const { port } of this.#people.present) this.bye(port!, code, text);
  }

  /** Says `bye|CODE|TEXT` to one, which is then closed. */
  bye(port: Port, code: string, text: string): void {
    this.say(port, `bye|${code}|${text}\n`);
    port.isEnding = true;
  }

  /** Says `line` to one. */
  say(port: Port, line: string): void {
    port.out.putText(line);
    this.wake(port);
  }

  #send(sender: Person, event: SendEvent): void {
    if (sender.key !== undefined) {
      // Sent again after a connection was lost: taken once (docs/chat.md, guarantee 2).
      if (event.number <= sender.number) {
        if (!sender.isUnacknowledged) this.#owe(sender);
        return;
      }
      this.#unstoredNumbers.set(sender.key, event.number);
    }
    const { bytes, toStart, toEnd } = event;
    const isToAll = toEnd === toStart + 1 && bytes[toStart] === TO_EVERYONE;
    if (isToAll) this.#sayToAll(sender, event);
    else {
      const to = this.#recipient(sender, bytes, toStart, toEnd);
      if (to === undefined) {
        this.#advance(sender, event.number);
        const name = new TextDecoder().decode(bytes.subarray(toStart, toEnd));
        return this.#refuse(
          sender,
          event.number,
          "unknown",
          `There is no ${name} here, and was none`,
        );
      }
      this.#sayToOne(sender, to, event);
    }
    this.#advance(sender, event.number);
  }

  #advance(sender: Person, number: number): void {
    sender.number = number;
    if (!sender.isUnacknowledged) this.#owe(sender);
  }

  #owe(sender: Person): void {
    sender.isUnacknowledged = true;
    this.#unacknowledged.push(sender);
  }

  #acknowledge(person: Person): void {
    person.isUnacknowledged = false;
    person.acknowledged = person.number;
    if (person.key !== undefined) {
      this.#people.setNumber(person.key, person.number);
    }
    const { port } = person;
    if (port === undefined) return;
    port.out.put(SENT);
    port.out.putText(`${person.number}\n`);
    this.wake(port);
  }

  /** Whom the bytes name; the last one is remembered, as most people write to one person for a while. */
  #recipient(
    sender: Person,
    bytes: Uint8Array,
    from: number,
    to: number,
  ): Person | undefined {
    const last = sender.lastTo;
    if (last !== undefined && isSame(last.bytes, bytes, from, to)) {
      if (last.person.folded === last.folded) return last.person;
    }
    const folded = fold(new TextDecoder().decode(bytes.subarray(from, to)));
    const person = this.#people.named(folded);
    if (person !== undefined) {
      sender.lastTo = { bytes: bytes.slice(from, to), folded, person };
    }
    return person;
  }

  #sayToOne(sender: Person, to: Person, event: SendEvent): void {
    const { port } = to;
    if (port === undefined && !this.#options.keep) {
      return this.#refuse(
        sender,
        event.number,
        "unknown",
        `${to.shown} is away, and nothing is kept here`,
      );
    }
    const line = port?.out ?? this.#scratch;
    if (port === undefined) line.clear();
    const from = line.length;
    this.#compose(line, sender, to, event);
    const bytes = line.bytes;
    if (port !== undefined) this.wake(port);
    else this.#sayTo(sender, `kept|${event.number}|${to.shown}\n`);
    if (port === undefined || to.key !== undefined) {
      to.mailbox.put(this.#ids.value, bytes, from, bytes.length);
    } else {
      // Somebody without a KEY will not say what was seen: written is seen.
      to.seen = this.#ids.value;
      this.#remember(to);
    }
    this.#store(bytes, from);
  }

  #sayToAll(sender: Person, event: SendEvent): void {
    const line = this.#scratch;
    line.clear();
    this.#compose(line, sender, undefined, event);
    const { bytes } = line;
    this.#history.put(this.#ids.value, bytes.slice());
    this.#store(bytes, 0);
    for (const { port } of this.#people.present) {
      if (port === sender.port) continue;
      port!.out.putRange(bytes, 0, bytes.length);
      this.wake(port!);
    }
  }

  /** `message|ID|TIME|FROM|TO|TEXT` with the next ID. */
  #compose(
    line: LineBuffer,
    sender: Person,
    to: Person | undefined,
    { isAction, bytes, textStart, textEnd }: SendEvent,
  ): void {
    this.#ids.next();
    if (this.#unstored.length === 0) this.#firstUnstored = this.#ids.value;
    const { digits } = this.#ids;
    line.put(isAction ? ACTION : MESSAGE);
    line.putRange(digits, 0, digits.length);
    line.putByte(PIPE);
    line.putRange(this.#time, 0, this.#time.length);
    line.putByte(PIPE);
    line.putRange(sender.bytes, 0, sender.bytes.length);
    line.putByte(PIPE);
    if (to === undefined) line.putByte(TO_EVERYONE);
    else line.putRange(to.bytes, 0, to.bytes.length);
    line.putByte(PIPE);
    line.putRange(bytes, textStart, textEnd);
    line.putByte(LF);
  }

  #store(bytes: Uint8Array, from: number): void {
    if (this.#options.store !== undefined) {
      this.#unstored.putRange(bytes, from, bytes.length);
    }
  }

  #seen(person: Person, id: number): void {
    if (id <= person.seen || id > this.#ids.value) return;
    person.seen = id;
    person.mailbox.seen(id);
    this.#remember(person);
  }

  #rename(person: Person, name: string): void {
    let next;
    try {
      next = toChatName(name);
    } catch (error) {
      if (!(error instanceof NameFault)) throw error;
      return this.#refuse(person, 0, "bad-name", error.message);
    }
    const there = this.#people.named(next.folded);
    if (there !== undefined && there !== person && there.port !== undefined) {
      return this.#refuse(
        person,
        0,
        "taken",
        `There is a ${next.shown} here already`,
      );
    }
    const before = person.shown;
    this.#people.rename(person, next.shown, next.folded);
    this.#remember(person);
    // What was kept for the name is for whoever has it now.
    if (there !== undefined && there !== person) {
      for (const { id, bytes } of there.mailbox.above(there.seen)) {
        this.#put(person.port!, bytes);
        person.mailbox.put(id, bytes, 0, bytes.length);
      }
    }
    const line = toBytes(`renamed|${before}|${next.shown}\n`);
    for (const { port } of this.#people.present) this.#put(port!, line);
  }

  #tellHistory(person: Person, count: number): void {
    const port = person.port!;
    for (const { bytes } of this.#history.last(count)) {
      this.#putOld(port, bytes);
    }
    this.say(port, "now\n");
  }

  /** What somebody who comes (back) is told: what came after `since`, or the last lines and what was kept. */
  #replay(person: Person, since: string): void {
    const port = person.port!;
    const { mailbox } = person;
    const id = this.#idOf(since);
    if (mailbox.dropped > 0) this.say(port, `missed|${mailbox.dropped}\n`);
    mailbox.dropped = 0;
    if (id === undefined) {
      for (const { bytes } of this.#history.last(this.#options.history)) {
        this.#putOld(port, bytes);
      }
      for (const { bytes } of mailbox.above(person.seen)) {
        this.#put(port, bytes);
      }
    } else {
      const own = toBytes(`|${person.shown}|*|`);
      const said = this.#history.above(id).filter(({ bytes }) =>
        !isFrom(bytes, own)
      );
      const lines = [...said, ...mailbox.above(id)];
      lines.sort((a, b) => a.id - b.id);
      for (const { bytes } of lines) this.#put(port, bytes);
    }
    this.say(port, "now\n");
    // Nobody will say that they were seen.
    if (person.key === undefined) this.#seen(person, this.#ids.value);
  }

  /** The ID in `EPOCH.ID`, if that is of this history. */
  #idOf(since: string): number | undefined {
    const [, epoch, digits] = /^([0-9a-z]+)\.(\d{1,15})$/.exec(since) ?? [];
    const id = Number(digits);
    return epoch === this.#epoch && id <= this.#ids.value ? id : undefined;
  }

  #remember({ folded, shown, seen }: Person): void {
    if (this.#options.store !== undefined) {
      this.#unstoredPeople.set(folded, { shown, seen });
    }
  }

  #refuse(person: Person, number: number, code: ChatCode, text: string): void {
    this.#sayTo(person, `refused|${number}|${code}|${text}\n`);
  }

  #sayTo(person: Person, line: string): void {
    if (person.port !== undefined) this.say(person.port, line);
  }

  #put(port: Port, line: Uint8Array): void {
    port.out.put(line);
    this.wake(port);
  }

  #putOld(port: Port, line: Uint8Array): void {
    port.out.putText("old|");
    this.#put(port, line);
  }

  /** `port` is to be flushed with the others. */
  wake(port: Port): void {
    if (port.isDue) return;
    port.isDue = true;
    this.#due.push(port);
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

/** Whether the line is of the one whose `|FROM|*|` stands behind its ID and time. */
function isFrom(line: Uint8Array, from: Uint8Array): boolean {
  let at = line.indexOf(PIPE);
  at = line.indexOf(PIPE, at + 1);
  at = line.indexOf(PIPE, at + 1);
  return isSame(from, line, at, at + from.length);
}
