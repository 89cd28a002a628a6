/**
 * Fields that tus 1.0 adds to requests and answers.
 *
 * @module
 */

import { parseCount } from "../../bytes/ascii.ts";
import { FAULTS, Refusal } from "../../errors.ts";
import { formatHttpDate } from "../../http/dates.ts";
import { type Checksum, parseChecksum } from "../../http/metadata.ts";
import type { RequestHead } from "../../http/request_head.ts";
import { type Field, HttpRefusal } from "../../http/status.ts";
import type { Clock } from "../../io/clock.ts";

const VERSION = "1.0.0";

/** In every answer, but for that to OPTIONS. */
export const RESUMABLE: Field = ["Tus-Resumable", VERSION];

/** How long an upload is kept that nobody goes on with; so long `io/old_parts.ts` lets it be. */
export const UPLOADS_KEPT_MS = 24 * 3600 * 1000;

/** Refuses another version; nothing of such a request is to be looked at ("Tus-Version"). */
export function checkVersion({ fields }: RequestHead): void {
  if (fields.get("tus-resumable") === VERSION) return;
  throw new HttpRefusal(412, `Uploads are resumed by tus ${VERSION} here`, {
    fields: [["Tus-Version", VERSION]],
  });
}

/** Refuses a body that is not said to be bytes of an upload. */
export function checkUploadType({ fields }: RequestHead): void {
  const type = fields.get("content-type")?.toLowerCase();
  if (type === "application/offset+octet-stream") return;
  throw new HttpRefusal(
    415,
    "Bytes of an upload are application/offset+octet-stream",
  );
}

/** The number in the field `name`. */
export function countOf({ fields }: RequestHead, name: string): number {
  const count = parseCount(fields.get(name.toLowerCase()) ?? "");
  if (count !== undefined) return count;
  throw new Refusal("bad-request", `${name} is not a number of bytes`);
}

/** What the body has to hash to, if that is said. */
export function checksumOf({ fields }: RequestHead): Checksum | undefined {
  const value = fields.get("upload-checksum");
  return value === undefined ? undefined : parseChecksum(value);
}

/** Until when an upload is kept that was just written to. */
export function expiresField(clock: Clock): Field {
  return [
    "Upload-Expires",
    formatHttpDate(clock.wallTime() + UPLOADS_KEPT_MS),
  ];
}

/** `thrown` with what belongs into every answer; as it is, if it is no refusal. */
export function toTusFault(thrown: unknown): unknown {
  if (thrown instanceof HttpRefusal) {
    const { status, message, fields, closes } = thrown;
    return new HttpRefusal(status, message, {
      fields: [RESUMABLE, ...fields],
      closes,
    });
  }
  if (!(thrown instanceof Refusal) || thrown.code === "internal") return thrown;
  const { code, message, closes } = thrown;
  return new HttpRefusal(FAULTS[code].status, message, {
    fields: [RESUMABLE],
    closes,
  });
}
