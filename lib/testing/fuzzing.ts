/**
 * A round of fuzzing: from a seed, bytes that are nearly right, and what has to hold for them. `tools/fuzz.ts` runs rounds
 * until the time is up, `tools/fuzz_test.ts` a fixed number of them.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { fromBytes, toBytes } from "../bytes/ascii.ts";
import { type FaultCode, FAULTS, PeerError, Refusal } from "../errors.ts";
import { escapeName, unescapeName, visible } from "../names/escape.ts";
import { ClientConnection } from "../wire/client_connection.ts";
import { REPLY_BYTES_MAX } from "../wire/reply.ts";
import {
  formatRequest,
  LINE_BYTES_MAX,
  parseRequest,
} from "../wire/request.ts";
import { ServerConnection } from "../wire/server_connection.ts";
import { VERBS } from "../wire/verbs.ts";
import { cut, nearly, type Numbers, seededNumbers } from "./fuzzing_bytes.ts";
import { fuzzChat } from "./chat_fuzzing.ts";
import { fuzzHttp } from "./http_fuzzing.ts";

/** What the machines may hold of what a peer sends. */
const SERVER_BYTES_MAX = 64 * 1024;
const CLIENT_BYTES_MAX = 1024 * 1024;

const TIMES = { idleMsMax: 100, lineMsMax: 100, stallMsMax: 100 };

/**
 * Runs the round of `seed`.
 *
 * @throws what is found
 */
export function fuzzRound(seed: number): void {
  const random = seededNumbers(seed);
  const requests = nearly(random, REQUEST_WORDS);
  const answers = Array.from({ length: 8 }, () => random(4));
  const heard = serve(random, [requests], answers);
  assertEquals(serve(random, cut(random, requests), answers), heard);
  const replies = nearly(random, REPLY_WORDS);
  const asked = random(20);
  const understood = listen([replies], asked);
  assertEquals(listen(cut(random, replies), asked), understood);
  checkLine(nearly(random, REQUEST_WORDS).subarray(0, random(200)));
  fuzzHttp(random);
  fuzzChat(random);
}

const HEX = "0123456789abcdef";
const REQUEST_WORDS = [
  ...Object.keys(VERBS).map((verb) => verb + " "),
  "send filelist\n",
  "help\n",
  "upload 5 a\nhello",
  "upload 40000 a\n",
  `part ${HEX} 0 3 ${HEX}\nabc`,
  `offer ${HEX} 5 0 a\n`,
  `commit ${HEX} ${HEX}\n`,
  "read 0 5 a\n",
  "9007199254740991 ",
  "9999999999999999 ",
  "GET / HTTP/1.1\n",
  " HTTP/1.1",
  "Host: x\n",
  "a/b",
  "..",
  "../",
  "\\x",
  "\\n",
  "\\",
  " ",
  "\r\n",
  "\n",
  "\n",
  "\0",
  "é",
  "😀",
];
const REPLY_WORDS = [
  "OK ",
  "DATA ",
  "END",
  "ERR ",
  "OK 0\n",
  "OK 5\nhello",
  "DATA 3\nabc",
  "DATA 0\n",
  "END\n",
  "END xxh64=0 size=5\n",
  "ERR not-found x\n",
  "0",
  "5",
  "70000",
  "9007199254740991",
  "9999999999999999",
  " a=b",
  "=",
  " ",
  "\r\n",
  "\n",
  "é",
];

/**
 * What a server's machine makes of `pieces`; `answers` decides how it answers. Its answers have to make sense to a
 * client's machine.
 */
function serve(
  random: Numbers,
  pieces: readonly Uint8Array[],
  answers: readonly number[],
): string[] {
  const machine = new ServerConnection(TIMES, 0);
  const client = new ClientConnection<number>();
  const log: string[] = [];
  let asked = 0;
  let now = 0;
  let fed = 0;
  /** Bytes that were understood. */
  const taken = () => fed - machine.buffer.length;
  /** Where a body ends that was refused; nothing before it may be taken for a line. */
  let bodyEnd = 0;
  const say = (message: Parameters<typeof machine.send>[0], body = "") => {
    client.buffer.append(machine.send(message, now));
    client.buffer.append(toBytes(body));
    for (let event = client.next(); event.kind !== "need-data";) {
      event = client.next();
    }
  };
  const refuse = () => {
    const codes = Object.keys(FAULTS) as FaultCode[];
    const code = codes[asked % codes.length]!;
    say({ kind: "err", refusal: new Refusal(code) });
  };
  const answer = () => {
    const kind = answers[asked % answers.length];
    if (kind === 0) return refuse();
    if (kind === 1) return say({ kind: "ok", bytes: 3 }, "OK\n");
    for (let frames = asked % 3; frames > 0; frames--) {
      say({ kind: "data", bytes: 2, fields: { a: 1 } }, "x\n");
    }
    say({ kind: "end" });
  };
  const hear = (): boolean => {
    for (;;) {
      const event = machine.next(now);
      switch (event.kind) {
        case "need-data":
          if (machine.bodyBytesLeft === 0) {
            assert(machine.buffer.length <= LINE_BYTES_MAX, "No line ends");
          }
          return true;
        case "http":
          log.push("http");
          return false;
        case "refused": {
          const { code, closes } = event.refusal;
          assert(closes || taken() > bodyEnd, "A body is taken for a line");
          log.push(`refused ${code} ${closes}`);
          client.send({ verb: "help" }, ++asked);
          say({ kind: "err", refusal: event.refusal });
          if (closes) return false;
          break;
        }
        case "request": {
          assert(taken() > bodyEnd, "A body that was refused is a request");
          bodyEnd = 0;
          log.push(`request ${JSON.stringify(event.request)}`);
          assertWritten(event.request);
          client.send({ verb: "help" }, ++asked);
          if (machine.bodyBytesLeft === 0) answer();
          else if (answers[asked % answers.length] === 0) {
            refuse();
            bodyEnd = taken() + machine.bodyBytesLeft;
          }
          break;
        }
        case "body":
          assert(bodyEnd === 0, "A body that was refused is given out");
          // Bodies come in pieces as they arrive: only their bytes can be compared.
          for (const byte of event.bytes) log.push(`body ${byte}`);
          if (event.last) answer();
          break;
        default:
          throw event satisfies never;
      }
    }
  };
  for (const piece of pieces) {
    for (let rest = piece; rest.length > 0;) {
      const space = machine.buffer.space();
      const count = Math.min(space.length, rest.length);
      space.set(rest.subarray(0, count));
      machine.commit(count, now);
      fed += count;
      rest = rest.subarray(count);
      const goesOn = hear();
      assert(
        machine.buffer.peek().buffer.byteLength <= SERVER_BYTES_MAX,
        "The server's buffer is larger than its limit",
      );
      if (!goesOn) return log;
      now += random(50);
      machine.expire(now);
    }
  }
  return log;
}

/** What a client's machine with `asked` open requests makes of `pieces`. */
function listen(pieces: readonly Uint8Array[], asked: number): string[] {
  const machine = new ClientConnection<number>();
  for (let i = 0; i < asked; i++) machine.send({ verb: "help" }, i);
  const log: string[] = [];
  try {
    for (const piece of pieces) {
      machine.buffer.append(piece);
      for (;;) {
        const event = machine.next();
        if (event.kind === "need-data") {
          assert(machine.buffer.length <= REPLY_BYTES_MAX, "No line ends");
          break;
        }
        if (event.kind === "body") {
          for (const byte of event.bytes) log.push(`body ${event.of} ${byte}`);
          if (event.ends) log.push("body ends");
        } else {
          const fields = "fields" in event ? [...event.fields] : [];
          log.push(`${JSON.stringify(event)} ${JSON.stringify(fields)}`);
        }
      }
      assert(
        machine.buffer.peek().buffer.byteLength <= CLIENT_BYTES_MAX,
        "The client's buffer is larger than its limit",
      );
    }
  } catch (error) {
    if (!(error instanceof PeerError)) throw error;
    log.push("fault");
  }
  assertEquals(machine.unanswered().length, machine.pending);
  return log;
}

/** A request that was understood can be written, and is the same when it is read again. */
function assertWritten(request: ReturnType<typeof parseRequest>): void {
  const line = formatRequest(request).replace(/^\n/, "").slice(0, -1);
  assertEquals(parseRequest(toBytes(line)), request);
}

/** A line alone: a request or a `Refusal`; as a name, it comes back from its escapes or is refused. */
function checkLine(line: Uint8Array): void {
  try {
    parseRequest(line);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    assert(!/[\x00-\x1f]/.test(error.message));
  }
  const text = fromBytes(line);
  if (text === undefined) return;
  assertEquals(unescapeName(escapeName(text)), text);
  assert(!/[\x00-\x1f\x7f-\x9f\u202e]/.test(visible(text)));
  try {
    assert(unescapeName(text).length <= text.length);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
  }
}
