/**
 * What has to hold for any bytes that the server's HTTP machine is given: events or a fault that closes, the same ones
 * however the bytes are cut, and no more than a buffer of them held. What holds for any one input is asserted by `replay`.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { fromBytes, toBytes } from "../bytes/ascii.ts";
import { Refusal } from "../errors.ts";
import { HttpRefusal } from "../http/status.ts";
import { pathOfPlace, placeOf } from "../http/target.ts";
import { bent, cut, nearly, type Numbers } from "./fuzzing_bytes.ts";
import { replay } from "./http_replay.ts";

const LINES = [
  "GET / HTTP/1.1",
  "HEAD /a?b HTTP/1.1",
  "PUT /a HTTP/1.1",
  "POST http://x/ HTTP/1.1",
  "OPTIONS * HTTP/1.1",
  "GET /é HTTP/1.0",
];

const FIELDS = [
  "A: b",
  "A:\tb \t",
  "Connection: close",
  "Connection: keep-alive",
  "Expect: 100-continue",
  "Host: y",
  "Content-Length: 5",
  "Content-Length: 1048577",
  "Content-Length: 18446744073709551621",
  "Transfer-Encoding: chunked",
  "Transfer-Encoding: gzip, chunked",
  " folded",
  "B : c",
  "no colon",
  "C: \0",
];

const BODIES = [
  "",
  "hello",
  "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n",
  "\r\n",
];

/** Requests one behind the other, most of them right. */
function requests(random: Numbers): Uint8Array<ArrayBuffer> {
  const pick = (from: readonly string[]) => from[random(from.length)]!;
  let text = "";
  for (let left = 1 + random(5); left > 0; left--) {
    text += pick(LINES) + "\r\n";
    if (random(20) > 0) text += "Host: x\r\n";
    if (random(4) === 0) text += pick(FIELDS) + "\r\n";
    text += framed(random, pick(BODIES));
    if (random(8) === 0) text += "\r\n";
  }
  const bytes = [...toBytes(text)];
  return random(2) === 0 ? new Uint8Array(bytes) : bent(random, bytes);
}

/** The last fields of a head, and a body. */
function framed(random: Numbers, body: string): string {
  switch (random(4)) {
    case 0:
      return "\r\n";
    case 1:
      return `Content-Length: ${body.length}\r\n\r\n${body}`;
    default: {
      let text = "Transfer-Encoding: chunked\r\n\r\n";
      for (let left = random(4); body !== "" && left > 0; left--) {
        const extension = random(4) === 0 ? ";a=b" : "";
        text += `${body.length.toString(16)}${extension}\r\n${body}\r\n`;
      }
      return text + (random(4) === 0 ? "0\r\nA: b\r\n\r\n" : "0\r\n\r\n");
    }
  }
}

/** For bytes that are far from right. */
const WORDS = [
  ...LINES,
  ...FIELDS,
  "\r\n",
  "\r\n",
  "\r\n",
  "\r\n\r\n",
  "5\r\nhello\r\n",
  "1fffffffffffff\r\n",
  "0\r\n\r\n",
  "HTTP/1.1",
  "HTTP/2.0",
  "\r",
  "\n",
  " ",
];

const PATH_WORDS = ["%", "2e", "2f", "5c", "00", "25", "c0", ".", "/", "\\"]
  .concat("..", "%2e", "é", "%C3%A9", "a", " ", "#", "?", "\0");

/** @throws what is found */
export function fuzzHttp(random: Numbers): void {
  const bytes = random(4) === 0 ? nearly(random, WORDS) : requests(random);
  const reads = Array.from({ length: 8 }, () => random(4) > 0);
  const options = {
    readsBody: (request: number) => reads[request % reads.length]!,
    parsesTargets: random(2) === 0,
  };
  const whole = replay([bytes], options);
  assertEquals(replay(cut(random, bytes), options), whole);
  const path = fromBytes(nearly(random, PATH_WORDS).subarray(0, random(100)));
  if (path !== undefined) checkPath(`/${path}`);
}

/** A path names a place inside the folder, which has a path that names it; or it is refused. */
function checkPath(path: string): void {
  try {
    const place = placeOf(path);
    assert(!/(?:^|\/)\.{1,2}(?:\/|$)|\x00|^\/|\/\//.test(place.name));
    assertEquals(placeOf(pathOfPlace(place)), place);
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof HttpRefusal)) {
      throw error;
    }
  }
}
