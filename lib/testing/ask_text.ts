/**
 * The answer to one question as text, for tests of those who ask.
 *
 * @module
 */

import { ask } from "../drivers/ask.ts";
import type { Link } from "../drivers/link.ts";
import type { Request } from "../wire/verbs.ts";

/** The answer to `request` as text. */
export async function askText(
  link: Link<undefined>,
  request: Request,
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const { bytes } of ask(link, request)) {
    text += decoder.decode(bytes, { stream: true });
  }
  return text + decoder.decode();
}
