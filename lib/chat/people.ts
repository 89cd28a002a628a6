/**
 * People of a room: those who are here, and those who were.
 *
 * @module
 */

import { toBytes } from "../bytes/ascii.ts";
import type { LineBuffer } from "./line_buffer.ts";
import type { Mailbox } from "./mailbox.ts";

/** Where lines for one connection go. */
export interface Port {
  /** What waits to be written. */
  readonly out: LineBuffer;
  /** Whether the room knows already that there is something to write. */
  isDue: boolean;
  /** Close it when everything is written. */
  isEnding: boolean;
}

/** Somebody, here or away. */
export interface Person {
  shown: string;
  folded: string;
  /** `shown`, as it stands in lines. */
  bytes: Uint8Array;
  /** `undefined` while away. */
  port: Port | undefined;
  /** Of the connection that is here now, or was here last. */
  key: string | undefined;
  /** The last NUMBER that was taken, and the last that was acknowledged. */
  number: number;
  acknowledged: number;
  isUnacknowledged: boolean;
  /** The last ID that was shown of what came directly. */
  seen: number;
  mailbox: Mailbox;
  /** To whom the last message went, and as what that name was written. */
  lastTo:
    | {
      readonly bytes: Uint8Array;
      readonly folded: string;
      readonly person: Person;
    }
    | undefined;
}

/** People who are away, and KEYs: of no more than so many is anything remembered. */
const AWAY_MAX = 10_000;
const KEYS_MAX = 20_000;

export class People {
  /** Those who are here. */
  readonly present = new Set<Person>();
  /** By folded name, those away too; who left last is last. */
  readonly #named = new Map<string, Person>();
  readonly #numbers = new Map<string, number>();

  named(folded: string): Person | undefined {
    return this.#named.get(folded);
  }

  /** Somebody new, away at first. */
  add(shown: string, folded: string, mailbox: Mailbox): Person {
    const person: Person = {
      shown,
      folded,
      bytes: toBytes(shown),
      port: undefined,
      key: undefined,
      number: 0,
      acknowledged: 0,
      isUnacknowledged: false,
      seen: 0,
      mailbox,
      lastTo: undefined,
    };
    this.#named.set(folded, person);
    this.#forgetSome();
    return person;
  }

  enter(
    person: Person,
    shown: string,
    port: Port,
    key: string | undefined,
  ): void {
    person.shown = shown;
    person.bytes = toBytes(shown);
    person.port = port;
    person.key = key;
    this.present.add(person);
  }

  leave(person: Person): void {
    person.port = undefined;
    person.lastTo = undefined;
    this.present.delete(person);
    this.#named.delete(person.folded);
    this.#named.set(person.folded, person);
    this.#forgetSome();
  }

  rename(person: Person, shown: string, folded: string): void {
    this.#named.delete(person.folded);
    person.shown = shown;
    person.folded = folded;
    person.bytes = toBytes(shown);
    this.#named.set(folded, person);
  }

  /** The last NUMBER of `key` that was acknowledged; 0. */
  numberOf(key: string): number {
    return this.#numbers.get(key) ?? 0;
  }

  setNumber(key: string, number: number): void {
    this.#numbers.delete(key);
    this.#numbers.set(key, number);
    if (this.#numbers.size > KEYS_MAX) {
      for (const oldest of this.#numbers.keys()) {
        this.#numbers.delete(oldest);
        break;
      }
    }
  }

  #forgetSome(): void {
    if (this.#named.size - this.present.size <= AWAY_MAX) return;
    for (const [folded, { port }] of this.#named) {
      if (port !== undefined) continue;
      this.#named.delete(folded);
      break;
    }
  }
}
