/**
 * What is said to each server: how one comes in, how one writes to another, and what that looks like to the other.
 *
 * @module
 */

/** Names of the dialects. */
export type DialectName = "landline" | "irc" | "nats";

/** A protocol, as far as direct messages go. */
export interface Dialect {
  /** What somebody says first. */
  readonly enter: (name: string) => string;
  /** What is heard when they are in. */
  readonly isIn: RegExp;
  /** What stands in a message before and after its number; without a number, everything stands before. */
  readonly message: (to: string, text: string) => readonly [string, string];
  readonly isNumbered: boolean;
  /** The first character of what the receiver gets, and how many lines that is. */
  readonly mark: string;
  readonly lines: number;
  /** What the receiver says about the last one it got, if anything. */
  readonly seen?: (line: string) => string;
  /** How many messages the sender knows to be taken, if it is told. */
  readonly acknowledged?: (line: string) => number;
}

export const DIALECTS: Readonly<Record<DialectName, Dialect>> = {
  landline: {
    // A KEY of its own each time: numbers count from 1.
    enter: (name) =>
      `join|${name}|${crypto.randomUUID().replaceAll("-", "")}|-\n`,
    isIn: /^now\b/m,
    message: (to, text) => ["send|", `|${to}|${text}\n`],
    isNumbered: true,
    mark: "m",
    lines: 1,
    seen: (line) => `seen|${line.split("|")[1]}\n`,
    acknowledged: (line) => Number(/^sent\|(\d+)$/.exec(line)?.[1] ?? 0),
  },
  irc: {
    enter: (name) => `NICK ${name}\r\nUSER ${name} 0 * :${name}\r\n`,
    // The end of the message of the day, or that there is none.
    isIn: /^\S+ (376|422) /m,
    message: (to, text) => [`PRIVMSG ${to} :${text}\r\n`, ""],
    isNumbered: false,
    mark: ":",
    lines: 1,
  },
  nats: {
    enter: (name) =>
      'CONNECT {"verbose":false,"pedantic":false,"lang":"bench","version":"1"}\r\n' +
      `SUB ${name} 1\r\nPING\r\n`,
    isIn: /^PONG/m,
    message: (to, text) => [`PUB ${to} ${text.length}\r\n${text}\r\n`, ""],
    isNumbered: false,
    mark: "M",
    lines: 2,
  },
};
