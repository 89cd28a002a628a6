import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { PeerError } from "../errors.ts";
import { checks } from "../io/checks.ts";
import { fetchAll, STALL_MS } from "../testing/fetching.ts";
import { MemoryFolder } from "../testing/memory_folder.ts";
import { MemoryServer } from "../testing/memory_server.ts";
import { type Script, scriptedChannels } from "../testing/scripted_server.ts";
import { HttpLink } from "./http_link.ts";

/** What is fetched from scripted servers: one small file, and one of two pieces. */
const SIZES = { small: 10, large: 5_000_000 };
const LISTED = Object.entries(SIZES).map(([name, size]) =>
  `${size} 1 v ${name}\n`
).join("");

const OK = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n";

function chunked(head: string, body: string, trailer: string): string {
  const chunk = `${body.length.toString(16)}\r\n${body}\r\n`;
  return `${head}Transfer-Encoding: chunked\r\n\r\n${chunk}0\r\n${trailer}\r\n`;
}

/** The right answer for a piece, as a server of another make could give it. */
function piece(from: number, to: number, name: keyof typeof SIZES): string {
  const body = "x".repeat(to - from + 1);
  const sum = checks.xxh64(new TextEncoder().encode(body));
  return chunked(
    `HTTP/1.1 206 y\r\nContent-Range: bytes ${from}-${to}/${SIZES[name]}\r\n`,
    body,
    `Landline-End: xxh64=${sum} size=${SIZES[name]} mtime=1 version=v\r\n`,
  );
}

/** A server that lists properly and answers pieces with what `read` gives. */
function reading(
  read: (
    from: number,
    to: number,
    name: keyof typeof SIZES,
  ) => string | undefined,
): Script {
  let name = "";
  return (line) => {
    const target = /^GET \/(\S*) HTTP\/1\.1\r$/.exec(line)?.[1];
    if (target === "?list") {
      return chunked(OK, LISTED, "Landline-End: files=2\r\n");
    }
    if (target !== undefined) name = target;
    const [, from, to] = /^Range: bytes=(\d+)-(\d+)\r$/.exec(line) ?? [];
    if (from === undefined) return "";
    return read(Number(from), Number(to), name as keyof typeof SIZES);
  };
}

async function fetchScripted(script: Script, retries = 2) {
  await using server = new MemoryServer();
  const folder = new MemoryFolder();
  const fetched = await fetchAll({
    server,
    folder,
    connections: 2,
    retries,
    connect: scriptedChannels(script),
    newLink: (channel, clock) => new HttpLink(channel, clock, "[::1]:5000"),
  });
  return { folder, ...fetched };
}

Deno.test("FetchJob over HTTP writes what a scripted server sends that keeps the rules: the next tests test something", async () => {
  const { folder, error } = await fetchScripted(reading(piece), 0);
  assertEquals(error, undefined);
  assertEquals([...folder.files.keys()].sort(), ["large", "small"]);
});

Deno.test("FetchJob over HTTP makes the connection again where each answer is the last, also if it is not ended", async () => {
  const { folder, error, connectedAt } = await fetchScripted(
    reading((...asked) =>
      piece(...asked).replace("206 y\r\n", "206 y\r\nConnection: close\r\n")
    ),
    1,
  );
  assertEquals(error, undefined);
  assert(connectedAt.at(-1)! < STALL_MS, "it is not waited for");
  assertEquals([...folder.files.keys()].sort(), ["large", "small"]);
});

const RULE_BREAKERS: Record<string, Script> = {
  "sends more than it was asked for": reading((from, to, name) =>
    piece(from, to + 1, name)
  ),
  "sends less, and says that is all": reading((from, to, name) =>
    piece(from, to - 1, name)
  ),
  "sends another piece, with its check": reading((from, to, name) =>
    piece(from + 1, to + 1, name)
  ),
  "says nothing of what it has sent": reading((...asked) =>
    piece(...asked).replace(/Landline-End.*\r\n/, "")
  ),
  "says nothing of the version": reading((...asked) =>
    piece(...asked).replace(" version=v", "")
  ),
  "counts the whole file, without a check": reading((from, to) =>
    `${OK}Content-Length: ${to + 1}\r\n\r\n${"x".repeat(to - from + 1)}`
  ),
  "leaves the end of the body to that of the connection": reading(() =>
    `${OK}\r\nxxxxxxxxxx`
  ),
  "breaks the grammar of chunks": reading((...asked) =>
    piece(...asked).replace("\r\n0\r\n", "\r\n0x0\r\n")
  ),
  "answers in the wire protocol": reading(() => "DATA 1\nxEND\n"),
  "answers what was not asked": reading(() => `${OK}Content-Length: 0\r\n\r\n`),
  "ends in the middle of each piece": reading(() => undefined),
};

for (const [what, script] of Object.entries(RULE_BREAKERS)) {
  Deno.test(`FetchJob over HTTP writes nothing from a server that ${what}, and comes to an end`, async () => {
    // security.md D4, S1, S4, T2.
    const { folder, error } = await fetchScripted(script);
    assertInstanceOf(error, PeerError);
    assertEquals([...folder.files.keys()], []);
    assertEquals([folder.openFiles, folder.overrunBytes], [0, 0]);
  });
}

Deno.test("FetchJob over HTTP notices a server that stands still, within the time it was given", async () => {
  const { folder, connectedAt } = await fetchScripted(
    reading((...asked) => piece(...asked).slice(0, 50)),
    0,
  );
  assertEquals([...folder.files.keys()], []);
  assertEquals(connectedAt.length, 2);
});
