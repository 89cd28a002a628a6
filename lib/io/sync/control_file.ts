/**
 * Where the peer that runs for a folder listens for commands, and the secret that they have to know:
 * `.landline/control.json`, which only its user can read.
 *
 * @module
 */

import { hash, timingSafeEqual } from "node:crypto";
import { messageOf } from "../../errors.ts";
import { removeIfThere } from "../at_path.ts";

/** What is in it. */
export interface ControlAddress {
  /** On this machine. */
  readonly host: string;
  readonly port: number;
  /** Made anew by each run. */
  readonly token: string;
}

const FILE = "control.json";

/** @param own path of `.landline/` in the folder */
export function writeControlFile(own: string, address: ControlAddress): void {
  const path = `${own}/${FILE}`;
  const draft = `${path}.new`;
  removeIfThere(draft);
  // Made new, so that the mode is not that of something older.
  Deno.writeTextFileSync(draft, JSON.stringify(address), {
    createNew: true,
    mode: 0o600,
  });
  Deno.renameSync(draft, path);
}

/** What is there; `undefined` if there is nothing of use. A run that was killed leaves one behind. */
export function readControlFile(own: string): ControlAddress | undefined {
  let value: unknown;
  try {
    value = JSON.parse(Deno.readTextFileSync(`${own}/${FILE}`));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    if (error instanceof SyntaxError) return undefined;
    throw new Error(`Cannot read ${own}/${FILE}: ${messageOf(error)}`, {
      cause: error,
    });
  }
  return isControlAddress(value) ? value : undefined;
}

export function removeControlFile(own: string): void {
  removeIfThere(`${own}/${FILE}`);
}

/** Whether both are the same, in a time that does not tell how much of them is (security.md W6). */
export function isSameSecret(a: string, b: string): boolean {
  // Hashes are equally long, whatever a stranger sends.
  return timingSafeEqual(
    hash("sha256", a, "buffer"),
    hash("sha256", b, "buffer"),
  );
}

function isControlAddress(value: unknown): value is ControlAddress {
  if (typeof value !== "object" || value === null) return false;
  const address = value as { readonly [K in keyof ControlAddress]?: unknown };
  return typeof address.host === "string" &&
    Number.isInteger(address.port) && typeof address.token === "string";
}
