import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { toBytes } from "../bytes/ascii.ts";
import { Refusal } from "../errors.ts";
import { toName } from "../names/name.ts";
import { anyRequest, anyText } from "../testing/arbitrary.ts";
import { formatRequest, parseRequest } from "./request.ts";
import { speaksHttp } from "./sniff.ts";

/** The line of `formatRequest` as a server's machine hands it on. */
function lineOf(text: string): Uint8Array {
  return toBytes(text.replace(/^\n/, "").slice(0, -1));
}

Deno.test("parseRequest() gives back every request that formatRequest() wrote", () => {
  fc.assert(
    fc.property(anyRequest(), (request) => {
      assertEquals(parseRequest(lineOf(formatRequest(request))), request);
    }),
    { numRuns: 500 },
  );
});

Deno.test("formatRequest() writes one line that is not taken for HTTP, whatever the name", () => {
  fc.assert(
    fc.property(anyRequest(), (request) => {
      const text = formatRequest(request);
      const first = text.slice(0, text.indexOf("\n"));
      assert(!speaksHttp(first), text);
      // An empty line may stand in front; nothing else is another line.
      assertEquals(
        text.replace(/^\n/, "").indexOf("\n") + 1,
        text.replace(/^\n/, "").length,
      );
    }),
    { numRuns: 500 },
  );
});

Deno.test("formatRequest() puts an empty line in front of what ends like HTTP, and only then", () => {
  const ask = (name: string) =>
    formatRequest({ verb: "download", name: toName(name) });
  assertEquals(ask("a HTTP/1.1"), "\ndownload a HTTP/1.1\n");
  assertEquals(ask("HTTP/1.1"), "\ndownload HTTP/1.1\n");
  assertEquals(ask("HTTP/1.1 a"), "download HTTP/1.1 a\n");
});

Deno.test("formatRequest() refuses text that would be two requests", () => {
  for (const text of ["a\nquit", "\n", "half \ud83d"]) {
    for (
      const request of [
        { verb: "echo", text },
        { verb: "run", line: text },
      ] as const
    ) {
      const refusal = assertThrows(() => formatRequest(request), Refusal);
      assertEquals(refusal.code, "bad-request");
    }
  }
});

Deno.test("parseRequest() gives a request or a Refusal, and nothing else, for any line", () => {
  const verbs = [
    "send filelist",
    "list",
    "download",
    "read",
    "digest",
    "upload",
    "offer",
    "part",
    "commit",
    "run",
    "help",
    "quit",
  ];
  const words = fc.array(fc.oneof(anyText(6), fc.nat(99).map(String)), {
    maxLength: 5,
  });
  const line = fc.tuple(fc.constantFrom(...verbs), words).map(([verb, rest]) =>
    toBytes([verb, ...rest].join(" "))
  );
  const cut = fc.tuple(line, fc.nat()).map(([bytes, at]) =>
    bytes.subarray(0, at % (bytes.length + 1))
  );
  fc.assert(
    fc.property(fc.oneof(line, cut, fc.uint8Array()), (bytes) => {
      try {
        const request = parseRequest(bytes);
        assertEquals(parseRequest(lineOf(formatRequest(request))), request);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        assert(
          ["bad-request", "bad-name", "unknown-verb"].includes(error.code),
        );
        // The sentence stands on one line of a reply, and quotes what is hostile only in its visible form.
        assert(!/[\x00-\x1f\x7f-\x9f]/.test(error.message), error.message);
        assert(error.message.isWellFormed());
      }
    }),
    { numRuns: 500 },
  );
});

Deno.test("parseRequest() closes with a refusal of whatever announces a body", () => {
  const closes = (line: string) =>
    assertThrows(() => parseRequest(toBytes(line)), Refusal).closes;
  for (
    const line of [
      "upload",
      "upload x y",
      "upload 5 ..",
      "part",
      "part a b c d",
    ]
  ) {
    assertEquals(closes(line), true, line);
  }
  for (const line of ["uploads 5 a", "download ..", "offer x", "commit"]) {
    assertEquals(closes(line), false, line);
  }
});

Deno.test("parseRequest() says what is wrong in a sentence of its own", () => {
  const said = (line: string) =>
    assertThrows(() => parseRequest(toBytes(line)), Refusal).message;
  const missing = "Something is missing on the line; try: help";
  assertEquals(said("digest sha256"), missing);
  assertEquals(said("read 0 5"), missing);
  assertEquals(said("read 0 -5 a"), '"-5" is not a number of bytes');
  assertEquals(said("help me"), "Nothing follows this command; try: help");
  assertEquals(
    said("x".repeat(8000)),
    `There is no command "${"x".repeat(40)}"; try: help`,
  );
});
