/**
 * The command line of chat_client.ts.
 *
 * @module
 */

import { EXIT, ProgramError } from "../errors.ts";
import { type HelpText, type Parsed, parseFlags } from "./flags.ts";
import { parseServerAddress } from "./server_address.ts";

const PORT = 6000;

/** The flags of chat_client.ts, in the order of `--help`. */
export const CHAT_CLIENT_FLAGS = {
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
  "username": {
    type: "text",
    value: "NAME",
    alias: ["u", "name"],
    help: "who you are; at a terminal it is asked for",
  },
  "history": {
    type: "count",
    value: "N",
    min: 0,
    max: 10_000,
    help: "lines shown at the start (what the server tells; in a pipe 0)",
  },
  "time": { type: "switch", help: "the time in front of every line" },
  "bell": { type: "switch", help: "for a message to you alone" },
  "color": {
    type: "choice",
    choices: ["auto", "always", "never"],
    default: "auto",
    help: "names in colours",
  },
  "stay": {
    type: "switch",
    help: "in a pipe: go on listening when the input has ended",
  },
  "retries": {
    type: "count",
    value: "N",
    min: 0,
    max: 1_000_000,
    help:
      "when the server cannot be reached (at the start 0, later without end)",
  },
  "timeout": {
    type: "seconds",
    value: "SECONDS",
    default: 15,
    help: "without an answer, then the connection is lost",
  },
  "quiet": {
    type: "switch",
    alias: ["q"],
    help: "messages and errors only",
  },
  "help": { type: "switch", alias: ["h"], help: "show this" },
  "version": { type: "switch", alias: ["V"], help: "show the version" },
} as const;

export type ChatClientFlags = Parsed<typeof CHAT_CLIENT_FLAGS>["flags"];

export const CHAT_CLIENT_HELP: HelpText = {
  usage: "chat_client.ts [flags] [http://HOST:PORT/]",
  about:
    "Talks with everybody, or with one, who is at the same Landline chat server.",
  more: `What is typed:
  hello | bob            hello, to bob alone; the last " | " decides
  hello | *, or: hello   to everyone
  /me waves [| bob]      an action
  /who  /nick NAME  /history [N]  /help  /quit
  //x                    the message /x

Somebody else's hello is shown as alice|hello. In a pipe stdout has those lines and nothing else
(an action is alice|/me waves), stderr has the rest; at the end of the input the client waits until
the server has taken everything.

Examples:
  deno run -A chat_client.ts --ip ::1 --port 6000 --username alice
  echo 'the build is done | bob' | deno run -A chat_client.ts --username builder http://192.168.1.7:6000/
  deno run -A chat_client.ts --username logger --stay < /dev/null >> chat.log

Exit codes: 0 ok, 1 other, 2 wrong usage (or no usable name), 5 network (trying again may help),
7 some messages were refused, 8 the name is taken, 130 and 143 stopped by SIGINT and SIGTERM.
`,
};

/** What chat_client.ts is told to do. */
export interface ChatClientCommand {
  readonly flags: ChatClientFlags;
  readonly host: string;
  readonly port: number;
}

/**
 * What `args` say.
 *
 * @throws {ProgramError} exit code 2
 */
export function parseChatClientCommand(
  args: readonly string[],
): ChatClientCommand {
  const { flags, words } = parseFlags(CHAT_CLIENT_FLAGS, args);
  const [address, more] = words;
  if (more !== undefined) throw usage(`There is one server, not also ${more}`);
  let [host, port] = [flags.ip ?? "localhost", flags.port ?? PORT];
  if (address !== undefined) {
    const parts = parseServerAddress(address, PORT);
    if (parts === undefined) {
      throw usage(
        `"${address}" is not an address such as http://192.168.1.7:${PORT}/`,
      );
    }
    host = flags.ip ?? parts.host;
    port = flags.port ?? parts.port;
    if (port < 1 || port > 65535) throw usage(`There is no port ${port}`);
  }
  return { flags, host, port };
}

function usage(text: string): ProgramError {
  return new ProgramError(`${text}\nTry --help.`, EXIT.usage);
}
