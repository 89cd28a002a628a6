// @ts-check
/**
 * What a person types: `<message> | <username>`, a message for everyone, or a command. One home for the page and for the
 * client in the terminal.
 *
 * @module
 */

/** Everyone in the room. */
export const EVERYONE = "*";

/**
 * What was typed. `to` is a name as it was typed, or `EVERYONE`; the text of `unclear` is a sentence for the person.
 *
 * @typedef {{ readonly kind: "say" | "act", readonly to: string, readonly text: string }
 *   | { readonly kind: "nick", readonly name: string }
 *   | { readonly kind: "history", readonly count: number }
 *   | { readonly kind: "who" | "quit" | "help" | "nothing" }
 *   | { readonly kind: "unclear", readonly text: string }} Typed
 */

const SEPARATOR = " | ";
const HISTORY_DEFAULT = 50;
const HISTORY_MAX = 10_000;

/**
 * Understands `line`. The last ` | ` decides, so that a message may contain others; without one it is for everyone. `//`
 * at the beginning is a message that begins with `/`.
 *
 * @param {string} line
 * @returns {Typed}
 */
export function parseTyped(line) {
  if (line.trim() === "") return { kind: "nothing" };
  if (line.startsWith("//")) return addressed("say", line.slice(1));
  if (!line.startsWith("/")) return addressed("say", line);
  const [, command = "", rest = ""] = /^\/(\S*)\s*([^]*)$/.exec(line) ?? [];
  switch (command) {
    case "me":
      return rest === "" || rest.startsWith("| ")
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

/**
 * @param {"say" | "act"} kind
 * @param {string} line
 * @returns {Typed}
 */
function addressed(kind, line) {
  const at = line.lastIndexOf(SEPARATOR);
  if (at < 0) return { kind, to: EVERYONE, text: line };
  const text = line.slice(0, at);
  const to = line.slice(at + SEPARATOR.length).trim();
  if (to === "") return { kind, to: EVERYONE, text: line };
  // Behind `b|c` a line would go to b, and say something else.
  if (to.includes("|")) {
    return {
      kind: "unclear",
      text: "What stands behind the last | with blanks is a name: it has no |",
    };
  }
  if (text.trim() === "") {
    return { kind: "unclear", text: "There is no message in front of the |" };
  }
  return { kind, to, text };
}
