/**
 * The folder in which a server keeps something (`--data`).
 *
 * @module
 */

import { EXIT, messageOf, ProgramError } from "../errors.ts";

/**
 * What `open` opens in `folder`, which is made if it is not there.
 *
 * @param what is kept in it, for the sentence that says why it cannot be
 * @throws {ProgramError}
 */
export async function openInDataFolder<S>(
  folder: string,
  what: string,
  open: () => Promise<S>,
): Promise<S> {
  try {
    // What people say, and what their files are called, is nothing for other users of the machine.
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
    return await open();
  } catch (error) {
    const denied = error instanceof Deno.errors.PermissionDenied ||
      error instanceof Deno.errors.NotCapable;
    throw new ProgramError(
      `Cannot keep ${what} in "${folder}": ${messageOf(error)}`,
      denied ? EXIT.denied : EXIT.other,
      { cause: error },
    );
  }
}
