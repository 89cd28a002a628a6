/**
 * The verbs of the wire protocol, as data: what stands on the line, what it becomes, and what `help` says of it.
 * The order is that of docs/protocol.md, where each has its section. To add a verb: a row here, a member of `Request`,
 * a section there with an example (which is run as a test), and a case in `drivers/file_service.ts`.
 *
 * @module
 */

import { parseCount } from "../bytes/ascii.ts";
import { Refusal } from "../errors.ts";
import { escapeName, unescapeName, visible } from "../names/escape.ts";
import { type Name, toName } from "../names/name.ts";

/** Strong checks that `digest` can compute. */
export type DigestAlgorithm = "sha256" | "xxh64";

/** A request as the machines understand it. Sizes and offsets are bytes, `mtime` is milliseconds since 1970 (UTC). */
export type Request =
  | { readonly verb: "send filelist" }
  | { readonly verb: "list"; readonly place: Name | "" }
  | { readonly verb: "download"; readonly name: Name }
  | {
    readonly verb: "read";
    readonly offset: number;
    readonly length: number;
    readonly name: Name;
  }
  | {
    readonly verb: "digest";
    readonly algorithm: DigestAlgorithm;
    readonly name: Name;
  }
  | { readonly verb: "upload"; readonly length: number; readonly name: Name }
  | {
    readonly verb: "offer";
    readonly token: string;
    readonly size: number;
    readonly mtime: number;
    readonly name: Name;
  }
  | {
    readonly verb: "part";
    readonly token: string;
    readonly offset: number;
    readonly length: number;
    readonly xxh64: string;
  }
  | { readonly verb: "commit"; readonly token: string; readonly xxh64: string }
  | { readonly verb: "run"; readonly line: string }
  | { readonly verb: "echo"; readonly text: string }
  | { readonly verb: "help" }
  | { readonly verb: "quit" };

/** The first words of a request line. */
export type Verb = Request["verb"];

type RequestOf<V extends Verb> = Extract<Request, { verb: V }>;

interface VerbRow<V extends Verb> {
  /** What follows the verb, for people. */
  readonly template: string;
  readonly help: string;
  /** @throws {Refusal} `bad-request` or `bad-name` */
  parse(rest: string): RequestOf<V>;
  /**
   * What follows the verb and a space; the inverse of `parse`.
   *
   * @throws {Refusal} `bad-request` for a text that cannot stand on a line
   */
  format(request: RequestOf<V>): string;
  /** Bytes that follow the line. */
  bodyBytes?(request: RequestOf<V>): number;
}

/** The longest `part`: it is held in memory until its check is found right. */
export const PART_BYTES_MAX = 1024 * 1024;

const HEX_64 = /^[0-9a-f]{16}$/;

/** Every verb with its row. */
export const VERBS: { readonly [V in Verb]: VerbRow<V> } = {
  "send filelist": {
    template: "",
    help: "the names of all files, one a line",
    parse: (rest) => (nothing(rest), { verb: "send filelist" }),
    format: () => "",
  },
  list: {
    template: "[FOLDER or FILE]",
    help: "the files with size, time (ms since 1970) and version",
    parse: (rest) => ({ verb: "list", place: rest === "" ? "" : name(rest) }),
    format: ({ place }) => escapeName(place),
  },
  download: {
    template: "NAME",
    help: "the whole file",
    parse: (rest) => ({ verb: "download", name: name(rest) }),
    format: (request) => escapeName(request.name),
  },
  read: {
    template: "OFFSET LENGTH NAME",
    help: "a piece of the file, with its check behind it",
    parse(rest) {
      const [offset, length, last] = words(rest, 2);
      return {
        verb: "read",
        offset: count(offset),
        length: count(length),
        name: name(last),
      };
    },
    format: ({ offset, length, name }) =>
      `${offset} ${length} ${escapeName(name)}`,
  },
  digest: {
    template: "sha256|xxh64 NAME",
    help: "a check of the whole file",
    parse(rest) {
      const [algorithm = "", last] = words(rest, 1);
      if (algorithm !== "sha256" && algorithm !== "xxh64") {
        throw new Refusal(
          "bad-request",
          `There is no digest "${
            visible(algorithm)
          }"; there are sha256 and xxh64`,
        );
      }
      return { verb: "digest", algorithm, name: name(last) };
    },
    format: ({ algorithm, name }) => `${algorithm} ${escapeName(name)}`,
  },
  upload: {
    template: "LENGTH NAME",
    help:
      "stores the LENGTH bytes that follow the line (where uploads are allowed)",
    parse(rest) {
      const [length, last] = words(rest, 1);
      return { verb: "upload", length: count(length), name: name(last) };
    },
    format: ({ length, name }) => `${length} ${escapeName(name)}`,
    bodyBytes: ({ length }) => length,
  },
  offer: {
    template: "TOKEN SIZE MTIME NAME",
    help: "begins or resumes an upload in parts, tells how much is there",
    parse(rest) {
      const [token, size, mtime, last] = words(rest, 3);
      return {
        verb: "offer",
        token: hex64(token),
        size: count(size),
        mtime: count(mtime),
        name: name(last),
      };
    },
    format: ({ token, size, mtime, name }) =>
      `${token} ${size} ${mtime} ${escapeName(name)}`,
  },
  part: {
    template: "TOKEN OFFSET LENGTH XXH64",
    help:
      "the next LENGTH bytes of an offered file, at most 1048576, behind the line",
    parse(rest) {
      const [token, offset, length, xxh64] = words(rest, 3);
      const bytes = count(length);
      if (bytes > PART_BYTES_MAX) {
        throw new Refusal(
          "bad-request",
          `A part has at most ${PART_BYTES_MAX} bytes`,
          { closes: true },
        );
      }
      return {
        verb: "part",
        token: hex64(token),
        offset: count(offset),
        length: bytes,
        xxh64: hex64(xxh64),
      };
    },
    format: ({ token, offset, length, xxh64 }) =>
      `${token} ${offset} ${length} ${xxh64}`,
    bodyBytes: ({ length }) => length,
  },
  commit: {
    template: "TOKEN XXH64",
    help: "gives an offered file, now whole, its name",
    parse(rest) {
      const [token, xxh64] = words(rest, 1);
      return { verb: "commit", token: hex64(token), xxh64: hex64(xxh64) };
    },
    format: ({ token, xxh64 }) => `${token} ${xxh64}`,
  },
  run: {
    template: "COMMAND LINE",
    help: "runs one of the allowed commands (where commands are allowed)",
    parse: (rest) => ({ verb: "run", line: rest }),
    format: ({ line }) => oneLine(line),
  },
  echo: {
    template: "TEXT",
    help: "answers TEXT",
    parse: (rest) => ({ verb: "echo", text: rest }),
    format: ({ text }) => oneLine(text),
  },
  help: {
    template: "",
    help: "this text",
    parse: (rest) => (nothing(rest), { verb: "help" }),
    format: () => "",
  },
  quit: {
    template: "",
    help: "ends the connection",
    parse: (rest) => (nothing(rest), { verb: "quit" }),
    format: () => "",
  },
};

/** How many bytes follow the line of `request`. */
export function bodyBytesOf<V extends Verb>(request: RequestOf<V>): number {
  return (VERBS[request.verb] as unknown as VerbRow<V>).bodyBytes?.(request) ??
    0;
}

/** The answer to `help`. */
export function helpText(): string {
  return Object.entries(VERBS).map(([verb, row]) =>
    `${`${verb} ${row.template}`.padEnd(34)} ${row.help}\n`
  ).join("");
}

/** The first `before` words of `rest`, and what stands behind them, which may have blanks. */
function words(rest: string, before: number): string[] {
  const found: string[] = [];
  let from = 0;
  for (let i = 0; i < before; i++) {
    const space = rest.indexOf(" ", from);
    if (space < 0) {
      throw new Refusal(
        "bad-request",
        "Something is missing on the line; try: help",
      );
    }
    found.push(rest.slice(from, space));
    from = space + 1;
  }
  found.push(rest.slice(from));
  return found;
}

function name(text: string | undefined): Name {
  return toName(unescapeName(text ?? ""));
}

function count(text = ""): number {
  const value = parseCount(text);
  if (value === undefined) {
    throw new Refusal(
      "bad-request",
      `"${visible(text.slice(0, 40))}" is not a number of bytes`,
    );
  }
  return value;
}

function hex64(text = ""): string {
  if (!HEX_64.test(text)) {
    throw new Refusal(
      "bad-request",
      `"${visible(text.slice(0, 40))}" is not 16 lower-case hexadecimal digits`,
    );
  }
  return text;
}

/** `text`, which has no escapes of its own, unless an LF in it would begin another request. No text that was parsed has one. */
function oneLine(text: string): string {
  if (text.includes("\n") || !text.isWellFormed()) {
    throw new Refusal("bad-request", "The text does not fit on one line");
  }
  return text;
}

function nothing(rest: string): void {
  if (rest !== "") {
    throw new Refusal("bad-request", "Nothing follows this command; try: help");
  }
}
