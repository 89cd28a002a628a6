/**
 * Which parts of a file a `Range` field asks for (RFC 9110 14.1, 14.2). What is broken, or would make the answer larger
 * than the file, is ignored: the answer is then the whole file, which is always right (14.2: a server MAY ignore Range).
 *
 * @module
 */

/** Bytes of a file, all of them within it. */
export interface Part {
  readonly offset: number;
  readonly length: number;
}

/** What to answer with: 200, 416, or 206 with these parts in the order in which they were asked for. */
export type Ranges =
  | { readonly kind: "whole" }
  | { readonly kind: "unsatisfiable" }
  | { readonly kind: "parts"; readonly parts: readonly Part[] };

/** As many as Apache takes (MaxRanges); download managers ask for one, zsync for some tens. */
export const RANGES_MAX = 200;

const WHOLE: Ranges = { kind: "whole" };
const UNSATISFIABLE: Ranges = { kind: "unsatisfiable" };

const UNIT = /^bytes=/i;

/**
 * RFC 9110 14.1.1, 14.1.2: `5-9`, `5-`, `-5`; as a member of a list (5.6.1.2) it may be empty. Digits are ASCII digits
 * (security.md R4). Nothing in it can match in two ways: linear time on any input.
 */
const MEMBER = /[ \t]*(?:([0-9]*)-([0-9]*)[ \t]*)?(?:,|$)/y;

/** The parts of a file of `size` bytes that `range`, the value of the field, asks for. */
export function parseRange(range: string | undefined, size: number): Ranges {
  // An empty file has no part that Content-Range could say.
  if (range === undefined || size === 0 || !UNIT.test(range)) return WHOLE;
  const parts: Part[] = [];
  let members = 0;
  let isSet = false;
  MEMBER.lastIndex = "bytes=".length;
  while (MEMBER.lastIndex < range.length) {
    const member = MEMBER.exec(range);
    if (member === null || ++members > RANGES_MAX) return WHOLE;
    const [, first, last] = member;
    if (first === undefined || last === undefined) continue;
    isSet = true;
    const part = partOf(first, last, size);
    if (part === "invalid") return WHOLE;
    if (part !== "unsatisfiable") parts.push(part);
  }
  if (!isSet) return WHOLE;
  if (parts.length === 0) return UNSATISFIABLE;
  return overlap(parts) ? WHOLE : { kind: "parts", parts };
}

/**
 * `first` and `last` are digits or nothing: `Number` has no room for tricks, and what is too much for it to be exact is
 * behind the end of any file (security.md R2).
 */
function partOf(
  first: string,
  last: string,
  size: number,
): Part | "invalid" | "unsatisfiable" {
  if (first === "") {
    if (last === "") return "invalid";
    const length = Math.min(Number(last), size);
    return length === 0 ? "unsatisfiable" : { offset: size - length, length };
  }
  const offset = Number(first);
  const end = last === "" ? size : Math.min(Number(last) + 1, size);
  if (last !== "" && Number(last) < offset) return "invalid";
  if (offset >= size) return "unsatisfiable";
  return { offset, length: end - offset };
}

/** Whether a byte is asked for twice: what is asked for without that is never more than the file (security.md R1). */
function overlap(parts: readonly Part[]): boolean {
  if (parts.length === 1) return false;
  const sorted = parts.toSorted((a, b) => a.offset - b.offset);
  let end = 0;
  for (const { offset, length } of sorted) {
    if (offset < end) return true;
    end = offset + length;
  }
  return false;
}

/** The value of Content-Range of a part (RFC 9110 14.4). */
export function contentRange({ offset, length }: Part, size: number): string {
  return `bytes ${offset}-${offset + length - 1}/${size}`;
}

/** The value of Content-Range in a 416 (RFC 9110 14.4, 15.5.17). */
export function unsatisfiedRange(size: number): string {
  return `bytes */${size}`;
}
