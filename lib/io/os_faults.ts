/**
 * What the operating system says, as one of our faults.
 *
 * @module
 */

import { type FaultCode, messageOf, Refusal } from "../errors.ts";

/** errno -> fault. What is not listed is `internal`, and logged. */
const BY_ERRNO: ReadonlyMap<string, FaultCode> = new Map([
  ["ENOENT", "not-found"],
  ["ENOTDIR", "not-found"],
  ["EISDIR", "not-found"],
  ["ELOOP", "not-found"],
  ["ENXIO", "not-found"],
  ["ENAMETOOLONG", "bad-name"],
  ["EILSEQ", "bad-name"],
  ["EINVAL", "bad-name"],
  ["EACCES", "not-allowed"],
  ["EPERM", "not-allowed"],
  ["EROFS", "not-allowed"],
  ["EEXIST", "exists"],
  ["ENOTEMPTY", "exists"],
  ["ENOSPC", "no-space"],
  ["EDQUOT", "no-space"],
  ["EFBIG", "too-large"],
  ["EMFILE", "busy"],
  ["ENFILE", "busy"],
]);

/** The errno name of `thrown` (`ENOENT`), if it came from the operating system. */
export function errnoOf(thrown: unknown): string | undefined {
  const code = thrown instanceof Error && "code" in thrown
    ? thrown.code
    : undefined;
  return typeof code === "string" ? code : undefined;
}

/** What file systems say that have no hard links, or no more of them for this file. */
const NO_HARD_LINKS: ReadonlySet<string> = new Set([
  "EPERM",
  "ENOTSUP",
  "EOPNOTSUPP",
  "ENOSYS",
  "EMLINK",
]);

/** Whether `thrown` says that a hard link cannot be made there, whatever its name. */
export function isWithoutHardLinks(thrown: unknown): boolean {
  return NO_HARD_LINKS.has(errnoOf(thrown) ?? "");
}

/** `thrown` as a refusal: itself if it is one, else by its errno. The text tells nothing of paths outside the folder. */
export function toRefusal(thrown: unknown): Refusal {
  if (thrown instanceof Refusal) return thrown;
  // Deno's own sandbox said no: for the peer that is the same as a missing permission.
  if (thrown instanceof Deno.errors.NotCapable) {
    return new Refusal("not-allowed", undefined, { cause: thrown });
  }
  const code = BY_ERRNO.get(errnoOf(thrown) ?? "") ?? "internal";
  return new Refusal(code, undefined, { cause: thrown });
}

/** The same for the person whose own disk it is: the text is the system's. */
export function toOwnRefusal(thrown: unknown): Refusal {
  const refusal = toRefusal(thrown);
  return refusal === thrown || refusal.code === "no-space"
    ? refusal
    : new Refusal(refusal.code, plainMessage(thrown), { cause: thrown });
}

/** The sentence of an error of the operating system for the person at the terminal, without "(os error 2)". */
export function plainMessage(thrown: unknown): string {
  return messageOf(thrown).replace(/ \(os error \d+\)/, "");
}
