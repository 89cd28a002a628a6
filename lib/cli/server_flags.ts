/**
 * The command line of server.ts.
 *
 * @module
 */

import { EXIT, ProgramError, Refusal } from "../errors.ts";
import { visible } from "../names/escape.ts";
import { toName } from "../names/name.ts";
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
  "index": {
    type: "text",
    value: "FILE",
    default: "index.html",
    help: "what a browser is shown for a folder that has it",
  },
  "spa": {
    type: "switch",
    alias: ["s", "single", "render-spa"],
    help: "answer an unknown path with the index of DIR, not with 404",
  },
  "no-listing": {
    type: "switch",
    alias: ["I", "no-dir-listing", "disable-indexing"],
    help: "a browser is not told which files there are",
  },
  "no-archive": {
    type: "switch",
    help: "no folder is sent as one tar or zip",
  },
  "compress": {
    type: "switch",
    alias: ["compress-response"],
    help: "compress text for browsers that take it",
  },
  "cors": {
    type: "switch",
    alias: ["C", "enable-cors"],
    help: "pages of every site may read the files",
  },
  "header": {
    type: "texts",
    value: "'NAME: VALUE'",
    alias: ["response-header"],
    help: "add to every HTTP answer; may be repeated",
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
  "allow-delete": {
    type: "switch",
    alias: ["R", "rm-files"],
    help: "remove files on request",
  },
  "allow-host": {
    type: "texts",
    value: "NAME",
    help:
      "a public name of this server: pages from there may upload and delete; may be repeated",
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
    choices: ["off", "text", "common", "combined", "json"],
    default: "text",
    alias: ["log-format"],
    help: "a line a request, on stderr",
  },
  "metrics": {
    type: "switch",
    help: "tell counters at /metrics, for Prometheus, and /healthz",
  },
  "qr": {
    type: "switch",
    alias: ["q", "qrcode"],
    help: "show the address as a QR code, for phones",
  },
  "help": { type: "switch", alias: ["h"], help: "show this" },
  "version": { type: "switch", alias: ["V"], help: "show the version" },
} as const;

export type ServerFlags = Parsed<typeof SERVER_FLAGS>["flags"];

export const SERVER_HELP: HelpText = {
  usage: "server.ts [flags] [DIR]",
  about:
    "Serves the files of DIR (the current folder) to browsers and to client.ts, read-only unless told otherwise, over IPv4 and IPv6.",
  more: `Examples:
  deno run -A server.ts --port 5000 --qr pictures       then http://localhost:5000/, curl, wget, client.ts
  deno run -A server.ts --spa --compress --cors dist
  deno run -A server.ts --allow-upload --on-conflict rename inbox
  curl -T report.pdf http://localhost:5000/
  deno run -A server.ts --header 'Cache-Control: no-store' --log combined --metrics .
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
    throw usage(`Only one folder can be served, not ${words.length}`);
  }
  checkIndex(flags.index);
  let headerBytes = 0;
  for (const text of flags.header) {
    parseField(text);
    // With the blank behind the colon, and CR LF.
    headerBytes += text.length + 3;
  }
  if (headerBytes > HEADER_BYTES_MAX) {
    throw usage(`--header adds at most ${HEADER_BYTES_MAX} bytes`);
  }
  return {
    flags: { ...flags, "allow-host": flags["allow-host"].map(toHostName) },
    folder: words[0] ?? ".",
  };
}

/** All of them together: there has to be room for them in every answer (`drivers/http/http_session.ts`). */
const HEADER_BYTES_MAX = 4 * 1024;

/** RFC 9110 5.1 and 5.6.2: the name is a token; 5.5: the value is what can be seen, blanks and tabs, in ASCII. */
const FIELD =
  /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*((?:[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?)?)[ \t]*$/;

/**
 * What the server itself says of an answer: how long it is and where it ends (RFC 9112 6), what it is a version of
 * (RFC 9110 8), when it was made. Said twice it would be contradicted, and two programs could read two answers.
 */
const OWN_FIELDS: ReadonlySet<string> = new Set([
  "accept-ranges",
  "allow",
  "connection",
  "content-encoding",
  "content-length",
  "content-range",
  "content-type",
  "date",
  "etag",
  "keep-alive",
  "last-modified",
  "location",
  "server",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/**
 * The name and the value that a `--header` says.
 *
 * @throws {ProgramError} exit code 2
 */
export function parseField(
  text: string,
): readonly [name: string, value: string] {
  const [, name, value] = FIELD.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw usage(
      `--header is 'Name: value' in plain ASCII, not "${visible(text)}"`,
    );
  }
  if (OWN_FIELDS.has(name.toLowerCase())) {
    throw usage(`--header cannot say ${name}: the server does`);
  }
  return [name, value];
}

/** Refuses an index that is not the name of one file in a folder. */
function checkIndex(index: string): void {
  try {
    if (!toName(index).includes("/")) return;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
  }
  throw usage(
    `--index is the name of a file such as index.html, not "${visible(index)}"`,
  );
}

/** What no host name contains, but a URL around it: its end, a port, a user. */
const AROUND_HOST = /[\s/?#@:\\]/;

/** The name as browsers say it in Host and Origin: lower case, `xn--` for other scripts. */
function toHostName(text: string): string {
  const name = AROUND_HOST.test(text)
    ? undefined
    : URL.parse(`http://${text}/`);
  if (!name) {
    throw usage(
      `--allow-host is a host's name such as files.example.org, not "${
        visible(text)
      }"`,
    );
  }
  return name.hostname;
}

function usage(text: string): ProgramError {
  return new ProgramError(`${text}\nTry --help.`, EXIT.usage);
}
