import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  parseField,
  parseServerFlags,
  SERVER_FLAGS,
} from "../lib/cli/server_flags.ts";
import { UPLOADS_KEPT_MS } from "../lib/drivers/http/tus_fields.ts";
import { Metrics, metricsMemory } from "../lib/drivers/metrics.ts";
import { Refusal } from "../lib/errors.ts";
import { FIELDS_MAX } from "../lib/http/field_lines.ts";
import { CHECKSUM_ALGORITHMS } from "../lib/http/metadata.ts";
import { PART_HEAD_BYTES_MAX, PARTS_MAX } from "../lib/http/form_data.ts";
import { NAME_BYTES_MAX, PART_BYTES_MAX } from "../lib/names/name.ts";
import { SERVER } from "../lib/http/response_head.ts";
import { RANGES_MAX } from "../lib/http/range.ts";
import {
  HEAD_BYTES_MAX,
  REQUEST_LINE_BYTES_MAX,
  SKIPPED_BYTES_MAX,
} from "../lib/http/server_connection.ts";
import { REASONS } from "../lib/http/status.ts";
import { LINE_MS_MAX } from "../lib/programs/file_server.ts";
import type { Conversation, Exchange } from "../lib/testing/exchanges.ts";
import { turn } from "../lib/testing/fake_clock.ts";
import { asExpected, httpExchangesOf } from "../lib/testing/http_exchanges.ts";
import { converse } from "../lib/testing/conversing.ts";
import { MemoryServer } from "../lib/testing/memory_server.ts";
import { sectionsOf } from "../lib/testing/vectors.ts";
import { textOf } from "../lib/testing/wire_peer.ts";
import { within } from "../lib/testing/within.ts";
import http from "./http.md" with { type: "text" };

const EXCHANGES = httpExchangesOf(http);
const FILES: Record<string, string> = JSON.parse(
  sectionsOf(http).flatMap(({ blocks }) => blocks)
    .find(({ words }) => words.join(" ") === "json folder")!.lines.join("\n"),
);
/** Sun, 06 Nov 1994 08:48:20 GMT. */
const MTIME = 784_111_700_000;

function serverWith(args: readonly string[]): MemoryServer {
  const { flags } = parseServerFlags(args);
  const server = new MemoryServer({
    ...flags["allow-upload"] &&
      {
        uploads: {
          onConflict: flags["on-conflict"],
          bytesMax: flags["max-upload"]!,
        },
      },
    ...flags.metrics && {
      metrics: new Metrics({
        version: "1",
        memoryBytes: () => 1,
        thread: 0,
        memory: metricsMemory(1),
        startedAt: 0,
      }),
    },
    http: {
      mayDelete: flags["allow-delete"],
      cors: flags.cors,
      spa: flags.spa,
      fields: flags.header.map(parseField),
    },
  });
  for (const [name, content] of Object.entries(FILES)) {
    server.directory.put(name, content, MTIME);
  }
  return server;
}

/** Whole, byte by byte, and cut in two at some places: at all of them it is cut by the vectors of testdata/http. */
function* splitsOf({ sent }: Conversation): Iterable<Uint8Array[]> {
  const bytes = new TextEncoder().encode(sent);
  yield [bytes];
  yield Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
  for (let at = 1; at < bytes.length; at += 7) {
    yield [bytes.subarray(0, at), bytes.subarray(at)];
  }
}

async function check({ flags, conversations }: Exchange): Promise<void> {
  for (const conversation of conversations) {
    for (const pieces of splitsOf(conversation)) {
      await using server = serverWith(flags);
      const received = await converse(server, pieces, conversation);
      assertEquals(
        asExpected(received, conversation.received),
        conversation.received,
        `cut into ${pieces.slice(0, 5).map((piece) => piece.length)}`,
      );
    }
  }
}

for (const exchange of EXCHANGES) {
  Deno.test(`docs/http.md: the example in ${exchange.name}`, async () => {
    await check(exchange);
  });
}

/** The rows of the table below the heading `name`, without its head. */
function rowsBelow(name: string): string[][] {
  const [, section = ""] = http.split(`\n## ${name}\n`);
  return section.split("\n## ")[0]!.split("\n")
    .filter((line) => line.startsWith("|")).slice(2)
    .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
}

Deno.test("docs/http.md has the statuses and reasons that the code has, in its order", () => {
  assertEquals(
    rowsBelow("Statuses").map(([status]) => status),
    Object.entries(REASONS).map(([status, reason]) => `${status} ${reason}`),
  );
});

/** What earns a status: the flags, what is sent, and what happens to the server before or behind it. */
interface Earning {
  readonly flags?: readonly string[];
  readonly sent: string;
  readonly before?: (server: MemoryServer) => void;
  readonly behind?: (server: MemoryServer) => Promise<void>;
}

/** A request with these fields, and nothing behind it. */
function request(line: string, ...fields: string[]): string {
  return [`${line} HTTP/1.1`, "Host: x", ...fields, "", ""].join("\r\n");
}

const UPLOAD = ["--allow-upload"];
const FORM = "Content-Type: multipart/form-data; boundary=b";
const FORM_BODY = '--b\r\nContent-Disposition: form-data; name="f"; ' +
  'filename="a"\r\n\r\n\r\n--b--';
const TUS = [
  "Tus-Resumable: 1.0.0",
  "Upload-Length: 1",
  "Upload-Metadata: filename YQ==",
  "Content-Type: application/offset+octet-stream",
];

/** Every status but 423, for which another thread is needed (`tus_answers.ts`). */
const EARNINGS: Readonly<Record<number, Earning>> = {
  100: {
    flags: UPLOAD,
    sent: request("PUT /a", "Expect: 100-continue", "Content-Length: 1"),
  },
  200: { sent: request("GET /bio.txt") },
  201: { flags: UPLOAD, sent: request("PUT /a", "Content-Length: 0") },
  204: { sent: request("OPTIONS *") },
  206: { sent: request("GET /bio.txt", "Range: bytes=0-0") },
  301: { sent: request("GET /notes") },
  303: {
    flags: UPLOAD,
    sent: request(
      "POST /",
      FORM,
      "Accept: text/html",
      `Content-Length: ${FORM_BODY.length}`,
    ) + FORM_BODY,
  },
  304: { sent: request("GET /bio.txt", "If-None-Match: *") },
  308: { flags: UPLOAD, sent: request("POST /notes", "Content-Length: 0") },
  400: { sent: request("GET /bio.txt", "A : b") },
  403: { sent: request("PUT /a", "Content-Length: 0") },
  404: { sent: request("GET /nowhere") },
  405: { flags: UPLOAD, sent: request("PUT /notes/", "Content-Length: 0") },
  408: {
    sent: "GET / HTTP/1.1\r\nHost: x\r\n",
    behind: ({ clock }) => clock.advance(32_000),
  },
  409: { flags: UPLOAD, sent: request("PUT /bio.txt", "Content-Length: 0") },
  411: { flags: UPLOAD, sent: request("PUT /a") },
  412: { sent: request("GET /bio.txt", 'If-Match: "x"') },
  413: {
    flags: [...UPLOAD, "--max-upload", "4"],
    sent: request("PUT /a", "Content-Length: 5"),
  },
  414: { sent: `GET /${"x".repeat(REQUEST_LINE_BYTES_MAX)} HTTP/1.1\r\n` },
  415: { flags: UPLOAD, sent: request("POST /", "Content-Length: 0") },
  416: { sent: request("GET /bio.txt", "Range: bytes=24-") },
  417: { sent: request("GET /bio.txt", "Expect: more") },
  431: { sent: request("GET /", `A: ${"b".repeat(HEAD_BYTES_MAX)}`) },
  460: {
    flags: UPLOAD,
    sent: request(
      "POST /",
      ...TUS,
      "Upload-Checksum: md5 AAAAAAAAAAAAAAAAAAAAAA==",
      "Content-Length: 1",
    ) + "x",
  },
  500: {
    sent: request("GET /"),
    before: ({ directory }) => {
      directory.kindOf = () => {
        throw new Error("planted");
      };
    },
  },
  501: { sent: request("BREW /") },
  503: {
    flags: UPLOAD,
    sent: request("PUT /a", "Content-Length: 0"),
    before: ({ directory }) => {
      directory.receive = () => {
        throw new Refusal("busy");
      };
    },
  },
  505: { sent: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" },
  507: {
    flags: UPLOAD,
    sent: request("PUT /a", "Content-Length: 1") + "x",
    before: ({ directory }) => {
      directory.capacityBytes = 0;
    },
  },
};

for (const [status, reason] of Object.entries(REASONS)) {
  const earning = EARNINGS[Number(status)];
  if (earning === undefined) continue;
  Deno.test(`docs/http.md: there is a request for ${status} ${reason}`, async () => {
    await using server = serverWith(earning.flags ?? []);
    earning.before?.(server);
    const { peer } = server.connect();
    await peer.send(earning.sent);
    await turn();
    await earning.behind?.(server);
    await peer.end();
    const received = textOf(await within("the end", peer.rest()));
    peer.close();
    const [line] = received.split("\r\n");
    assertEquals(line, `HTTP/1.1 ${status} ${reason}`);
  });
}

Deno.test("docs/http.md has no status that no request of this test earns, but 202 of the chat and 423", () => {
  assertEquals(
    Object.keys(REASONS).filter((status) => !(status in EARNINGS)),
    ["202", "423"],
  );
});

Deno.test("docs/http.md names the limits that the code has", () => {
  const rows = rowsBelow("Limits").map(([what = "", limit = ""]) => {
    assertMatch(limit, /^\d+(?: bytes| s)?$/);
    return [what, parseInt(limit)];
  });
  assertEquals(Object.fromEntries(rows), {
    "request line, CR LF not counted": REQUEST_LINE_BYTES_MAX,
    "head, with all line ends": HEAD_BYTES_MAX,
    "fields of a head, and of trailers": FIELDS_MAX,
    "chunk extensions of a body, and its trailers, together": 16 * 1024,
    "rest of a body that is thrown away": SKIPPED_BYTES_MAX,
    "ranges of a request": RANGES_MAX,
    "parts of a form": PARTS_MAX,
    "head of a part of a form": PART_HEAD_BYTES_MAX,
    "from the first byte of a head to its end": LINE_MS_MAX / 1000,
    "nothing asked and nothing answered": SERVER_FLAGS.idle.default,
    "a body or an answer of which no byte moves": SERVER_FLAGS.stall.default,
    "after SIGTERM, for what is under way": SERVER_FLAGS.grace.default,
    "connections": SERVER_FLAGS["max-clients"].default,
    "size of an uploaded file": parseServerFlags([]).flags["max-upload"]!,
    "an upload by tus without a byte": UPLOADS_KEPT_MS / 1000,
  });
});

Deno.test("docs/http.md says by which rule requests are refused, beside each line", () => {
  const rule =
    /^(?:(?:9110|9112|RFC \d{4}) [\dA-C][\d.]*(?:, [\d.]+)*|protocol\.md|WHATWG .*|W3C .*|CSP 3|tus(?:, .*| 1\.0)|)$/;
  const tables = http.match(/(?:^\|.*\n)+/gm)!.filter((table) =>
    /\| rule +\|\n/.test(table)
  );
  assert(tables.length >= 14, `${tables.length} tables`);
  for (const line of tables.flatMap((table) => table.trim().split("\n"))) {
    if (/^\| -|\| rule +\|$/.test(line)) continue;
    assertMatch(line.split("|").at(-2)!.trim(), rule, line);
  }
});

Deno.test("docs/http.md says the same in its text as the code", () => {
  const said = [
    `\`Upload-Checksum\` with ${CHECKSUM_ALGORITHMS.replaceAll(",", ", ")}`,
    `at most ${SKIPPED_BYTES_MAX / 1024 / 1024} MiB of it are left`,
    `a part of more than ${PART_BYTES_MAX} bytes, a name of more than ${NAME_BYTES_MAX}`,
    `more than ${RANGES_MAX}, a range`,
    `413 for more than ${PARTS_MAX} parts`,
    `\`Server: ${SERVER}\``,
  ];
  const text = http.replace(/\s+/g, " ");
  for (const words of said) assert(text.includes(words), words);
});

Deno.test("docs/http.md names only flags that server.ts has", () => {
  for (const [, flag = ""] of http.matchAll(/`--([a-z-]+)/g)) {
    assert(flag in SERVER_FLAGS || flag === "protocol", flag);
  }
});
