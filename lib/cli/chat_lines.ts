/**
 * How people see a chat in the terminal: what was said, who came, what was not taken. One line each, without its end.
 *
 * What others chose (names, texts) is shown escaped here and nowhere else (security.md L2).
 *
 * @module
 */

import { visible } from "../names/escape.ts";

/** A message or an action. */
export interface Said {
  readonly kind: "message" | "action";
  readonly isOld: boolean;
  readonly time: number;
  readonly from: string;
  /** A name, or `*`. */
  readonly to: string;
  readonly text: string;
}

/** How lines are decorated. */
export interface ChatStyle {
  readonly colors: boolean;
  readonly time: boolean;
}

/** More people at once are a number. */
const NAMED_MAX = 8;

const RESET = "\x1b[0m";
const BOLD = "\x1b[1m";
const DIM = "\x1b[2m";
/** Colours of names that can be read on dark and on light; no red, which is for errors. */
const COLORS = [32, 33, 34, 35, 36, 92, 94, 95, 96];

/** What everybody may know without reading a manual. */
export const CHAT_HELP =
  `hello | bob        hello, to bob alone (Tab completes a name)
hello | *          hello, to everyone; so does a line without " | "
/me waves          an action; /me waves | bob
/who               who is here
/nick NAME         another name for you
/history [N]       the last lines again
/quit              leaves
//x                the message /x
`;

/**
 * `text` of somebody else, with everything made visible that could drive a terminal, forge a line, or hide; as on the page
 * (web/chat/visible.js). The joiners U+200C and U+200D stay: Persian is written with the one, families of emoji with the
 * other.
 */
export function shown(text: string): string {
  return /[\u200c\u200d]/.test(text)
    ? text.split(/([\u200c\u200d])/).map((piece, i) =>
      i % 2 === 1 ? piece : visible(piece)
    ).join("")
    : visible(text);
}

/** A line for scripts: `alice|hello`, an action as it is typed; with the date and the time if they were asked for. */
export function plainLine(
  { kind, from, text, time }: Said,
  withTime: boolean,
): string {
  const stamp = withTime ? `${dateTime(time)} ` : "";
  return `${stamp}${shown(from)}|${kind === "action" ? "/me " : ""}${
    shown(text)
  }`;
}

/** The same for people: `alice|hello`, `* alice waves`; bold if it is to one alone, dim if it is old. */
export function saidLine(said: Said, style: ChatStyle): string {
  const { kind, from, to, time, isOld } = said;
  const text = shown(said.text);
  const stamp = style.time ? `${clockTime(time)} ` : "";
  const [before, behind] = kind === "action" ? ["* ", " "] : ["", "|"];
  if (!style.colors) return `${stamp}${before}${shown(from)}${behind}${text}`;
  if (isOld) return dim(`${stamp}${before}${shown(from)}${behind}${text}`);
  const isDirect = to !== "*";
  const name = `\x1b[${isDirect ? "1;" : ""}${colorOf(from)}m${
    shown(from)
  }${RESET}`;
  const loudText = isDirect ? `${BOLD}${text}${RESET}` : text;
  return `${
    stamp === "" ? "" : dim(stamp)
  }${before}${name}${behind}${loudText}`;
}

/** `+ bob, carol`, `- 20 people` */
export function presenceLine(
  kind: "came" | "left",
  names: readonly string[],
): string {
  const sign = kind === "came" ? "+" : "-";
  return names.length > NAMED_MAX
    ? `${sign} ${names.length} people`
    : `${sign} ${names.map(shown).join(", ")}`;
}

/** Who is here. */
export function namesLine(names: readonly string[]): string {
  return names.length === 0
    ? "Nobody is here"
    : `${names.length} here: ${names.map(shown).join(", ")}`;
}

/** A message that was not taken, and why; `typed` is empty for what nobody can show. */
export function notTakenLine(typed: string, reason: string): string {
  if (typed === "") return `Not sent: ${shown(reason)}`;
  const beginning = [...typed].slice(0, 60).join("");
  const quoted = beginning === typed ? typed : `${beginning}...`;
  return `Not sent: "${shown(quoted)}": ${shown(reason)}`;
}

/** `line`, less loud. */
export function dim(line: string): string {
  return `${DIM}${line}${RESET}`;
}

/** `2026-11-21T13:49:52Z`, which sorts, in any zone. */
function dateTime(time: number): string {
  const date = new Date(time);
  return isNaN(date.getTime())
    ? "-"
    : date.toISOString().replace(/\.\d+Z$/, "Z");
}

/** Hours and minutes here. */
function clockTime(time: number): string {
  const date = new Date(time);
  // A number of a server's that is no date.
  if (isNaN(date.getTime())) return "--:--";
  return [date.getHours(), date.getMinutes()].map((part) =>
    String(part).padStart(2, "0")
  ).join(":");
}

/** The same for everybody who looks, and for all spellings in upper and lower case. */
function colorOf(name: string): number {
  let hash = 0;
  for (const character of name.toLowerCase()) {
    hash = (hash * 31 + character.codePointAt(0)!) >>> 0;
  }
  return COLORS[hash % COLORS.length]!;
}
