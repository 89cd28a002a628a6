/**
 * Errors, as HTTP says them: a short page for browsers, one plain line for everybody else.
 *
 * @module
 */

import { toBytes } from "../../bytes/ascii.ts";
import { type FaultCode, FAULTS, Refusal } from "../../errors.ts";
import { errorPage } from "../../files/listing_page.ts";
import { prefersHtml } from "../../http/accept.ts";
import type { RequestHead } from "../../http/request_head.ts";
import { type Field, HttpRefusal, REASONS } from "../../http/status.ts";
import { ownFields } from "./answer_text.ts";
import type { HttpSession } from "./http_session.ts";
import { PAGE_FIELDS } from "./page_fields.ts";

/** A refusal, as HTTP says it. */
export interface HttpError {
  readonly refusal: HttpRefusal;
  /** Our own word for it, for our own client. */
  readonly code: FaultCode | undefined;
}

/** What was thrown, as HTTP says it. `toRefusal` knows what the operating system means. */
export function toHttpError(
  thrown: unknown,
  toRefusal: (thrown: unknown) => Refusal,
): HttpError {
  if (thrown instanceof HttpRefusal) {
    return { refusal: thrown, code: undefined };
  }
  const { code, message, closes } = toRefusal(thrown);
  return {
    refusal: new HttpRefusal(FAULTS[code].status, message, { closes }),
    code,
  };
}

/** Answers with `error`; `head` is what was asked for, if that was understood. */
export async function answerError(
  { refusal, code }: HttpError,
  head: RequestHead | undefined,
  fields: readonly Field[],
  session: HttpSession,
): Promise<void> {
  const { status } = refusal;
  const reason = REASONS[status];
  if (refusal.closes) session.closeAfterAnswer();
  const asPage = prefersHtml(head?.fields.get("accept"));
  const body = toBytes(
    asPage
      ? errorPage({ status, reason, text: refusal.message })
      : `${status} ${reason}: ${refusal.message}\n`,
  );
  session.respond(status, [
    ...ownFields(
      asPage ? "text/html; charset=utf-8" : "text/plain; charset=utf-8",
      "no-store",
    ),
    ...(asPage ? PAGE_FIELDS : []),
    ...(code === undefined ? [] : [["Landline-Fault", code] as const]),
    ...refusal.fields,
    ...fields,
  ], body.length);
  await session.send(body);
}
