/**
 * Talking with the server: one question after another, and what its answers mean for the person who asked.
 *
 * @module
 */

import { askList } from "../../drivers/ask.ts";
import { watchStalls } from "../../drivers/connection_loss.ts";
import type { Link } from "../../drivers/link.ts";
import {
  EXIT,
  FAULTS,
  MisuseError,
  ProgramError,
  Refusal,
} from "../../errors.ts";
import type { RemoteFile } from "../../files/listing.ts";
import { systemClock } from "../../io/clock.ts";
import { plainMessage } from "../../io/os_faults.ts";
import { toName } from "../../names/name.ts";

/** What a conversation (about `name`) ended with, as a sentence and an exit code. */
export function toProgramError(error: unknown, name = ""): unknown {
  if (error instanceof ProgramError || error instanceof MisuseError) {
    return error;
  }
  if (error instanceof Refusal) {
    const text = name === "" ? error.message : `"${name}": ${error.message}`;
    return new ProgramError(text, FAULTS[error.code].exit, { cause: error });
  }
  return new ProgramError(
    `Lost the server: ${plainMessage(error)}`,
    EXIT.network,
    { cause: error },
  );
}

/**
 * The files that `places` name (all, where there are none), in the server's order. The connection is left open for more.
 *
 * @throws {ProgramError} if the server does not give them; the connection is closed then
 */
export async function listFiles(
  link: Link<undefined>,
  places: readonly string[],
  stallMsMax: number,
): Promise<RemoteFile[]> {
  using _watch = watchStall(link, stallMsMax);
  const files: RemoteFile[] = [];
  const earlier = new Set<string>();
  const all = places.length === 0;
  for (const place of all ? [""] : places) {
    try {
      // An empty word is no name: it must not stand for all files.
      const found = await askList(link, all ? "" : toName(place));
      for (const file of found) {
        // Named twice (`pics pics/a.png`) is wanted once; twice in one listing is a fault of the server's, told later.
        if (!earlier.has(file.name)) files.push(file);
      }
      if (!all) { for (const { name } of found) earlier.add(name); }
    } catch (error) {
      link.close();
      throw toProgramError(error, place);
    }
  }
  return files;
}

/** A connection for one request after another. It is lost when nothing has moved for `stallMsMax`. */
export class Conversation implements Disposable {
  readonly link: Link<undefined>;
  readonly #watch: Disposable;

  constructor(link: Link<undefined>, stallMsMax: number) {
    this.link = link;
    this.#watch = watchStall(link, stallMsMax);
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
    this.link.close();
  }
}

/** Closes `link` when an answer is due and nothing has moved for `ms`. */
function watchStall(link: Link<undefined>, ms: number): Disposable {
  const stop = watchStalls([link], ms, systemClock);
  return { [Symbol.dispose]: stop };
}
