/**
 * What has to hold for any bytes that the server's HTTP machine is given: events or a fault that closes, the same ones
 * however the bytes are cut, and no more than a buffer of them held. What holds for any one input is asserted by `replay`.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { fromBytes } from "../bytes/ascii.ts";
import { Refusal } from "../errors.ts";
import { HttpRefusal } from "../http/status.ts";
import { pathOfPlace, placeOf } from "../http/target.ts";
import { cut, nearly, type Numbers } from "./fuzzing_bytes.ts";
import { replay } from "./http_replay.ts";

const HEADS = [
  "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
  "HEAD /a?b HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
  "PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
  "PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 70000\r\n\r\n",
  "PUT /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
  "PUT /a HTTP/1.1\r\nHost: x\r\n",
  "OPTIONS * HTTP/1.1\r\nHost:x\r\n",
];

const WORDS = [
  ...HEADS,
  ...HEADS,
  "5\r\nhello\r\n",
  "a;b=c\r\n0123456789\r\n",
  "1fffffffffffff\r\n",
  "0\r\n",
  "0\r\n\r\n",
  "0\r\nA: b\r\n\r\n",
  "Content-Length: 5\r\n",
  "Content-Length: 1048576\r\n",
  "Content-Length: 1048577\r\n",
  "Content-Length: 18446744073709551621\r\n",
  "Transfer-Encoding: chunked\r\n",
  "Transfer-Encoding: gzip, chunked\r\n",
  "Connection: close\r\n",
  "Connection: keep-alive\r\n",
  "Expect: 100-continue\r\n",
  "Host: x\r\n",
  "A: b\r\n",
  " folded\r\n",
  "hello",
  "GET ",
  "http://x/",
  " HTTP/1.1\r\n",
  "HTTP/2.0",
  "\r\n",
  "\r\n\r\n",
  "\r",
  "\n",
  ": ",
  ";",
  " ",
  "\0",
  "é",
];

const PATH_WORDS = ["%", "2e", "2f", "5c", "00", "25", "c0", ".", "/", "\\"]
  .concat("..", "%2e", "é", "%C3%A9", "a", " ", "#", "?", "\0");

/** @throws what is found */
export function fuzzHttp(random: Numbers): void {
  const bytes = nearly(random, WORDS);
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
