/**
 * One request and its whole answer, for those who do not send ahead.
 *
 * @module
 */

import { fromBytes } from "../bytes/ascii.ts";
import { joinBytes } from "../bytes/join.ts";
import { PeerError } from "../errors.ts";
import { parseListLine, type RemoteFile } from "../files/listing.ts";
import type { Name } from "../names/name.ts";
import type { Fields } from "../wire/reply.ts";
import type { Request } from "../wire/verbs.ts";
import { type Link, refusalOf } from "./link.ts";

/** A piece of an answer; `bytes` is valid until the next is asked for. */
export interface AnswerPiece {
  readonly bytes: Uint8Array;
  /** Of the line in front of it. */
  readonly fields: Fields;
}

/**
 * Sends `request` and gives the body of its answer as it comes.
 *
 * @returns the fields of the line that ended (or, for an answer of known length, began) it
 * @throws {Refusal} if the server refuses
 * @throws {PeerError} if the connection is lost
 */
export async function* ask(
  link: Link<undefined>,
  request: Request,
): AsyncGenerator<AnswerPiece, Fields> {
  link.queue(request, undefined);
  await link.flush();
  let fields: Fields = new Map();
  for (;;) {
    const event = await link.event();
    switch (event.kind) {
      case "err":
        throw refusalOf(event.code, event.text);
      case "ok":
      case "data":
        fields = event.fields;
        break;
      case "body":
        yield { bytes: event.bytes, fields };
        break;
      case "end":
        return event.fields;
      default:
        throw event satisfies never;
    }
    if (event.ends) return fields;
  }
}

/**
 * The files in and below `place` (`""` for all).
 *
 * @throws {PeerError} if a name is listed that could not be stored safely
 */
export async function askList(
  link: Link<undefined>,
  place: Name | "",
): Promise<RemoteFile[]> {
  const files: RemoteFile[] = [];
  let end = new Uint8Array();
  for await (const { bytes } of ask(link, { verb: "list", place })) {
    // A line may be cut anywhere; whole ones are parsed as they come.
    const at = bytes.lastIndexOf(0x0a);
    if (at < 0) {
      end = joinBytes([end, bytes]);
      continue;
    }
    const text = fromBytes(joinBytes([end, bytes.subarray(0, at)]));
    if (text === undefined) {
      throw new PeerError("The server's listing is not UTF-8");
    }
    for (const line of text.split("\n")) files.push(parseListLine(line));
    end = bytes.slice(at + 1);
  }
  if (end.length > 0) throw new PeerError("The server's listing is cut off");
  return files;
}
