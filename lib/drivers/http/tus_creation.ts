/**
 * What a request says that begins a resumable upload (tus 1.0, "Creation" and "Creation With Upload").
 *
 * @module
 */

import { parseCount } from "../../bytes/ascii.ts";
import { Refusal } from "../../errors.ts";
import { parseMetadata } from "../../http/metadata.ts";
import type { RequestHead } from "../../http/request_head.ts";
import { baseOf, type Name, toName } from "../../names/name.ts";
import { nameIn } from "./change_names.ts";
import { checkUploadType, countOf } from "./tus_fields.ts";
import type { TusNote } from "./tus_note.ts";
import { pastTheEnd } from "./tus_upload.ts";

/** An upload that is to begin. */
export interface TusCreation {
  /** What the file is to be called. */
  readonly name: Name;
  readonly note: TusNote;
  /** Whether the first bytes, or all, come along. */
  readonly hasBytes: boolean;
}

/**
 * What the request with that head, for `folder`, is to begin.
 *
 * @throws {Refusal} `bad-request`, `bad-name`, `too-large`
 * @throws {HttpRefusal} 415
 */
export function parseCreation(
  head: RequestHead,
  folder: Name | "",
): TusCreation {
  const { fields, body } = head;
  if (fields.has("upload-defer-length") || fields.has("upload-concat")) {
    throw new Refusal(
      "bad-request",
      "An upload begins with its whole length here, and goes on in one row",
    );
  }
  const length = countOf(head, "Upload-Length");
  const hasBytes = body.kind === "chunked" ||
    (body.kind === "counted" && body.bytes > 0);
  if (hasBytes) checkUploadType(head);
  if (body.kind === "counted" && body.bytes > length) throw pastTheEnd();
  const metadata = fields.get("upload-metadata");
  const said = parseMetadata(metadata);
  const name = nameIn(folder, fileNameIn(said));
  const lastModified = dateIn(said.get("lastModified"));
  const note = {
    base: toName(baseOf(name)),
    length,
    ...(metadata !== undefined && { metadata }),
    ...(lastModified !== undefined && { lastModified }),
  };
  return { name, note, hasBytes };
}

/** Clients of tus agree on `filename`; Uppy says `name`, and with dropped folders the `relativePath`, which may be "null". */
function fileNameIn(metadata: ReadonlyMap<string, string>): string {
  const fileName = metadata.get("filename") ?? metadata.get("name");
  if (fileName === undefined) {
    throw new Refusal("bad-request", "Upload-Metadata has no filename");
  }
  const path = metadata.get("relativePath");
  return path?.endsWith("/" + fileName) ? path : fileName;
}

/** The end of the year 9999: what is later is no date that a file has. */
const DATE_MAX = 253_402_300_799_999;

function dateIn(text: string | undefined): number | undefined {
  const date = text === undefined ? undefined : parseCount(text);
  return date !== undefined && date <= DATE_MAX ? date : undefined;
}
