/**
 * Command lines: one table per program makes both the parsing and `--help`.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { levenshteinDistance } from "@std/text/levenshtein-distance";
import { EXIT, ProgramError } from "../errors.ts";

interface FlagBase {
  /** One line for `--help`. */
  readonly help: string;
  /** Other spellings, without dashes. */
  readonly alias?: readonly string[];
}

/** A flag of a program. */
export type Flag =
  | FlagBase & { readonly type: "switch" }
  | FlagBase & {
    readonly type: "text";
    readonly value: string;
    readonly default?: string;
  }
  /** May be given several times. */
  | FlagBase & { readonly type: "texts"; readonly value: string }
  | FlagBase & {
    readonly type: "choice";
    readonly value?: undefined;
    readonly choices: readonly string[];
    readonly default: string;
  }
  /** A whole number from `min` to `max`. */
  | FlagBase & {
    readonly type: "count";
    readonly value: string;
    readonly min: number;
    readonly max: number;
    readonly default?: number;
  }
  /** Bytes: `1000`, `64K`, `10M`, `2G` (powers of 1024). */
  | FlagBase & {
    readonly type: "size";
    readonly value: string;
    readonly min: number;
    readonly default?: string;
  }
  /** Seconds, also with a fraction; becomes milliseconds. */
  | FlagBase & {
    readonly type: "seconds";
    readonly value: string;
    readonly default: number;
  };

/** The flags of a program, by long name. */
export type FlagTable = { readonly [name: string]: Flag };

type ValueOf<F extends Flag> = F extends { type: "switch" } ? boolean
  : F extends { type: "texts" } ? string[]
  : F extends { type: "choice"; choices: readonly (infer C)[] } ? C
  : F extends { type: "text" }
    ? (F extends { default: string } ? string : string | undefined)
  : F extends { default: unknown } ? number
  : F extends { type: "seconds" } ? number
  : number | undefined;

/** What was given, by long name, and the words that are no flags. */
export type Parsed<T extends FlagTable> = {
  readonly flags: { readonly [K in keyof T]: ValueOf<T[K]> };
  readonly words: readonly string[];
};

/** What `--help` says around the table of flags. */
export interface HelpText {
  /** `server.ts [flags] [DIR]` */
  readonly usage: string;
  /** What the program does. */
  readonly about: string;
  /** Behind the flags: examples, exit codes. */
  readonly more: string;
}

/**
 * Parses `args` by `table`.
 *
 * @throws {ProgramError} with exit code 2 and a sentence that says what to do
 */
export function parseFlags<const T extends FlagTable>(
  table: T,
  args: readonly string[],
): Parsed<T> {
  const names = Object.keys(table);
  const ofType = (...types: Flag["type"][]) =>
    names.filter((name) => types.includes(table[name]!.type));
  const parsed = parseArgs(args, {
    boolean: ofType("switch"),
    string: ["_", ...names.filter((name) => table[name]!.type !== "switch")],
    collect: names.filter((name) => table[name]!.type !== "switch"),
    alias: Object.fromEntries(
      names.map((name) => [name, table[name]!.alias ?? []]),
    ),
    unknown: (arg) => {
      // A lone "-" and everything without a dash is a word; so is what follows "--".
      if (arg.startsWith("-") && arg !== "-") throw unknownFlag(arg, table);
      return true;
    },
  });
  const flags: Record<string, unknown> = {};
  for (const name of names) {
    flags[name] = valueOf(name, table[name]!, parsed[name]);
  }
  return { flags: flags as Parsed<T>["flags"], words: parsed._ };
}

/**
 * Parses `args` by `table`, for a program that takes nothing but flags.
 *
 * @throws {ProgramError} as `parseFlags` does
 */
export function parseFlagsAlone<const T extends FlagTable>(
  table: T,
  args: readonly string[],
): Pick<Parsed<T>, "flags"> {
  const { flags, words } = parseFlags(table, args);
  if (words.length > 0) {
    throw new ProgramError(
      `There is nothing to do with "${words[0]}"\nTry --help.`,
      EXIT.usage,
    );
  }
  return { flags };
}

/** The text of `--help`. */
export function helpOf(help: HelpText, table: FlagTable): string {
  const rows = Object.entries(table).map(([name, flag]) =>
    [spelling(name, flag), describe(flag)] as const
  );
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  const lines = rows.map(([left, right]) => `  ${left.padEnd(width)}${right}\n`)
    .join("");
  return `${help.about}\n\nUsage: ${help.usage}\n\nFlags:\n${lines}\n${help.more}`;
}

/** Bytes that `text` says: `1000`, `64K`, `1.5M`, `2G`, `1T`; `undefined` if it says none. */
export function parseSize(text: string): number | undefined {
  const found = /^(\d{1,15}(?:\.\d{1,6})?)([kmgt]?)(?:i?b)?$/i.exec(text);
  if (found === null) return undefined;
  const bytes = Math.round(
    Number(found[1]) * 1024 ** " kmgt".indexOf((found[2] || " ").toLowerCase()),
  );
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

function valueOf(name: string, flag: Flag, given: unknown): unknown {
  if (flag.type === "switch") return given === true;
  const all = given as string[] | undefined ?? [];
  if (flag.type === "texts") {
    for (const text of all) {
      if (text === "") throw usage(`--${name} needs a value`);
    }
    return all;
  }
  // The last one counts, so that a script's habits can be overruled behind them.
  const text = all.at(-1);
  if (text === "") throw usage(`--${name} needs a value`);
  switch (flag.type) {
    case "text":
      return text ?? flag.default;
    case "choice":
      if (text !== undefined && !flag.choices.includes(text)) {
        throw usage(
          `--${name} is one of ${flag.choices.join(", ")}, not "${text}"`,
        );
      }
      return text ?? flag.default;
    case "count": {
      if (text === undefined) return flag.default;
      const count = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
      if (!(count >= flag.min && count <= flag.max)) {
        throw usage(
          `--${name} is a whole number from ${flag.min} to ${flag.max}, not "${text}"`,
        );
      }
      return count;
    }
    case "size": {
      const said = text ?? flag.default;
      const size = said === undefined ? undefined : parseSize(said);
      if (said !== undefined && (size === undefined || size < flag.min)) {
        throw usage(
          `--${name} is a number of bytes such as 1000, 64K or 10M, at least ${flag.min}, not "${said}"`,
        );
      }
      return size;
    }
    case "seconds": {
      const seconds = text === undefined
        ? flag.default
        : /^\d{1,9}(\.\d{1,3})?$/.test(text)
        ? Number(text)
        : NaN;
      if (!(seconds > 0)) {
        throw usage(`--${name} is a number of seconds, not "${text}"`);
      }
      return seconds * 1000;
    }
    default:
      throw flag satisfies never;
  }
}

function unknownFlag(arg: string, table: FlagTable): ProgramError {
  const name = arg.replace(/^-+/, "").replace(/=.*/s, "");
  const all = Object.keys(table);
  // A beginning says more than a likeness: --on is --on-conflict rather than --out.
  const near = all.find((known) => known.startsWith(name)) ??
    all.find((known) => levenshteinDistance(known, name) <= 2);
  const hint = near === undefined || name === ""
    ? ""
    : `; did you mean --${near}?`;
  return usage(`There is no flag ${arg.replace(/=.*/s, "")}${hint}`);
}

function usage(text: string): ProgramError {
  return new ProgramError(`${text}\nTry --help.`, EXIT.usage);
}

function spelling(name: string, flag: Flag): string {
  const short = flag.alias?.find((alias) => alias.length === 1);
  const value = flag.type === "switch"
    ? ""
    : " " + (flag.type === "choice" ? flag.choices.join("|") : flag.value);
  return `${short === undefined ? "    " : `-${short}, `}--${name}${value}`;
}

function describe(flag: Flag): string {
  const value = flag.type === "switch" || flag.type === "texts"
    ? undefined
    : flag.default;
  return value === undefined ? flag.help : `${flag.help} (${value})`;
}
