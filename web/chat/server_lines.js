// @ts-check
/**
 * The lines that a server says (docs/chat.md, "From the server"), taken apart for the page.
 *
 * @module
 */

/**
 * A message or an action. `isOld`: it was said before one came.
 *
 * @typedef {{
 *   readonly kind: "message" | "action",
 *   readonly isOld: boolean,
 *   readonly id: number,
 *   readonly time: number,
 *   readonly from: string,
 *   readonly to: string,
 *   readonly text: string,
 * }} Said
 *
 * @typedef {Said
 *   | { readonly kind: "joined", readonly name: string, readonly epoch: string, readonly number: number }
 *   | { readonly kind: "now" | "ping" | "pong" }
 *   | { readonly kind: "sent", readonly number: number }
 *   | { readonly kind: "kept", readonly number: number, readonly name: string }
 *   | { readonly kind: "refused", readonly number: number, readonly code: string, readonly text: string }
 *   | { readonly kind: "came" | "left" | "names", readonly names: readonly string[] }
 *   | { readonly kind: "renamed", readonly from: string, readonly to: string }
 *   | { readonly kind: "missed", readonly count: number }
 *   | { readonly kind: "bye", readonly code: string, readonly text: string }} ServerLine
 */

/**
 * What `line` says.
 *
 * @param {string} line
 * @returns {ServerLine | undefined} `undefined` for what this page does not know: a newer server may say more
 */
export function parseServerLine(line) {
  const [word = "", ...fields] = line.split("|");
  if (word === "old") return parseSaid(fields, true);
  if (word === "message" || word === "action") {
    return parseSaid([word, ...fields], false);
  }
  const [first = "", second = ""] = fields;
  const number = Number(first);
  switch (word) {
    case "joined":
      return fields.length < 3 ? undefined : {
        kind: word,
        name: first,
        epoch: second,
        number: Number(fields[2]),
      };
    case "now":
    case "ping":
    case "pong":
      return { kind: word };
    case "sent":
      return { kind: word, number };
    case "kept":
      return { kind: word, number, name: second };
    case "refused":
      return {
        kind: word,
        number,
        code: second,
        text: fields.slice(2).join("|"),
      };
    case "came":
    case "left":
    case "names":
      return { kind: word, names: fields };
    case "renamed":
      return { kind: word, from: first, to: second };
    case "missed":
      return { kind: word, count: number };
    case "bye":
      return { kind: word, code: first, text: fields.slice(1).join("|") };
    default:
      return undefined;
  }
}

/**
 * @param {readonly string[]} fields
 * @param {boolean} isOld
 * @returns {Said | undefined}
 */
function parseSaid([kind, id, time, from, to, ...text], isOld) {
  if (kind !== "message" && kind !== "action") return undefined;
  if (from === undefined || to === undefined) return undefined;
  return {
    kind,
    isOld,
    id: Number(id),
    time: Number(time),
    from,
    to,
    text: text.join("|"),
  };
}
