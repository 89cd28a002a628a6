/**
 * The command line of server.ts.
 *
 * @module
 */

import { EXIT, ProgramError } from "../errors.ts";
import { type HelpText, type Parsed, parseFlags } from "./flags.ts";

/** The flags of server.ts, in the order of `--help`. */
export const SERVER_FLAGS = {
  "port": {
    type: "count",
    value: "PORT",
    min: 0,
    max: 65535,
    default: 5000,
    alias: ["p"],
    help: "0 for any free one",
  },
  "bind": {
    type: "texts",
    value: "ADDR",
    alias: ["b", "host", "interface", "i"],
    help: "listen on this address only; may be repeated (all, IPv4 and IPv6)",
  },
  "hidden": {
    type: "switch",
    alias: ["H"],
    help: "list and serve names that begin with a dot",
  },
  "allow-upload": { type: "switch", alias: ["u"], help: "take files" },
  "on-conflict": {
    type: "choice",
    choices: ["refuse", "rename", "overwrite"],
    default: "refuse",
    help: "when a file of that name is there",
  },
  "max-upload": {
    type: "size",
    value: "SIZE",
    min: 0,
    default: "16G",
    help: "the largest file that is taken",
  },
  "allow-run": {
    type: "text",
    value: "LIST",
    help:
      "commands that may be run, as 'ls,ps aux,uname *'; only ' *' lets clients add arguments",
  },
  "run-seconds": {
    type: "seconds",
    value: "SECONDS",
    default: 60,
    help: "then a command is killed",
  },
  "run-output": {
    type: "size",
    value: "SIZE",
    min: 1,
    default: "64M",
    help: "then a command is killed",
  },
  "run-at-once": {
    type: "count",
    value: "N",
    min: 1,
    max: 1000,
    default: 4,
    help: "commands at the same time",
  },
  "chunk-size": {
    type: "size",
    value: "BYTES",
    min: 1,
    help:
      "read and send files in chunks of so many bytes; 1000 is the classic (what the buffers take, 256K)",
  },
  "workers": {
    type: "count",
    value: "N",
    min: 1,
    max: 64,
    default: 1,
    help: "threads that serve the port",
  },
  "max-clients": {
    type: "count",
    value: "N",
    min: 1,
    max: 100000,
    default: 4096,
    help: "connections at once",
  },
  "idle": {
    type: "seconds",
    value: "SECONDS",
    default: 600,
    help: "a connection that asks nothing is closed",
  },
  "stall": {
    type: "seconds",
    value: "SECONDS",
    default: 60,
    help: "a transfer that does not move is ended",
  },
  "grace": {
    type: "seconds",
    value: "SECONDS",
    default: 5,
    help: "for transfers under way when the server stops",
  },
  "log": {
    type: "choice",
    choices: ["text", "json", "off"],
    default: "text",
    help: "a line a request, on stderr",
  },
  "help": { type: "switch", alias: ["h"], help: "show this" },
  "version": { type: "switch", alias: ["V"], help: "show the version" },
} as const;

export type ServerFlags = Parsed<typeof SERVER_FLAGS>["flags"];

export const SERVER_HELP: HelpText = {
  usage: "server.ts [flags] [DIR]",
  about:
    "Serves the files of DIR (the current folder), read-only unless told otherwise, over IPv4 and IPv6.",
  more: `Examples:
  deno run -A server.ts --port 5000 pictures
  deno run -A server.ts --allow-upload --on-conflict rename inbox
  deno run -A server.ts --allow-run 'ls,uname *' .
  printf 'send filelist\\n' | nc localhost 5000

Exit codes: 0 stopped by SIGINT or SIGTERM, 1 other failure (the port is in use), 2 wrong usage, 3 DIR not found,
4 not allowed. A second signal ends at once, with 130 or 143.
`,
};

/**
 * What `args` say: the flags, and the folder to serve.
 *
 * @throws {ProgramError} exit code 2
 */
export function parseServerFlags(
  args: readonly string[],
): { flags: ServerFlags; folder: string } {
  const { flags, words } = parseFlags(SERVER_FLAGS, args);
  if (words.length > 1) {
    throw new ProgramError(
      `Only one folder can be served, not ${words.length}\nTry --help.`,
      EXIT.usage,
    );
  }
  return { flags, folder: words[0] ?? "." };
}
