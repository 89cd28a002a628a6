/**
 * Tokens tell the parts of uploads apart; they stand in the names of our files.
 *
 * @module
 */

import { MisuseError } from "../errors.ts";

/** Long enough not to be guessed, and nothing that a path could make something else of. */
const TOKEN = /^[0-9a-z-]{16,64}$/;

/** 16 hexadecimal digits that nobody can guess. */
export function newToken(): string {
  return [...crypto.getRandomValues(new Uint8Array(8))].map((byte) =>
    byte.toString(16).padStart(2, "0")
  ).join("");
}

/**
 * Makes sure that `token` is one. Whoever has it from a peer has checked it before; here it becomes part of a path.
 *
 * @throws {MisuseError}
 */
export function checkToken(token: string): void {
  if (!TOKEN.test(token)) {
    throw new MisuseError(`Cannot use "${token}" as a token`);
  }
}
