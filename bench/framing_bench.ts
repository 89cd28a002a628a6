/**
 * The pure parts: what a request and its answer cost without any I/O.
 *
 * @module
 */

import { toBytes } from "../lib/bytes/ascii.ts";
import { checks } from "../lib/io/checks.ts";
import { toName } from "../lib/names/name.ts";
import { ClientConnection } from "../lib/wire/client_connection.ts";
import { formatRequest, parseRequest } from "../lib/wire/request.ts";
import { parseReply } from "../lib/wire/reply.ts";
import { ServerConnection } from "../lib/wire/server_connection.ts";

const TIMES = { idleMsMax: 1e6, lineMsMax: 1e6, stallMsMax: 1e6 };
const request = {
  verb: "read",
  offset: 0,
  length: 1024,
  name: toName("pictures/picture_001.png"),
} as const;
const line = toBytes("read 0 1024 pictures/picture_001.png");
const end = "END xxh64=bb410164b2933f47 size=1024 mtime=1795256860960 " +
  "version=1a06h-s0-mwq9kzds-mwq9kyn4";

Deno.bench("a request: text to value", { group: "lines" }, () => {
  parseRequest(line);
});

Deno.bench("a request: value to text", { group: "lines" }, () => {
  formatRequest(request);
});

Deno.bench("a reply: text to value", { group: "lines" }, () => {
  parseReply(end);
});

const REQUESTS = 1000;
const requests = toBytes(formatRequest(request).repeat(REQUESTS));

Deno.bench("1000 requests through the server's machine", {
  group: "machines",
}, () => {
  const machine = new ServerConnection(TIMES, 0);
  for (let at = 0; at < requests.length;) {
    const space = machine.buffer.space();
    const count = Math.min(space.length, requests.length - at);
    space.set(requests.subarray(at, at + count));
    machine.commit(count, 0);
    at += count;
    while (machine.next(0).kind === "request") {
      machine.sendText({ kind: "data", bytes: 1024 }, 0);
      machine.sendText({ kind: "end" }, 0);
    }
  }
});

const body = "x".repeat(1024);
const answers = toBytes(`DATA 1024\n${body}${end}\n`.repeat(REQUESTS));

Deno.bench("1000 answers of 1 KiB through the client's machine", {
  group: "machines",
}, () => {
  const machine = new ClientConnection<undefined>();
  for (let i = 0; i < REQUESTS; i++) machine.sendText(request, undefined);
  for (let at = 0; at < answers.length;) {
    const space = machine.buffer.space();
    const count = Math.min(space.length, answers.length - at);
    space.set(answers.subarray(at, at + count));
    machine.buffer.commit(count);
    at += count;
    while (machine.next().kind !== "need-data");
  }
});

for (const size of [1024, 256 * 1024]) {
  const bytes = new Uint8Array(size).map((_, i) => i * 7);
  Deno.bench(`XXH64 of ${size} bytes`, { group: "checks" }, () => {
    checks.xxh64(bytes);
  });
}
