/**
 * Who waits until everybody has everything.
 *
 * @module
 */

import type { Link } from "./link.ts";
import type { Roster } from "./roster.ts";

/** Of one connection. */
export const WAITS_MAX = 64;

interface Wait {
  readonly link: Link;
  readonly id: number;
  readonly seq: number;
  /** For those who are called so; for all where it is `undefined`. */
  readonly name: string | undefined;
}

export class Waits {
  readonly #roster: Roster;
  #waits: Wait[] = [];

  constructor(roster: Roster) {
    this.#roster = roster;
  }

  /** @returns false where the connection has too many of them already */
  add(wait: Wait): boolean {
    const its = this.#waits.filter(({ link }) => link === wait.link);
    if (its.length >= WAITS_MAX) return false;
    this.#waits.push(wait);
    return true;
  }

  /** The connection is gone. */
  drop(link: Link): void {
    if (this.#waits.length === 0) return;
    this.#waits = this.#waits.filter((wait) => wait.link !== link);
  }

  /** Those that are over; told once. */
  takeOver(): Wait[] {
    if (this.#waits.length === 0) return [];
    const over = this.#waits.filter((wait) => this.#isOver(wait));
    if (over.length > 0) {
      this.#waits = this.#waits.filter((wait) => !over.includes(wait));
    }
    return over;
  }

  /** Who is waited for has to be there and to have said that everything is. */
  #isOver({ seq, name }: Wait): boolean {
    const meant = name === undefined
      ? this.#roster.peers
      : this.#roster.peers.filter(({ info }) => info.name === name);
    return meant.length > 0 &&
      meant.every(({ holdings }) => holdings.wholeUpTo >= seq);
  }
}
