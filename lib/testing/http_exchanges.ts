/**
 * The examples of docs/http.md. They are written as those of docs/protocol.md (`exchanges.ts`), but that a line of HTTP
 * ends in CR LF and a line of a file in LF, and that `…` alone on a line stands for any lines but empty ones.
 *
 * @module
 */

import { toBytes } from "../bytes/ascii.ts";
import { type Exchange, exchangesOf } from "./exchanges.ts";

/** The examples in `markdown`; what is sent in them is as it goes over the wire. */
export function httpExchangesOf(markdown: string): Exchange[] {
  return exchangesOf(markdown.replace(/^[<>]$/gm, "$& ")).map((exchange) => ({
    ...exchange,
    conversations: exchange.conversations.map((conversation) => ({
      ...conversation,
      sent: withCrlf(conversation.sent),
    })),
  }));
}

/** `text` with CR LF at the ends of all lines, but for those of a counted body. */
function withCrlf(text: string): string {
  let sent = "";
  /** Of the head that is being read, or of the body that is being skipped. */
  let bytes = 0;
  let isBody = false;
  for (const line of text.split(/(?<=\n)/)) {
    if (isBody) {
      sent += line;
      bytes -= toBytes(line).length;
    } else {
      sent += line.replace("\n", "\r\n");
      const length = /^Content-Length: (\d+)$/m.exec(line)?.[1];
      if (length !== undefined) bytes = Number(length);
      isBody = line === "\n";
    }
    isBody &&= bytes > 0;
  }
  return sent;
}

/** `received`, if `expected` tells of it; else as it is to be compared with that. */
export function asExpected(received: string, expected: string): string {
  const text = received.replaceAll("\r\n", "\n");
  const pattern = expected.split(/(^…\n|…)/m).map((piece) => {
    if (piece === "…\n") return "(?:[^\\n]+\\n)*";
    return piece === "…" ? "[^ \\n]+" : piece.replace(/[^\w\s]/g, "\\$&");
  });
  return new RegExp(`^${pattern.join("")}$`).test(text) ? expected : text;
}
