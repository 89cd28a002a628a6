/**
 * The command line of peer.ts.
 *
 * @module
 */

import { EXIT, ProgramError } from "../errors.ts";
import { type HelpText, type Parsed, parseFlags, parseSize } from "./flags.ts";
import {
  type HostAndPort,
  parseHostAndPort,
  TRACKER_PORT,
} from "./tracker_address.ts";

/** The flags of peer.ts, in the order of `--help`. */
export const PEER_FLAGS = {
  "dir": {
    type: "text",
    value: "DIR",
    alias: ["d"],
    help: "the folder that is kept the same everywhere; has to be said",
  },
  "tracker": {
    type: "text",
    value: "ADDR",
    alias: ["t"],
    help:
      `where the tracker is: HOST, HOST:PORT or [IPV6]:PORT (port ${TRACKER_PORT})`,
  },
  "name": {
    type: "text",
    value: "NAME",
    alias: ["n"],
    help: "what others call this peer (host name and folder)",
  },
  "port": {
    type: "count",
    value: "PORT",
    min: 0,
    max: 65535,
    default: 0,
    alias: ["p"],
    help: "where other peers fetch from; 0 for any free one",
  },
  "bind": {
    type: "texts",
    value: "ADDR",
    alias: ["b"],
    help: "listen on this address only; may be repeated (all, IPv4 and IPv6)",
  },
  "advertise": {
    type: "text",
    value: "ADDR",
    help:
      "HOST or HOST:PORT that others reach this peer at, where the tracker cannot know (port forwarding, containers)",
  },
  "conflicts": {
    type: "choice",
    choices: ["copy", "newest"],
    default: "copy",
    help:
      "changed in two places at once: keep the older one beside the newer, or only among the versions",
  },
  "versions-days": {
    type: "count",
    value: "N",
    min: 0,
    max: 36500,
    default: 30,
    help: "how long replaced and deleted versions are kept",
  },
  "versions-size": {
    type: "text",
    value: "SIZE",
    default: "10%",
    help: "how large they may become: 2G, or a part of the disk",
  },
  "no-watch": {
    type: "switch",
    help: "look at everything every ten seconds instead of being told",
  },
  "log": {
    type: "choice",
    choices: ["text", "json", "off"],
    default: "text",
    help: "one line a change on stdout; what goes wrong on stderr",
  },
  "json": { type: "switch", help: "status, versions: for programs" },
  "all": { type: "switch", help: "wait: for all live peers" },
  "peer": { type: "text", value: "NAME", help: "wait: for this one" },
  "seconds": {
    type: "count",
    value: "N",
    min: 1,
    max: 1_000_000,
    help: "wait: not for longer (without end)",
  },
  "to": {
    type: "text",
    value: "PATH",
    help: "restore: under this name",
  },
  "help": { type: "switch", alias: ["h"], help: "show this" },
  "version": { type: "switch", alias: ["V"], help: "show the version" },
} as const;

export type PeerFlags = Parsed<typeof PEER_FLAGS>["flags"];

export const PEER_HELP: HelpText = {
  usage: "peer.ts --dir DIR --tracker ADDR [flags]\n" +
    "       peer.ts COMMAND --dir DIR [flags]",
  about:
    "Keeps a folder the same as those of all other peers of its tracker: files are fetched from one another.",
  more: `Commands, to the peer that runs for DIR:
  status [--json]               what is here, what is lacking, who else is there
  wait --all | --peer NAME      returns when all live peers, or that one, have everything of this one
  scan [PATH...]                look there now, without waiting for the system to tell
  confirm                       yes, so many files were meant to be deleted
  why PATH                      what is known of a file, and what is to be done about it
Also without one that runs:
  versions [PATH]               versions that were replaced or deleted, the newest first
  restore ID|PATH [--to PATH]   put one back, under its own name or, if that is taken, beside it
PATH is one in DIR, such as photos/2026/a.jpg.

What is not synced is said in .landlineignore files, in the syntax of .gitignore, which are synced themselves; in
DIR/.landline/ignore for this machine alone. DIR/.landline holds what belongs to the peer, the versions too.

Examples:
  deno run -A tracker.ts --port 7000
  deno run -A peer.ts --tracker '[::1]:7000' --dir ./shared
  deno run -A peer.ts wait --all --dir ./shared && echo 'everybody has it'

Exit codes: 0 ok (or stopped by SIGINT or SIGTERM), 1 other, 2 wrong usage, 3 no such folder, file or version, or no peer
runs, 4 not allowed, 5 network, or the time of --seconds has passed, 8 a peer runs for DIR already, or the name is taken.
A second signal ends at once, with 130 or 143.
`,
};

/** The commands, and how many words may follow each. */
const COMMANDS = {
  status: [0, 0],
  wait: [0, 0],
  scan: [0, 100],
  confirm: [0, 0],
  why: [1, 1],
  versions: [0, 1],
  restore: [1, 1],
} as const;

/** Flags that only some commands have a use for. */
const FLAGS_OF: { readonly [F in keyof PeerFlags]?: readonly string[] } = {
  json: ["status", "versions"],
  all: ["wait"],
  peer: ["wait"],
  seconds: ["wait"],
  to: ["restore"],
  tracker: ["run"],
  name: ["run"],
  advertise: ["run"],
};

/** What peer.ts is told to do. */
export interface PeerCommand {
  readonly flags: PeerFlags;
  readonly do: "run" | keyof typeof COMMANDS;
  /** What follows the command. */
  readonly words: readonly string[];
  readonly dir: string;
  /** Where the tracker is; only to run. */
  readonly tracker: HostAndPort;
  /** Bytes, or a part of the disk from 0 to 1. */
  readonly versionsSize: { readonly bytes: number } | { readonly part: number };
}

/** Of a command that needs no tracker. */
const NO_TRACKER: HostAndPort = { host: "", port: 0 };
/** What a peer may be called: without control characters, on one line. */
const NAME = /^[^\x00-\x1f\x7f-\x9f]{1,64}$/;

/**
 * What `args` say.
 *
 * @throws {ProgramError} exit code 2
 */
export function parsePeerCommand(args: readonly string[]): PeerCommand {
  const { flags, words: [word, ...words] } = parseFlags(PEER_FLAGS, args);
  const what = word ?? "run";
  // Help is for those who do not know what has to be said.
  const isAsking = flags.help || flags.version;
  if (what !== "run" || word !== undefined) checkCommand(what, words.length);
  checkFlags(what, flags);
  if (what === "wait" && flags.all === (flags.peer !== undefined)) {
    throw usage("Wait for whom? Say --all, or --peer NAME");
  }
  if (flags.dir === undefined && !isAsking) {
    throw usage("Which folder? Say --dir DIR");
  }
  return {
    flags,
    do: what as PeerCommand["do"],
    words,
    dir: flags.dir ?? "",
    tracker: what === "run" && !isAsking ? trackerOf(flags) : NO_TRACKER,
    versionsSize: versionsSizeOf(flags["versions-size"]),
  };
}

function checkCommand(what: string, words: number): void {
  if (!Object.hasOwn(COMMANDS, what)) {
    throw usage(
      `There is no command "${what}"; there are ${
        Object.keys(COMMANDS).join(", ")
      }`,
    );
  }
  const [min, max] = COMMANDS[what as keyof typeof COMMANDS];
  if (words < min) throw usage(`${what} of what? Say a path`);
  if (words > max) throw usage(`That is too much for ${what}`);
}

function checkFlags(what: string, flags: PeerFlags): void {
  for (const [name, commands] of Object.entries(FLAGS_OF)) {
    const given = flags[name as keyof PeerFlags];
    if (given !== undefined && given !== false && !commands.includes(what)) {
      throw usage(
        `--${name} is not for ${what === "run" ? "running a peer" : what}`,
      );
    }
  }
  if (flags.name !== undefined && !NAME.test(flags.name)) {
    throw usage("--name is 1 to 64 characters on one line");
  }
  const { advertise } = flags;
  if (advertise !== undefined && parseHostAndPort(advertise, 1) === undefined) {
    throw usage(`--advertise is HOST or HOST:PORT, not "${advertise}"`);
  }
}

function trackerOf({ tracker }: PeerFlags): HostAndPort {
  if (tracker === undefined) {
    throw usage("Where is the tracker? Say --tracker HOST:PORT");
  }
  const found = parseHostAndPort(tracker, TRACKER_PORT);
  if (found === undefined) {
    throw usage(
      `"${tracker}" is not an address such as 192.168.1.7:${TRACKER_PORT} or [::1]:${TRACKER_PORT}`,
    );
  }
  return found;
}

function versionsSizeOf(text: string): PeerCommand["versionsSize"] {
  const percent = /^(\d{1,3}(?:\.\d{1,3})?)%$/.exec(text)?.[1];
  if (percent !== undefined && Number(percent) <= 100) {
    return { part: Number(percent) / 100 };
  }
  const bytes = parseSize(text);
  if (bytes === undefined) {
    throw usage(
      `--versions-size is a size such as 500M or 2G, or a part of the disk such as 10%, not "${text}"`,
    );
  }
  return { bytes };
}

function usage(text: string): ProgramError {
  return new ProgramError(`${text}\nTry --help.`, EXIT.usage);
}
