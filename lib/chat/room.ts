/**
 * The room: who is here, who is away, what was said, and what each of them is to be told. No I/O: everybody has a `Port`
 * with a buffer that lines are put into; whoever drives this writes the buffers out, after `settle`.
 *
 * A turn goes: any number of `join`, `handle`, `leave`; then `settle`, which stores what was said and then acknowledges
 * it; then the buffers of `takeDue` are written. So nothing is acknowledged or shown before it is stored.
 *
 * @module
 */

import { toBytes } from "../bytes/ascii.ts";
import { Comings } from "./comings.ts";
import { LineLog } from "./line_log.ts";
import { Mailboxes } from "./mailbox.ts";
import { type ChatName, NameFault, toChatName } from "./names.ts";
import {
  catchUp,
  firstOpening,
  historyAnswer,
  laterOpening,
  namesAnswer,
} from "./openings.ts";
import { Outgoing } from "./outgoing.ts";
import {
  type KeyRecord,
  type Member,
  People,
  type Person,
  type Port,
} from "./people.ts";
import type { ChatCode, ChatEvent } from "./server_connection.ts";
import { HISTORY_BYTES_MAX, Speech } from "./speech.ts";
import { Stamp } from "./stamp.ts";
import { loadStored } from "./stored_lines.ts";
import type { ChatStore } from "./store.ts";
import { Unstored } from "./unstored.ts";

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

type JoinEvent = Extract<ChatEvent, { kind: "join" }>;

export class Room {
  /** Tells this history from others. */
  readonly epoch: string;
  readonly #historyCount: number;
  readonly #people = new People(new Mailboxes());
  readonly #history = new LineLog();
  readonly #ids: Stamp;
  readonly #outgoing = new Outgoing();
  readonly #unstored: Unstored;
  readonly #speech: Speech;
  readonly #comings = new Comings();

  constructor({ history, keep, epoch, store }: RoomOptions) {
    this.#historyCount = history;
    const stored = store?.load();
    this.epoch = stored?.epoch ?? epoch;
    this.#ids = new Stamp(stored?.lastId ?? 0);
    this.#unstored = new Unstored(store);
    this.#speech = new Speech({
      people: this.#people,
      history: this.#history,
      ids: this.#ids,
      outgoing: this.#outgoing,
      unstored: this.#unstored,
      keep,
    });
    if (stored !== undefined) {
      loadStored(stored, this.#people, this.#history, HISTORY_BYTES_MAX);
    }
  }

  /** People who are here. */
  get size(): number {
    return this.#people.present.size;
  }

  /** Names of those who are here, in order. */
  get names(): readonly string[] {
    return this.#people.names;
  }

  /** The highest ID by now. */
  get lastId(): number {
    return this.#ids.value;
  }

  /** Tells the time, in milliseconds since 1970; once a turn is enough. */
  tell(now: number): void {
    this.#speech.tell(now);
  }

  /** Somebody wants to come in. Their port is told; `undefined` if they cannot. */
  join(port: Port, { name, key, since }: JoinEvent): Member | undefined {
    const chosen = this.#nameOf(name);
    if (chosen instanceof NameFault) {
      this.say(port, `refused|0|bad-name|${chosen.message}\n`);
      return undefined;
    }
    const { shown, folded } = chosen;
    const record = key === undefined ? undefined : this.#people.record(key);
    const holder = this.#people.named(folded)?.member;
    if (
      holder !== undefined &&
      (record === undefined || record.member !== holder)
    ) {
      this.say(port, `refused|0|taken|There is a ${shown} here already\n`);
      return undefined;
    }
    // One KEY is one connection: else a NUMBER would mean two messages.
    const replaced = record?.member;
    if (replaced !== undefined) {
      this.dismiss(replaced, "replaced", "You have come in once more");
    }
    const person = this.#people.person(shown, folded);
    const id = this.#idOf(since);
    const knowsMail = id !== undefined && knows(person, record, id);
    const member = this.#people.enter(person, shown, port, record);
    this.#comings.came(person);
    this.#unstored.person(person);
    this.say(port, `joined|${shown}|${this.epoch}|${member.number}\n`);
    for (const { line } of record?.refusals ?? []) this.say(port, line);
    if (record !== undefined) record.since = id;
    if (id === undefined) {
      port.source = firstOpening(this.#told, member, this.#historyCount);
    } else {
      if (knowsMail) this.#seen(member, id);
      const floor = knowsMail ? id : Math.min(id, person.seen);
      port.source = laterOpening(this.#told, member, id, floor);
    }
    return member;
  }

  /** What somebody who is in says. */
  handle(member: Member, event: ChatEvent): void {
    const { port } = member;
    // What still comes from a connection that was told goodbye is nobody's.
    if (port.isLeaving) return;
    switch (event.kind) {
      case "send":
        return this.#speech.send(member, event);
      case "seen":
        return this.#seen(member, event.id);
      case "who":
        return this.#answer(member, namesAnswer(port, this.names));
      case "history":
        return this.#answer(
          member,
          historyAnswer(this.#told, port, event.count),
        );
      case "nick":
        return this.#rename(member, event.name);
      case "ping":
        return this.say(port, "pong\n");
      case "refused": {
        const { number, code, text } = event;
        return this.#speech.refuse(member, number, code, text);
      }
      case "join":
        return this.#refuse(member, "bad-line", "You are in already");
      case "pong":
        // They have read what was said before they were asked.
        if (member.record !== undefined) member.record.refusals = [];
        return;
      case "quit":
        return this.dismiss(member, "quit", "Goodbye");
      case "http":
      case "need-data":
        return;
      default:
        throw event satisfies never;
    }
  }

  /** The connection of `member` is over, or is to be. */
  leave(member: Member): void {
    if (!this.#people.present.has(member)) return;
    this.#speech.sawWritten(member);
    this.#people.leave(member);
    this.#comings.left(member.person);
  }

  /** `member` leaves with `bye|CODE|TEXT`. */
  dismiss(member: Member, code: string, text: string): void {
    this.bye(member.port, code, text);
    this.leave(member);
  }

  /** Everyone leaves. */
  dismissAll(code: string, text: string): void {
    for (const member of this.#people.present) this.dismiss(member, code, text);
  }

  /** Tells everyone who came and who left since the last time; false if nobody did. */
  tellComings(): boolean {
    const text = this.#comings.take(this.size);
    if (text === "") return false;
    this.#sayToAll(text);
    return true;
  }

  /**
   * Stores what was said since the last time, then acknowledges it.
   *
   * @throws what the store throws: then nothing was acknowledged, and nothing may be written
   */
  settle(): void {
    this.#speech.collectNumbers();
    this.#unstored.commit(this.#ids.value);
    this.#speech.acknowledge();
    this.#outgoing.settle();
  }

  /** How many have something to write. */
  get dueCount(): number {
    return this.#outgoing.dueCount;
  }

  /** Ports that have something to write and were not taken since then, so many at most. */
  takeDue(countMax = Infinity): Port[] {
    return this.#outgoing.take(this.#ids.value, countMax);
  }

  /** Says `bye|CODE|TEXT` to one, behind what is acknowledged in this turn; then it is closed. */
  bye(port: Port, code: string, text: string): void {
    this.#outgoing.end(port, `bye|${code}|${text}\n`);
  }

  /** The same without a word. */
  end(port: Port): void {
    this.#outgoing.end(port, "");
  }

  /** Says `line` to one. */
  say(port: Port, line: string): void {
    this.#outgoing.say(port, line);
  }

  /** `port` is to be flushed with the others. */
  wake(port: Port): void {
    this.#outgoing.wake(port);
  }

  get #told() {
    return { history: this.#history, ids: this.#ids };
  }

  #nameOf(text: string): ChatName | NameFault {
    try {
      return toChatName(text);
    } catch (error) {
      if (error instanceof NameFault) return error;
      throw error;
    }
  }

  #answer(member: Member, source: Port["source"]): void {
    const { port } = member;
    // Whoever drives this waits for one answer before the next line is looked at; but not everybody has to.
    if (port.source !== undefined) {
      return this.#refuse(member, "busy", "One question after the other");
    }
    port.source = source;
    this.wake(port);
  }

  #seen(member: Member, id: number): void {
    if (id > this.#ids.value) return;
    const { person, record } = member;
    const { told } = person;
    // What was under way when the name was taken says nothing of what was told behind it.
    if (told === undefined || id > told.at || id === told.last) {
      this.#speech.seen(person, id);
    }
    if (record === undefined) return;
    for (const left of record.left) {
      if (left.leftBy !== record) continue;
      this.#speech.seen(left, Math.min(id, left.leftAt));
    }
    record.refusals = record.refusals.filter((refusal) => refusal.id >= id);
  }

  #rename(member: Member, name: string): void {
    const chosen = this.#nameOf(name);
    if (chosen instanceof NameFault) {
      return this.#refuse(member, "bad-name", chosen.message);
    }
    const { shown, folded } = chosen;
    const before = member.person;
    const holder = this.#people.named(folded)?.member;
    if (holder !== undefined && holder !== member) {
      const text = `There is a ${shown} here already`;
      return this.#refuse(member, "taken", text);
    }
    const line = `renamed|${before.shown}|${shown}\n`;
    const person = this.#people.person(shown, folded);
    const at = this.#ids.value;
    this.#speech.sawWritten(member);
    this.#people.rename(member, person, shown, at);
    this.#unstored.person(person);
    this.#comings.renamed(before, person);
    this.#sayToAll(line);
    const { last } = person.mailbox;
    if (person === before || last <= person.seen) return;
    // An ID that nothing has: what is written up to it is written behind what was kept.
    person.told = { last, at: this.#ids.next() };
    member.isBehind = true;
    this.#answer(member, catchUp(this.#told, member, at, person.seen));
  }

  #sayToAll(lines: string): void {
    const bytes = toBytes(lines);
    for (const { port } of this.#people.present) {
      this.#outgoing.put(port, bytes);
    }
  }

  #refuse(member: Member, code: ChatCode, text: string): void {
    this.#speech.refuse(member, 0, code, text);
  }

  /** The ID in `EPOCH.ID`, if that is of this history. */
  #idOf(since: string): number | undefined {
    const [, epoch, digits] = /^([0-9a-z]+)\.(\d{1,15})$/.exec(since) ?? [];
    const id = Number(digits);
    return epoch === this.epoch && id <= this.#ids.value ? id : undefined;
  }
}

/**
 * Whether somebody who has seen everything up to `id` has also seen what came to `person` directly up to there: who had the
 * name last, and none since, and has seen something on that connection.
 */
function knows(
  person: Person,
  record: KeyRecord | undefined,
  id: number,
): boolean {
  return record !== undefined && record.last === person &&
    person.key === record.key && person.told === undefined &&
    id > (record.since ?? -1);
}
