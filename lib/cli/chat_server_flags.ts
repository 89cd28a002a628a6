/**
 * The command line of chat_server.ts.
 *
 * @module
 */

import { EXIT, ProgramError } from "../errors.ts";
import { type HelpText, type Parsed, parseFlagsAlone } from "./flags.ts";

/** The flags of chat_server.ts, in the order of `--help`. */
export const CHAT_SERVER_FLAGS = {
  "port": {
    type: "count",
    value: "PORT",
    min: 0,
    max: 65535,
    default: 6000,
    alias: ["p"],
    help: "0 for any free one",
  },
  "web-port": {
    type: "count",
    value: "PORT",
    min: 0,
    max: 65535,
    help:
      "also listen there, for browsers (the same port; where they refuse that, as 6000, one of its own, 6080)",
  },
  "bind": {
    type: "texts",
    value: "ADDR",
    alias: ["b", "host", "interface", "i"],
    help: "listen on this address only; may be repeated (all, IPv4 and IPv6)",
  },
  "history": {
    type: "count",
    value: "N",
    min: 0,
    max: 10000,
    default: 50,
    help: "lines of the room that somebody new is shown",
  },
  "keep": {
    type: "switch",
    help:
      "keep messages to people who are away until they come back (it is so)",
  },
  "no-keep": {
    type: "switch",
    help: "refuse messages to people who are away, instead of keeping them",
  },
  "data": {
    type: "text",
    value: "DIR",
    help: "keep what was said there (in memory only)",
  },
  "rate": {
    type: "count",
    value: "N",
    min: 0,
    max: 1_000_000,
    default: 50,
    help:
      "lines a second that one person may send for long, after 200 at once; 0 for any number",
  },
  "max-clients": {
    type: "count",
    value: "N",
    min: 1,
    max: 100000,
    default: 8192,
    help: "connections at once",
  },
  "idle": {
    type: "seconds",
    value: "SECONDS",
    default: 30,
    help: "who says nothing is asked for a sign of life, twice as long is gone",
  },
  "grace": {
    type: "seconds",
    value: "SECONDS",
    default: 3,
    help: "for goodbyes when the server stops",
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
    help:
      "requests of browsers and what goes wrong, on stderr; never what is said",
  },
  "qr": {
    type: "switch",
    alias: ["q", "qrcode"],
    help: "show the address as a QR code, for phones",
  },
  "help": { type: "switch", alias: ["h"], help: "show this" },
  "version": { type: "switch", alias: ["V"], help: "show the version" },
} as const;

export type ChatServerFlags = Parsed<typeof CHAT_SERVER_FLAGS>["flags"];

export const CHAT_SERVER_HELP: HelpText = {
  usage: "chat_server.ts [flags]",
  about:
    "A chat for terminals (chat_client.ts, nc) and browsers, over IPv4 and IPv6, on one port.",
  more: `Examples:
  deno run -A chat_server.ts --port 6000
  deno run -A chat_server.ts --data chat --qr
  deno run -A chat_client.ts --ip ::1 --port 6000 --username alice

Exit codes: 0 stopped by SIGINT or SIGTERM, 1 other failure (the port is in use), 2 wrong usage, 4 not allowed.
A second signal ends at once, with 130 or 143.
`,
};

/**
 * What `args` say.
 *
 * @throws {ProgramError} exit code 2
 */
export function parseChatServerFlags(
  args: readonly string[],
): { flags: ChatServerFlags } {
  const { flags } = parseFlagsAlone(CHAT_SERVER_FLAGS, args);
  if (flags.keep && flags["no-keep"]) {
    throw new ProgramError(
      "Are messages to be kept or not? Say --keep or --no-keep\nTry --help.",
      EXIT.usage,
    );
  }
  return { flags };
}
