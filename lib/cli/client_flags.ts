/**
 * The command line of client.ts.
 *
 * @module
 */

import { EXIT, ProgramError } from "../errors.ts";
import { type HelpText, type Parsed, parseFlags } from "./flags.ts";
import { parseServerAddress } from "./server_address.ts";

/** Where servers of files are unless they say otherwise. */
const PORT = 5000;

/** The flags of client.ts, in the order of `--help`. */
export const CLIENT_FLAGS = {
  "ip": {
    type: "text",
    value: "ADDR",
    alias: ["host"],
    help: "address or name of the server (localhost)",
  },
  "port": {
    type: "count",
    value: "PORT",
    min: 1,
    max: 65535,
    alias: ["p"],
    help: `of the server (${PORT})`,
  },
  "protocol": {
    type: "choice",
    choices: ["wire", "http"],
    default: "wire",
    help: "what is spoken: our own, or HTTP/1.1 for files",
  },
  "parallel": {
    type: "count",
    value: "N",
    min: 1,
    max: 256,
    alias: ["P"],
    help: "connections at once (5)",
  },
  "out": {
    type: "text",
    value: "DIR",
    alias: ["o"],
    help: "where files go (all files: received)",
  },
  "client-id": {
    type: "text",
    value: "ID",
    help: "bio.txt is stored as received_bio_ID.txt",
  },
  "on-conflict": {
    type: "choice",
    choices: ["overwrite", "rename", "refuse"],
    default: "overwrite",
    help: "when another file of that name is there",
  },
  "verify": {
    type: "choice",
    choices: ["xxh64", "sha256"],
    default: "xxh64",
    help: "the check of every file, from end to end",
  },
  "retries": {
    type: "count",
    value: "N",
    min: 0,
    max: 1000,
    default: 5,
    help: "for a connection that is lost",
  },
  "timeout": {
    type: "seconds",
    value: "SECONDS",
    default: 15,
    help: "without a byte, then a connection is lost",
  },
  "compare": {
    type: "switch",
    help:
      "how long with one connection, how long with --parallel: a table and a chart",
  },
  "chart": {
    type: "text",
    value: "FILE",
    default: "compare.svg",
    help: "where --compare draws its chart",
  },
  "json": { type: "switch", help: "results as one JSON object a line" },
  "quiet": { type: "switch", alias: ["q"], help: "errors only" },
  "help": { type: "switch", alias: ["h"], help: "show this" },
  "version": { type: "switch", alias: ["V"], help: "show the version" },
} as const;

export type ClientFlags = Parsed<typeof CLIENT_FLAGS>["flags"];

export const CLIENT_HELP: HelpText = {
  usage: "client.ts [flags] [landline://HOST:PORT/ or http://...] [COMMAND]",
  about:
    "Fetches files from a Landline server over several connections, every byte verified.",
  more: `Commands:
  (none)                 a prompt, or commands from a pipe; with --parallel, --out or --compare: all files
  list [NAME]            the files of the server
  download [NAME ...]    files or folders (all); without --out, bio.txt is stored as client_bio.txt
  upload PATH ...        files or folders to the server
  run COMMAND LINE       a command that the server allows; ends with its exit code
  echo TEXT              the server answers TEXT

Examples:
  deno run -A client.ts --ip ::1 --parallel 5
  deno run -A client.ts --ip 192.168.1.7 --port 5000 download bio.txt
  deno run -A client.ts --out copies http://192.168.1.7:5000/
  echo 'run uname -a' | deno run -A client.ts --ip ::1

Exit codes: 0 ok, 1 other, 2 wrong usage, 3 not found, 4 not allowed, 5 network (trying again may help),
6 verification failed, 7 some files failed, 8 exists already, 130 and 143 stopped by SIGINT and SIGTERM.
`,
};

/** What can be spoken with a server. */
export type Protocol = ClientFlags["protocol"];

/** What client.ts is told to do. */
export interface ClientCommand {
  readonly flags: ClientFlags;
  readonly verb:
    | "prompt"
    | "list"
    | "download"
    | "upload"
    | "run"
    | "echo"
    | "compare";
  /** What follows the verb. */
  readonly words: readonly string[];
  readonly protocol: Protocol;
  readonly host: string;
  readonly port: number;
}

/** Shorter and other words for the commands. */
const VERBS: ReadonlyMap<string, ClientCommand["verb"]> = new Map([
  ["list", "list"],
  ["ls", "list"],
  ["download", "download"],
  ["get", "download"],
  ["upload", "upload"],
  ["put", "upload"],
  ["run", "run"],
  ["echo", "echo"],
]);

/**
 * What `args` say.
 *
 * @throws {ProgramError} exit code 2
 */
export function parseClientCommand(args: readonly string[]): ClientCommand {
  // Behind `run` and `echo` nothing is a flag of ours: client.ts run uname -a
  const raw = args.findIndex((word, i) =>
    (word === "run" || word === "echo") && isWord(args, i)
  );
  const own = raw < 0 ? args : args.slice(0, raw);
  const { flags, words: found } = parseFlags(CLIENT_FLAGS, own);
  const words = raw < 0 ? [...found] : [...found, ...args.slice(raw)];
  const url = URL_BEGINNING.test(words[0] ?? "")
    ? parseUrl(words.shift()!)
    : undefined;
  const host = flags.ip ?? url?.host ?? "localhost";
  const port = flags.port ?? url?.port ?? PORT;
  const protocol = url?.protocol ?? flags.protocol;
  if (flags.protocol === "http" && protocol !== "http") {
    throw new ProgramError(
      "landline:// is the wire protocol; for HTTP the address is http://HOST:PORT/\nTry --help.",
      EXIT.usage,
    );
  }
  const idOrNone = flags["client-id"];
  if (idOrNone !== undefined && !/^[^/\\\p{Cc}]{1,64}$/u.test(idOrNone)) {
    throw new ProgramError(
      "--client-id is a word without slashes\nTry --help.",
      EXIT.usage,
    );
  }
  const first = words.shift();
  if (first === undefined) {
    const wantsAll = flags.parallel !== undefined || flags.out !== undefined ||
      flags["client-id"] !== undefined;
    return checked({
      flags,
      verb: flags.compare ? "compare" : wantsAll ? "download" : "prompt",
      words,
      protocol,
      host,
      port,
    });
  }
  const verb = VERBS.get(first);
  if (verb === undefined) {
    throw new ProgramError(
      `There is no command "${first}"\nTry --help.`,
      EXIT.usage,
    );
  }
  if ((verb === "run" || verb === "upload") && words.length === 0) {
    throw new ProgramError(
      `${verb} needs to be told what\nTry --help.`,
      EXIT.usage,
    );
  }
  return checked({
    flags,
    verb: flags.compare && verb === "download" ? "compare" : verb,
    words,
    protocol,
    host,
    port,
  });
}

/** What can be asked for in HTTP: the rest of our verbs have no request there. */
const HTTP_VERBS: readonly ClientCommand["verb"][] = [
  "list",
  "download",
  "compare",
];

/**
 * `command`, if its protocol can do that.
 *
 * @throws {ProgramError} exit code 2
 */
function checked(command: ClientCommand): ClientCommand {
  const { protocol, verb } = command;
  if (protocol === "wire" || HTTP_VERBS.includes(verb)) return command;
  throw new ProgramError(
    verb === "prompt"
      ? "There is no prompt over HTTP: say list or download, or --out DIR for all files\nTry --help."
      : `Over HTTP there is list and download; ${verb} needs --protocol wire\nTry --help.`,
    EXIT.usage,
  );
}

/** Whether the argument at `i` is a word of its own and not the value of the flag in front of it. */
function isWord(args: readonly string[], i: number): boolean {
  const before = args[i - 1];
  if (before === undefined || !before.startsWith("-") || before.includes("=")) {
    return true;
  }
  const name = before.replace(/^-+/, "");
  const flag = Object.entries(CLIENT_FLAGS).find(([long, row]) =>
    long === name ||
    ("alias" in row && (row.alias as readonly string[]).includes(name))
  );
  return flag?.[1].type === "switch";
}

const URL_BEGINNING = /^(?:landline|https?):\/\//;

function parseUrl(
  text: string,
): { protocol: Protocol; host: string; port: number } {
  const address = parseServerAddress(text, PORT);
  if (address === undefined) {
    const example = text.startsWith("landline") ? "landline" : "http";
    throw new ProgramError(
      `"${text}" is not an address such as ${example}://192.168.1.7:${PORT}/`,
      EXIT.usage,
    );
  }
  const { scheme, host, port } = address;
  return { protocol: scheme === "http" ? "http" : "wire", host, port };
}
