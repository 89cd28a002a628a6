/**
 * What a person types: `<message> | <username>`, a message for everyone, or a command.
 *
 * @module
 */

/** Everyone in the room. */
export const EVERYONE = "*";

/** What was typed. */
export type Typed =
  | {
    readonly kind: "say" | "act";
    /** A name as it was typed, or `EVERYONE`. */
    readonly to: string;
    readonly text: string;
  }
  | { readonly kind: "nick"; readonly name: string }
  | { readonly kind: "history"; readonly count: number }
  | { readonly kind: "who" | "quit" | "help" | "nothing" }
  /** No such command; a sentence for the person. */
  | { readonly kind: "unclear"; readonly text: string };

const SEPARATOR = " | ";
const HISTORY_DEFAULT = 50;
const HISTORY_MAX = 10_000;

/**
 * Understands `line`. The last ` | ` decides, so that a message may contain others; without one it is for everyone. `//`
 * at the beginning is a message that begins with `/`.
 */
export function parseTyped(line: string): Typed {
  if (line.trim() === "") return { kind: "nothing" };
  if (line.startsWith("//")) return addressed("say", line.slice(1));
  if (!line.startsWith("/")) return addressed("say", line);
  const [, command = "", rest = ""] = /^\/(\S*)\s*([^]*)$/.exec(line) ?? [];
  switch (command) {
    case "me":
      return rest === ""
        ? { kind: "unclear", text: "What do you do? /me waves" }
        : addressed("act", rest);
    case "nick":
      return rest === ""
        ? { kind: "unclear", text: "Which name? /nick NAME" }
        : { kind: "nick", name: rest.trimEnd() };
    case "history": {
      const count = rest === "" ? HISTORY_DEFAULT : Number(rest);
      return /^\d{0,5}\s*$/.test(rest) && count <= HISTORY_MAX
        ? { kind: "history", count }
        : { kind: "unclear", text: "How many lines? /history 50" };
    }
    case "who":
    case "quit":
    case "help":
      return { kind: command };
    default:
      return {
        kind: "unclear",
        text: `There is no /${command}; /help tells what there is`,
      };
  }
}

function addressed(kind: "say" | "act", line: string): Typed {
  const at = line.lastIndexOf(SEPARATOR);
  if (at < 0) return { kind, to: EVERYONE, text: line };
  const text = line.slice(0, at);
  const to = line.slice(at + SEPARATOR.length).trim();
  if (to === "") return { kind, to: EVERYONE, text: line };
  if (text.trim() === "") {
    return { kind: "unclear", text: "There is no message in front of the |" };
  }
  return { kind, to, text };
}
