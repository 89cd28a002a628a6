/**
 * HTTP without a socket: what a head costs, what a range costs, and a whole request from its bytes to those of its answer.
 *
 * @module
 */

import { toBytes } from "../lib/bytes/ascii.ts";
import { parseRange } from "../lib/http/range.ts";
import { parseRequestHead } from "../lib/http/request_head.ts";
import { HttpServerConnection } from "../lib/http/server_connection.ts";
import { requestText } from "../lib/testing/http_peer.ts";
import { MemoryServer } from "../lib/testing/memory_server.ts";

const PATH = "GET /pictures/picture_001.png";

/** As wrk sends it. */
const SMALL = requestText(PATH, { Host: "localhost:5000" });

/** As Chromium sends it for a picture in a page. */
const BROWSER = requestText(PATH, {
  "Host": "192.168.1.7:5000",
  "Connection": "keep-alive",
  "User-Agent":
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
  "Accept": "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
  "Sec-Fetch-Site": "same-origin",
  "Sec-Fetch-Mode": "no-cors",
  "Sec-Fetch-Dest": "image",
  "Referer": "http://192.168.1.7:5000/pictures/",
  "Accept-Encoding": "gzip, deflate",
  "Accept-Language": "de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7",
  "If-None-Match": '"2jj1i-sg-mwqgh9j0-mwqgh8ww"',
  "If-Modified-Since": "Sat, 21 Nov 2026 13:40:44 GMT",
});

/** The parser is given the head without the empty line behind it. */
function headOf(request: string): Uint8Array {
  return toBytes(request.slice(0, -"\r\n".length));
}

const KINDS = { "small": SMALL, "browser's": BROWSER };

for (const [kind, request] of Object.entries(KINDS)) {
  const head = headOf(request);
  Deno.bench(
    `a ${kind} head of ${head.length} bytes`,
    { group: "heads" },
    () => {
      parseRequestHead(head);
    },
  );
}

const SIZE = 2 ** 30;
const RANGES = {
  "no range": undefined,
  "one range": "bytes=1048576-2097151",
  "20 ranges": rangesOf(20),
  "200 ranges, the most that is taken": rangesOf(200),
};

/** So many parts of 50 bytes, with 50 bytes between them. */
function rangesOf(count: number): string {
  const parts = Array.from({ length: count }, (_, at) => `${at}00-${at}49`);
  return `bytes=${parts.join(",")}`;
}

for (const [name, range] of Object.entries(RANGES)) {
  Deno.bench(name, { group: "ranges" }, () => {
    parseRange(range, SIZE);
  });
}

const REQUESTS = 1000;
const TIMES = { idleMsMax: 1e6, lineMsMax: 1e6, stallMsMax: 1e6 };

for (const [kind, request] of Object.entries(KINDS)) {
  const bytes = toBytes(request.repeat(REQUESTS));
  Deno.bench(`1000 ${kind} requests through the server's machine`, {
    group: "machine",
  }, () => {
    const machine = new HttpServerConnection(TIMES, 0);
    for (let at = 0; at < bytes.length;) {
      const space = machine.buffer.space();
      const count = Math.min(space.length, bytes.length - at);
      space.set(bytes.subarray(at, at + count));
      machine.commit(count, 0);
      at += count;
      while (machine.next(0).kind === "request") machine.answered(false, 0);
    }
  });
}

const server = new MemoryServer({
  files: {
    "pictures/picture_001.png": new Uint8Array(1024),
    "large.bin": new Uint8Array(1 << 20),
  },
});
const { peer } = server.browse();

/** Each is sent when the answer before it has arrived: what a driver costs for one request, and the strict client with it. */
const WHOLE: Readonly<Record<string, [request: string, fields: object]>> = {
  "GET of 1 KiB": [PATH, {}],
  "HEAD of the same": [PATH.replace("GET", "HEAD"), {}],
  "GET of 1 MiB": ["GET /large.bin", {}],
  "one range of 1 KiB of it": ["GET /large.bin", { Range: "bytes=1024-2047" }],
  "20 ranges of 50 bytes of it": ["GET /large.bin", {
    Range: RANGES["20 ranges"],
  }],
  "GET of what is not there": ["GET /nothing", {}],
};

for (const [name, [request, fields]] of Object.entries(WHOLE)) {
  Deno.bench(name, { group: "whole requests" }, async () => {
    await peer.ask(request, { ...fields });
    // It keeps a line for each.
    server.log.requests.length = 0;
  });
}
