/**
 * The command line of tracker.ts.
 *
 * @module
 */

import { type HelpText, type Parsed, parseFlagsAlone } from "./flags.ts";

/** The flags of tracker.ts, in the order of `--help`. */
export const TRACKER_FLAGS = {
  "port": {
    type: "count",
    value: "PORT",
    min: 0,
    max: 65535,
    default: 7000,
    alias: ["p"],
    help: "0 for any free one",
  },
  "bind": {
    type: "texts",
    value: "ADDR",
    alias: ["b", "host", "interface", "i"],
    help: "listen on this address only; may be repeated (all, IPv4 and IPv6)",
  },
  "data": {
    type: "text",
    value: "DIR",
    help: "keep what is known of the files there (in memory only)",
  },
  "max-clients": {
    type: "count",
    value: "N",
    min: 1,
    max: 100000,
    default: 4096,
    help: "connections at once, of peers and of browsers",
  },
  "max-files": {
    type: "count",
    value: "N",
    min: 1,
    max: 100_000_000,
    default: 1_000_000,
    help: "paths that are kept, deleted ones too",
  },
  "allow-host": {
    type: "texts",
    value: "NAME",
    help: "a public name under which browsers may use the page",
  },
  "log": {
    type: "choice",
    choices: ["text", "json", "off"],
    default: "text",
    help: "who comes and goes, and requests of browsers, on stderr",
  },
  "qr": {
    type: "switch",
    alias: ["q", "qrcode"],
    help: "show the address of the page as a QR code, for phones",
  },
  "help": { type: "switch", alias: ["h"], help: "show this" },
  "version": { type: "switch", alias: ["V"], help: "show the version" },
} as const;

export type TrackerFlags = Parsed<typeof TRACKER_FLAGS>["flags"];

export const TRACKER_HELP: HelpText = {
  usage: "tracker.ts [flags]",
  about:
    "Where peers (peer.ts) meet that keep a folder the same: who is here, which version of each file is the newest, who has " +
    "it. Contents go from peer to peer. Its port has a page for browsers.",
  more: `Examples:
  deno run -A tracker.ts --port 7000
  deno run -A tracker.ts --data tracker --qr
  deno run -A peer.ts --tracker '[::1]:7000' --dir ./shared

Exit codes: 0 stopped by SIGINT or SIGTERM, 1 other failure (the port is in use), 2 wrong usage, 4 not allowed.
A second signal ends at once, with 130 or 143.
`,
};

/**
 * What `args` say.
 *
 * @throws {ProgramError} exit code 2
 */
export function parseTrackerFlags(
  args: readonly string[],
): { flags: TrackerFlags } {
  return parseFlagsAlone(TRACKER_FLAGS, args);
}
