/**
 * What may come from the network as the name of a file, and the only maker of paths.
 *
 * A `Name` is a relative path with `/` between its parts, already decoded. Code further in holds a `Name` and need not
 * wonder: it has no empty part, no `.`, no `..`, no NUL, and is not too long for any file system we know. That it does
 * not leave the folder through a symbolic link is the file system's to say: `io/rooted_directory.ts` asks it.
 *
 * @module
 */

import { Refusal } from "../errors.ts";
import { toBytes } from "../bytes/ascii.ts";

declare const checked: unique symbol;

/** A checked name; only `toName` makes one. */
export type Name = string & { readonly [checked]: true };

/** NAME_MAX of Linux, macOS (in UTF-8) and, in UTF-16 units, Windows. */
export const PART_BYTES_MAX = 255;
/** PATH_MAX of Linux less a kilobyte for the folder in front. */
export const NAME_BYTES_MAX = 3072;

/** What belongs to us (part files, journals, locks) begins like this, in every folder; it is never listed, served or overwritten. */
export const RESERVED_PREFIX = ".landline";

/** Operating systems whose rules for names differ. */
export type NameRules = "posix" | "windows";

const NUL = /\x00/;

/**
 * Checks `text` as the name of a file (security.md P1, P3, P4, P10).
 *
 * @throws {Refusal} `bad-name`, with the reason
 */
export function toName(text: string): Name {
  const fault = faultOfName(text);
  if (fault !== undefined) throw new Refusal("bad-name", fault);
  return text as Name;
}

function faultOfName(text: string): string | undefined {
  if (text === "") return "The name is empty";
  if (NUL.test(text)) return "The name contains NUL";
  // A surrogate without its partner has no UTF-8 form: it would be written as U+FFFD and name another file.
  if (!text.isWellFormed()) return "The name is not valid Unicode";
  // A character has at most three bytes of UTF-8 for each UTF-16 unit: most names need no counting.
  const mayBeLong = text.length * 3 > PART_BYTES_MAX;
  if (mayBeLong && toBytes(text).length > NAME_BYTES_MAX) {
    return "The name is too long";
  }
  if (text.startsWith("/")) return "The name is an absolute path";
  for (const part of text.split("/")) {
    if (part === "") return "The name has an empty part";
    if (part === "." || part === "..") return `The name has a part "${part}"`;
    if (mayBeLong && toBytes(part).length > PART_BYTES_MAX) {
      return "A part of the name is too long";
    }
  }
  return undefined;
}

/** Whether a part of `name` begins with a dot: not listed and not served unless asked for. */
export function isHidden(name: string): boolean {
  return name.startsWith(".") || name.includes("/.");
}

/** Whether a part of `name` is one of our own files. */
export function isReserved(name: string): boolean {
  return name.startsWith(RESERVED_PREFIX) ||
    name.includes("/" + RESERVED_PREFIX);
}

/**
 * What Windows would read as something else than a file of that name: other separators, streams (`a:b`), wildcards,
 * devices (also with an extension, with blanks before it, and with ¹²³ for 123), and the trailing dots and blanks that it
 * drops (security.md P3, P11).
 */
const WINDOWS_UNUSABLE =
  /[\\:*?"<>|\x00-\x1f]|[. ]$|^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$) *(?:\.|$)/i;

/**
 * The path of `name` in the folder `root`: the only place where a name becomes a path.
 *
 * @param root absolute path of the folder, without a separator at its end
 * @throws {Refusal} `bad-name` if this operating system would take the name for something else
 */
export function pathOf(root: string, name: Name, rules: NameRules): string {
  if (
    rules === "windows" &&
    name.split("/").some((part) => WINDOWS_UNUSABLE.test(part))
  ) {
    throw new Refusal(
      "bad-name",
      "The name cannot be used on this server's file system",
    );
  }
  return root === "/" ? "/" + name : root + "/" + name;
}

/** The folder part of `name`, `""` for a name without one. That of a checked name is one itself. */
export function folderOf(name: Name): Name | "";
export function folderOf(name: string): string;
export function folderOf(name: string): string {
  const at = name.lastIndexOf("/");
  return at < 0 ? "" : name.slice(0, at);
}

/** The folders above `name`, from the top. */
export function foldersAbove(name: Name): Name[];
export function foldersAbove(name: string): string[];
export function foldersAbove(name: string): string[] {
  const above: string[] = [];
  for (let at = name.indexOf("/"); at >= 0; at = name.indexOf("/", at + 1)) {
    above.push(name.slice(0, at));
  }
  return above;
}

/** The last part of `name`. */
export function baseOf(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

/**
 * `name` with `mark` between its stem and its extension: `a/bio.txt` and ` (1)` give `a/bio (1).txt`. A leading dot does
 * not begin an extension, and what leaves no room for the mark is none. A stem too long for the result is cut, at a whole
 * character.
 */
export function withMark(name: Name, mark: string): Name {
  const base = baseOf(name);
  const dot = base.lastIndexOf(".");
  const fits = toBytes(mark + base.slice(dot)).length < PART_BYTES_MAX;
  const extension = dot > 0 && fits ? base.slice(dot) : "";
  let stem = base.slice(0, base.length - extension.length);
  while (
    toBytes(stem + mark + extension).length > PART_BYTES_MAX && stem !== ""
  ) {
    stem = [...stem].slice(0, -1).join("");
  }
  const folder = folderOf(name);
  return toName((folder === "" ? "" : folder + "/") + stem + mark + extension);
}
