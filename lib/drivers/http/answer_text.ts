/**
 * Answers that are made here, and are small.
 *
 * @module
 */

import { toBytes } from "../../bytes/ascii.ts";
import type { PageAsset } from "../../files/page_assets.ts";
import type { Field } from "../../http/status.ts";
import type { HttpSession } from "./http_session.ts";
import { PAGE_FIELDS } from "./page_fields.ts";

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

/** Fields of an answer that is made here: its type, which is never guessed at (security.md X5), and how long it is good for. */
export function ownFields(type: string, caching: string): readonly Field[] {
  return [
    ["Content-Type", type],
    ["X-Content-Type-Options", "nosniff"],
    ["Cache-Control", caching],
  ];
}

/**
 * Answers with a file of one of our pages.
 *
 * @param more fields of every answer of the server
 */
export async function answerAsset(
  { type, text, isVersioned }: PageAsset & { readonly isVersioned: boolean },
  more: readonly Field[],
  session: HttpSession,
): Promise<void> {
  const caching = isVersioned ? "max-age=31536000, immutable" : "no-cache";
  // The policy holds for a worker by its own head.
  await answerText(
    text,
    [...ownFields(type, caching), ...more, ...PAGE_FIELDS],
    session,
  );
}
