/**
 * People of a room. A `Person` is a name: somebody has it now, or had it, and what is kept is kept for the name. A `Member`
 * is a connection, and has one name at a time.
 *
 * @module
 */

import { toBytes } from "../bytes/ascii.ts";
import type { LineBuffer } from "./line_buffer.ts";
import type { Mailbox, Mailboxes } from "./mailbox.ts";

/** Where lines for one connection go. */
export interface Port {
  /** What waits to be written. */
  readonly out: LineBuffer;
  /** Whether the room knows already that there is something to write. */
  isDue: boolean;
  /** What still comes from there is nobody's. */
  isLeaving: boolean;
  /** Close it when everything is written. */
  isEnding: boolean;
  /** A long answer that is put piece by piece, as the peer takes it. */
  source: Source | undefined;
  /** What was put up to this ID is being written, and is written. */
  flushed: number;
  readonly written: number;
}

/**
 * What is put into `out` piece by piece: each `next` puts a line. A room's history at once would be a thousand times what
 * may wait for one connection.
 */
export type Source = Generator<void, void>;

/** A name, held or not. */
export interface Person {
  readonly folded: string;
  shown: string;
  /** `shown`, as it stands in lines. */
  bytes: Uint8Array;
  /** Who has the name; `undefined` while away. */
  member: Member | undefined;
  /** KEY of who has or had it last. */
  key: string | undefined;
  /** The last ID that was shown of what came to this name directly. */
  seen: number;
  readonly mailbox: Mailbox;
  /** What was kept and is told since the name was taken by `nick`; `undefined` if there was nothing. */
  told: Told | undefined;
  /** Who has left it by taking another name, and the last ID then: what is below was put on that connection. */
  leftBy: KeyRecord | undefined;
  leftAt: number;
}

/** IDs that were told behind higher ones. */
export interface Told {
  /** The highest of them. */
  readonly last: number;
  /** The highest that there was then: who has seen a later one has seen them. */
  readonly at: number;
}

/** A message was refused. */
export interface Refusal {
  readonly line: string;
  /** The last ID then: who has seen a later one has seen the refusal. */
  readonly id: number;
}

/** What is known of a KEY. */
export interface KeyRecord {
  readonly key: string;
  /** The last NUMBER that was taken, but for those of this turn. */
  number: number;
  member: Member | undefined;
  /** The name it has or had last. */
  last: Person | undefined;
  /** What it had seen when it came in last. */
  since: number | undefined;
  /** Names that were left by taking another: some of what came to them may be under way still. */
  readonly left: Person[];
  /** Refusals that may not have arrived: without them, what was refused would pass as sent. */
  refusals: Refusal[];
}

/** Somebody who is in. */
export interface Member {
  readonly port: Port;
  readonly record: KeyRecord | undefined;
  person: Person;
  /** The last NUMBER that was taken. */
  number: number;
  isUnacknowledged: boolean;
  /** What was said before has not been told yet: what is said now is told behind it. */
  isBehind: boolean;
  /** To whom the last message went, and as what that name was written. */
  lastTo: { readonly bytes: Uint8Array; readonly person: Person } | undefined;
}

/** People who are away, KEYs, and names that one KEY has left: of no more is anything remembered. */
export const AWAY_MAX = 10_000;
export const KEYS_MAX = 20_000;
const LEFT_MAX = 8;

export class People {
  /** Those who are here. */
  readonly present = new Set<Member>();
  readonly #mailboxes: Mailboxes;
  readonly #compare = new Intl.Collator("en").compare;
  /** By folded name. Of those who are away, who left last is last. */
  readonly #here = new Map<string, Person>();
  readonly #away = new Map<string, Person>();
  /** By KEY, in the same way. */
  readonly #keysHere = new Map<string, KeyRecord>();
  readonly #keysAway = new Map<string, KeyRecord>();
  #names: string[] = [];
  #areNamesShared = false;

  constructor(mailboxes: Mailboxes) {
    this.#mailboxes = mailboxes;
  }

  /** Whoever has the name, or had it. */
  named(folded: string): Person | undefined {
    return this.#here.get(folded) ?? this.#away.get(folded);
  }

  /** Names of those who are here, in order; not to be changed. */
  get names(): readonly string[] {
    this.#areNamesShared = true;
    return this.#names;
  }

  /** The name, which nobody need have had. */
  person(shown: string, folded: string): Person {
    const there = this.named(folded);
    if (there !== undefined) return there;
    const person: Person = {
      shown,
      folded,
      bytes: toBytes(shown),
      member: undefined,
      key: undefined,
      seen: 0,
      mailbox: this.#mailboxes.add(),
      told: undefined,
      leftBy: undefined,
      leftAt: 0,
    };
    this.#putAway(person);
    return person;
  }

  /** What is known of `key`. */
  record(key: string): KeyRecord {
    return this.#keysHere.get(key) ?? this.#keysAway.get(key) ??
      {
        key,
        number: 0,
        member: undefined,
        last: undefined,
        since: undefined,
        left: [],
        refusals: [],
      };
  }

  /** Somebody comes in. */
  enter(
    person: Person,
    shown: string,
    port: Port,
    record: KeyRecord | undefined,
  ): Member {
    const member: Member = {
      port,
      record,
      person,
      number: record?.number ?? 0,
      isUnacknowledged: false,
      isBehind: true,
      lastTo: undefined,
    };
    if (record !== undefined) {
      record.member = member;
      this.#keysAway.delete(record.key);
      this.#keysHere.set(record.key, record);
    }
    this.present.add(member);
    this.#hold(member, person, shown);
    return member;
  }

  leave(member: Member): void {
    const { person, record } = member;
    this.present.delete(member);
    this.#release(person);
    if (record === undefined) return;
    record.number = member.number;
    record.member = undefined;
    this.#keysHere.delete(record.key);
    this.rememberKey(record);
  }

  /** `member` takes the name `person`, which nobody holds, or shows its own in another way; `id` is the last one. */
  rename(member: Member, person: Person, shown: string, id: number): void {
    const { person: before, record } = member;
    this.#release(before);
    if (before !== person && record !== undefined) {
      before.leftBy = record;
      before.leftAt = id;
      if (!record.left.includes(before)) record.left.push(before);
      if (record.left.length > LEFT_MAX) record.left.shift();
    }
    this.#hold(member, person, shown);
  }

  /** Remembers a KEY that nobody shows. */
  rememberKey(record: KeyRecord): void {
    this.#keysAway.set(record.key, record);
    if (this.#keysAway.size > KEYS_MAX) dropFirst(this.#keysAway);
  }

  #hold(member: Member, person: Person, shown: string): void {
    person.shown = shown;
    person.bytes = toBytes(shown);
    person.member = member;
    person.key = member.record?.key;
    if (member.record !== undefined) member.record.last = person;
    person.told = undefined;
    person.leftBy = undefined;
    member.person = person;
    this.#away.delete(person.folded);
    this.#here.set(person.folded, person);
    this.#ownNames().splice(this.#place(shown), 0, shown);
  }

  #release(person: Person): void {
    person.member = undefined;
    this.#here.delete(person.folded);
    this.#putAway(person);
    this.#ownNames().splice(this.#place(person.shown), 1);
  }

  #putAway(person: Person): void {
    this.#away.set(person.folded, person);
    if (this.#away.size > AWAY_MAX) dropFirst(this.#away)?.mailbox.discard();
  }

  /** Where `name` stands, or belongs. */
  #place(name: string): number {
    const names = this.#names;
    let low = 0;
    let high = names.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = names[middle]!;
      // Names that sort alike are not the same: their code units decide.
      const order = this.#compare(other, name) || (other < name ? -1 : 1);
      if (other !== name && order < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** A copy for us, if somebody goes through the names that there are. */
  #ownNames(): string[] {
    if (this.#areNamesShared) this.#names = [...this.#names];
    this.#areNamesShared = false;
    return this.#names;
  }
}

function dropFirst<V>(map: Map<string, V>): V | undefined {
  for (const [key, value] of map) {
    map.delete(key);
    return value;
  }
  return undefined;
}
