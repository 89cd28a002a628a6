/**
 * The examples of docs/protocol.md, read out of it: what a client sends on one connection after another, and what it must
 * get. "Conventions" there tells how they are written.
 *
 * @module
 */

import { sectionsOf } from "./vectors.ts";

/** What happens on one connection. */
export interface Conversation {
  readonly sent: string;
  readonly received: string;
  /** The server ends it; else the client does. */
  readonly serverEnds: boolean;
}

/** An example: one server, and one connection after another. */
export interface Exchange {
  /** The heading above it, and which one it is there. */
  readonly name: string;
  /** Flags of the server. */
  readonly flags: readonly string[];
  readonly conversations: readonly Conversation[];
}

/** What stands for a word that differs from server to server. */
const ANY_WORD = "…";

/** The examples in `markdown`. */
export function exchangesOf(markdown: string): Exchange[] {
  return sectionsOf(markdown).flatMap(({ name, blocks }) =>
    blocks.flatMap(({ words, lines }, i) => {
      const [kind, ...flags] = words;
      if (kind !== "exchange" && kind !== "columns") return [];
      return [{
        name: `${name} (${i + 1})`,
        flags: unquoted(flags.join(" ")),
        conversations: conversationsOf(
          kind === "columns" ? marked(lines) : lines,
        ),
      }];
    })
  );
}

/** The words of a command line, in which `'` keeps blanks together. */
function unquoted(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|[^' ]+/g)].map(([word, quoted]) =>
    quoted ?? word
  );
}

/** Two columns as lines with `>` and `<`; the first one is a heading. */
function marked(lines: readonly string[]): string[] {
  return lines.slice(1).map((line) => {
    const [client = "", server = ""] = line.split("|").map((cell) =>
      cell.trim()
    );
    return client === "" ? `< ${server}` : `> ${client}`;
  });
}

function conversationsOf(lines: readonly string[]): Conversation[] {
  const done: Conversation[] = [];
  let now = { sent: "", received: "", serverEnds: false };
  for (const line of lines) {
    const [mark, text] = [line.slice(0, 2), line.slice(2)];
    const written = text.endsWith("\\") && !text.endsWith("\\\\")
      ? text.slice(0, -1)
      : text + "\n";
    if (mark === "> ") now.sent += written;
    else if (mark === "< ") now.received += written;
    else if (line === "* the server ends the connection") now.serverEnds = true;
    else if (line === "* the connection is lost, and made again") {
      done.push(now);
      now = { sent: "", received: "", serverEnds: false };
    } else throw new Error(`This is no line of an example: "${line}"`);
  }
  return [...done, now];
}

/** `received` with those words made `…` that may differ, as `expected` tells; to be compared with it. */
export function withAnyWords(received: string, expected: string): string {
  const pieces = expected.split(ANY_WORD).map((piece) =>
    piece.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
  );
  return new RegExp(`^${pieces.join("[^ \\n]+")}$`).test(received)
    ? expected
    : received;
}
