import { assert, assertEquals, assertThrows } from "@std/assert";
import { toBytes } from "../bytes/ascii.ts";
import { PeerError } from "../errors.ts";
import { toName } from "../names/name.ts";
import { splitsOf } from "../testing/vectors.ts";
import type { Request } from "../wire/verbs.ts";
import { HttpLinkMachine } from "./http_link_machine.ts";

const LIST = { verb: "list", place: "" } as const;
const DIGEST = {
  verb: "digest",
  algorithm: "sha256",
  name: toName("a"),
} as const;

function read(offset: number, length: number): Request {
  return { verb: "read", offset, length, name: toName("a") };
}

function asking(...requests: Request[]): HttpLinkMachine<number> {
  const machine = new HttpLinkMachine<number>("localhost:5000");
  for (const [at, request] of requests.entries()) {
    machine.sendText(request, at + 1);
  }
  return machine;
}

/** What happens when `pieces` arrive: bodies joined, the fault as the last. */
function eventsOf(
  machine: HttpLinkMachine<number>,
  ...pieces: readonly (string | Uint8Array)[]
): string[] {
  const log: string[] = [];
  let body = "";
  try {
    for (const piece of pieces) {
      machine.buffer.append(typeof piece === "string" ? toBytes(piece) : piece);
      for (;;) {
        const event = machine.next();
        if (event.kind === "need-data") break;
        const of = event.of === undefined ? "#-" : `#${event.of}`;
        if (event.kind === "body") {
          body += new TextDecoder().decode(event.bytes);
          continue;
        }
        if (body !== "") log.push(`body ${of} ${body}`);
        body = "";
        assert(event.ends && event.kind !== "ok", event.kind);
        log.push(
          event.kind === "end"
            ? `end ${of} ${JSON.stringify(Object.fromEntries(event.fields))}`
            : `err ${of} ${event.code} ${event.text}`,
        );
      }
    }
  } catch (error) {
    if (!(error instanceof PeerError)) throw error;
    log.push(`fault ${error.message}`);
  }
  return body === "" ? log : [...log, `open ${body}`];
}

/** Content of a server of ours. */
const OK = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8";

function chunked(
  body: string,
  end: string | undefined,
  first = OK,
): string {
  const chunk = body === "" ? "" : `${body.length.toString(16)}\r\n${body}\r\n`;
  const trailer = end === undefined ? "" : `Landline-End: ${end}\r\n`;
  return `${first}\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}0\r\n${trailer}\r\n`;
}

function piece(offset: number, body: string, size: number): string {
  const range = `bytes ${offset}-${offset + body.length - 1}/${size}`;
  return chunked(
    body,
    `xxh64=0 size=${size} mtime=1 version=v`,
    `HTTP/1.1 206 Partial Content\r\nContent-Range: ${range}`,
  );
}

function refusal(status: number, body: string, fields = ""): string {
  return `HTTP/1.1 ${status} x\r\n${fields}Content-Length: ${body.length}\r\n\r\n${body}`;
}

const END = { xxh64: "0", size: "9", mtime: "1", version: "v" };

Deno.test("next() gives answers as the wire protocol has them, in order, however they arrive", () => {
  const answers = toBytes(
    chunked("9 1 v a\n", "files=1") + piece(2, "cde", 9) +
      refusal(404, "404 Not Found: There is no such file\n") +
      refusal(200, "0123abcd\n"),
  );
  for (const pieces of splitsOf(answers)) {
    const machine = asking(LIST, read(2, 3), read(0, 5), DIGEST);
    assertEquals(eventsOf(machine, ...pieces), [
      "body #1 9 1 v a\n",
      'end #1 {"files":"1"}',
      "body #2 cde",
      `end #2 ${JSON.stringify(END)}`,
      "err #3 not-found There is no such file",
      "body #4 0123abcd\n",
      "end #4 {}",
    ]);
    assertEquals(machine.pending, 0);
  }
});

Deno.test("unanswered() keeps a request until its answer has ended", () => {
  const machine = asking(read(0, 5), read(0, 5));
  const answer = toBytes(piece(0, "hello", 9));
  for (const byte of answer.subarray(0, -1)) {
    eventsOf(machine, new Uint8Array([byte]));
    assertEquals(machine.unanswered(), [1, 2]);
  }
  eventsOf(machine, answer.subarray(-1));
  assertEquals([machine.unanswered(), machine.pending], [[2], 1]);
});

Deno.test("next() forgets what is answered, also after thousands of requests", () => {
  const machine = asking();
  let answered = 0;
  for (let i = 1; i <= 3000; i++) {
    machine.sendText(DIGEST, i);
    if (i % 7 !== 6) continue;
    for (const line of eventsOf(machine, refusal(404, "").repeat(5))) {
      assertEquals(line, `err #${++answered} not-found There is no such file`);
    }
  }
  assertEquals(machine.pending, 3000 - answered);
  assertEquals(machine.unanswered()[0], answered + 1);
});

Deno.test("next() gives refusals the code of the server, or that of the status", () => {
  for (
    const [answer, event] of [
      [
        refusal(
          409,
          "409 Conflict: It grew\nmore\n",
          "Landline-Fault: changed\r\n",
        ),
        "changed It grew",
      ],
      [
        refusal(409, "", "Landline-Fault: on-fire\r\n"),
        "on-fire The server says 409",
      ],
      [refusal(416, "no\r\n"), "bad-range no"],
      [refusal(404, "404"), "not-found 404"],
      [refusal(502, "\xff"), "internal \ufffd"],
      [chunked("No: x", undefined, "HTTP/1.1 403 x"), "not-allowed No: x"],
      // A page for browsers, of a server of another kind.
      [
        refusal(403, "<html>\n", "Content-Type: text/html\r\n"),
        "not-allowed That is not allowed here",
      ],
      [
        refusal(403, "Why\n", "Content-Type: text/plain; charset=utf-8\r\n"),
        "not-allowed Why",
      ],
      // As the wire protocol says that the connection ends with it.
      [
        refusal(503, "Full", "Landline-Fault: busy\r\nConnection: close\r\n"),
        "busy Full; closing",
      ],
      [
        refusal(408, "", "Connection: close\r\n"),
        "timeout That took too long; closing",
      ],
      ["HTTP/1.1 304 Not Modified\r\n\r\n", "not-found There is no such file"],
    ] as const
  ) assertEquals(eventsOf(asking(DIGEST), answer), [`err #1 ${event}`]);
});

Deno.test("next() gives a refusal that comes behind the bytes, and the connection goes on", () => {
  const [end, fault] = ["Landline-End: x", "Landline-Fault: changed\r\nX: y"];
  const cut = chunked("hel", "x").replace(end, fault);
  assertEquals(eventsOf(asking(read(0, 5), DIGEST), cut, refusal(200, "d\n")), [
    "body #1 hel",
    "err #1 changed ",
    "body #2 d\n",
    "end #2 {}",
  ]);
});

Deno.test("next() tells no more than a line of a refusal, and does not read one without end", () => {
  // security.md D2.
  const long = "x".repeat(1_000_000);
  assertEquals(
    eventsOf(asking(DIGEST, DIGEST), refusal(500, long), refusal(404, "")),
    [
      `err #1 internal ${"x".repeat(1024)}`,
      "err #2 not-found There is no such file",
    ],
  );
  const half = refusal(404, "\n" + long.slice(0, 600_000));
  assert(
    eventsOf(asking(DIGEST, DIGEST), half, half)[1]?.startsWith("err #2"),
  );
  const endless = "HTTP/1.1 500 x\r\nContent-Length: 9000000000\r\n\r\n";
  const [last] = eventsOf(asking(DIGEST), endless, ...Array(20).fill(long));
  assertEquals(last, "fault The server sends more than anybody wants to know");
});

Deno.test("next() gives a refusal that nobody asked for: the server is full, or stops", () => {
  const machine = asking();
  const fields = "Landline-Fault: stopping\r\nConnection: close\r\n";
  assertEquals(eventsOf(machine, refusal(503, "It stops\n", fields)), [
    "err #- stopping It stops; closing",
  ]);
  assert(machine.isOver);
});

Deno.test("next() refuses a content that nobody asked for, also behind an answer", () => {
  // RFC 9112 9.2: it would be taken for the answer to the next request.
  const unasked = "fault The server answers what was not asked";
  assertEquals(eventsOf(asking(), chunked("x", "")), [unasked]);
  assertEquals(
    eventsOf(asking(DIGEST), refusal(200, "abc\n") + refusal(200, "def\n")),
    ["body #1 abc\n", "end #1 {}", unasked],
  );
});

Deno.test("next() takes a file that has bytes now, and had none when it was listed, for changed", () => {
  const machine = asking(read(0, 0), read(0, 5));
  const grown = chunked(
    "x".repeat(70_000),
    "xxh64=0 size=70000 mtime=1 version=w",
  );
  assertEquals(eventsOf(machine, grown, piece(0, "hello", 9)), [
    "err #1 changed ",
    "body #2 hello",
    `end #2 ${JSON.stringify(END)}`,
  ]);
  const endless = "HTTP/1.1 200 OK\r\nContent-Length: 9000000000\r\n\r\n";
  const events = eventsOf(
    asking(read(0, 0)),
    endless,
    ...Array(20).fill("x".repeat(100_000)),
  );
  assertEquals(events, [
    "err #1 changed ",
    "fault The server sends more than anybody wants to know",
  ]);
});

Deno.test("next() takes an empty file for whole, and its check with it", () => {
  const end = "xxh64=ef46db3751d8e999 size=0 mtime=1 version=v";
  assertEquals(eventsOf(asking(read(0, 0)), chunked("", end)), [
    'end #1 {"xxh64":"ef46db3751d8e999","size":"0","mtime":"1","version":"v"}',
  ]);
});

Deno.test("next() refuses a server that does not say what it has sent: it is another one's", () => {
  for (
    const [request, answer] of [
      [LIST, chunked("1 2 v a\n", undefined)],
      [read(0, 5), refusal(200, "hello")],
      [read(0, 5), chunked("hello", undefined)],
    ] as const
  ) {
    const events = eventsOf(asking(request), answer);
    assert(events[0]?.startsWith("fault The server does not say"), `${events}`);
  }
});

Deno.test("next() throws the same fault again, and no request is lost with it", () => {
  const machine = asking(DIGEST, DIGEST);
  machine.buffer.append(
    toBytes(`${refusal(301, "")}nonsense\r\n${refusal(200, "")}`),
  );
  assertEquals(machine.next().kind, "err");
  const first = assertThrows(() => machine.next(), PeerError);
  assertEquals(assertThrows(() => machine.next(), PeerError), first);
  assertEquals(machine.unanswered(), [2]);
});

Deno.test("next() looks at nothing behind an answer that says that it is the last", () => {
  const machine = asking(DIGEST, DIGEST);
  const last = refusal(404, "", "Connection: close\r\n");
  assertEquals(eventsOf(machine, last + refusal(404, "")), [
    "err #1 not-found There is no such file; closing",
  ]);
  assertEquals([machine.isOver, machine.unanswered()], [true, [2]]);
});
