import { assertEquals, assertThrows } from "@std/assert";
import { MisuseError } from "../errors.ts";
import {
  type AnswerBody,
  connectionLine,
  fieldLines,
  headText,
} from "./response_head.ts";

const DATE = "Tue, 14 Nov 2023 22:13:20 GMT";

Deno.test("headText() writes the status line, the date, the server, the fields and the framing", () => {
  assertEquals(
    headText(200, DATE, fieldLines([["Content-Type", "text/plain"]]), 5),
    `HTTP/1.1 200 OK\r\nDate: ${DATE}\r\nServer: Landline\r\n` +
      "Content-Type: text/plain\r\nContent-Length: 5\r\n",
  );
});

Deno.test("headText() says how long the body is in one way, or not at all where there is none", () => {
  const lines: [AnswerBody, string][] = [
    [0, "Content-Length: 0\r\n"],
    [2 ** 53 - 1, "Content-Length: 9007199254740991\r\n"],
    ["chunked", "Transfer-Encoding: chunked\r\n"],
    ["until-close", ""],
    ["none", ""],
  ];
  for (const [body, line] of lines) {
    const head = headText(404, DATE, "", body);
    assertEquals(
      head,
      `HTTP/1.1 404 Not Found\r\nDate: ${DATE}\r\nServer: Landline\r\n${line}`,
    );
  }
});

Deno.test("fieldLines() refuses a value that would end its line, or is not ASCII (security.md X2)", () => {
  for (
    const value of [
      "a\r\nSet-Cookie: b",
      "a\rb",
      "a\nb",
      "\0",
      "\x1b[2J",
      "\x7f",
      "é",
      "\u2028",
      "\u010d\u010a",
    ]
  ) {
    assertThrows(() => fieldLines([["Location", value]]), MisuseError);
  }
});

Deno.test("fieldLines() writes fields in their order, and nothing for none", () => {
  assertEquals(fieldLines([]), "");
  assertEquals(fieldLines([["B", ""], ["A", "\t~"]]), "B: \r\nA: \t~\r\n");
});

Deno.test("connectionLine() says what is not the rule of the version (RFC 9112 9.3)", () => {
  assertEquals(connectionLine(1, false), "");
  assertEquals(connectionLine(1, true), "Connection: close\r\n");
  assertEquals(connectionLine(0, false), "Connection: keep-alive\r\n");
  assertEquals(connectionLine(0, true), "Connection: close\r\n");
});
