/**
 * Answers that are made here, and are small.
 *
 * @module
 */

import { toBytes } from "../../bytes/ascii.ts";
import type { Field } from "../../http/status.ts";
import type { HttpSession } from "./http_session.ts";

/** Answers with `text`, whole. */
export async function answerText(
  text: string,
  fields: readonly Field[],
  session: HttpSession,
): Promise<void> {
  const bytes = toBytes(text);
  session.respond(200, fields, bytes.length);
  await session.send(bytes);
}
