/**
 * What a server says of a file: the lines that `list` answers (`SIZE MTIME VERSION NAME`), and the fields behind a piece.
 *
 * @module
 */

import { parseCount } from "../bytes/ascii.ts";
import { PeerError } from "../errors.ts";
import { unescapeName, visible } from "../names/escape.ts";
import { isReserved, type Name, toName } from "../names/name.ts";
import type { Fields } from "../wire/reply.ts";

/** A file that a server has. */
export interface RemoteFile {
  readonly name: Name;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly mtime: number;
  readonly version: string;
}

/**
 * The file on `line`.
 *
 * @throws {PeerError} for a line that is none, and for a name that no honest server lists: nothing it says is trusted then
 */
export function parseListLine(line: string): RemoteFile {
  const one = line.indexOf(" ");
  const two = line.indexOf(" ", one + 1);
  const three = line.indexOf(" ", two + 1);
  const size = parseCount(line.slice(0, one));
  const mtime = parseCount(line.slice(one + 1, two));
  if (three < 0 || size === undefined || mtime === undefined) {
    throw new PeerError(
      `The server lists "${
        visible(line.slice(0, 80))
      }", which is not a line of a listing`,
    );
  }
  const name = nameIn(line.slice(three + 1));
  return { name, size, mtime, version: line.slice(two + 1, three) };
}

/**
 * What the `fields` of the line behind a piece say of the file `name`.
 *
 * @throws {PeerError} if something is missing, or is no number
 */
export function parseFileFields(name: Name, fields: Fields): RemoteFile {
  const size = parseCount(fields.get("size") ?? "");
  const mtime = parseCount(fields.get("mtime") ?? "");
  const version = fields.get("version");
  if (size === undefined || mtime === undefined || version === undefined) {
    throw new PeerError("The server does not say which version it sent");
  }
  return { name, size, mtime, version };
}

function nameIn(text: string): Name {
  try {
    const name = toName(unescapeName(text));
    if (!isReserved(name)) return name;
  } catch {
    // Falls through to the one sentence.
  }
  throw new PeerError(
    `The server lists the name "${
      visible(text.slice(0, 80))
    }", which could not be stored safely`,
  );
}
