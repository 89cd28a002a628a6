import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type FaultCode, FAULTS, Refusal } from "../errors.ts";
import { anyRequest } from "../testing/arbitrary.ts";
import { ClientConnection } from "./client_connection.ts";
import { ServerConnection } from "./server_connection.ts";
import { bodyBytesOf, type Request } from "./verbs.ts";

const TIMES = { idleMsMax: 1000, lineMsMax: 1000, stallMsMax: 1000 };

/** What the server answers to a request, whatever it is. */
type Answer =
  | { readonly kind: "ok"; readonly body: Uint8Array }
  | { readonly kind: "frames"; readonly frames: readonly Uint8Array[] }
  | {
    readonly kind: "err";
    readonly code: FaultCode;
    /** After so many frames. */
    readonly frames: readonly Uint8Array[];
  };

interface Exchange {
  readonly request: Request;
  /** As many bytes as the request announces. */
  readonly upload: Uint8Array;
  readonly answer: Answer;
}

const bytes = fc.uint8Array({ maxLength: 300 });
const frames = fc.array(bytes, { maxLength: 4 });
const answer: fc.Arbitrary<Answer> = fc.oneof(
  fc.record({ kind: fc.constant("ok" as const), body: bytes }),
  fc.record({ kind: fc.constant("frames" as const), frames }),
  fc.record({
    kind: fc.constant("err" as const),
    code: fc.constantFrom(...Object.keys(FAULTS) as FaultCode[]),
    frames,
  }),
);
const exchange: fc.Arbitrary<Exchange> = fc.record({
  request: anyRequest().map((request) =>
    "length" in request ? { ...request, length: request.length % 200 } : request
  ),
  answer,
}).map(({ request, answer }) => ({
  request,
  answer,
  upload: new Uint8Array(bodyBytesOf(request)).fill(0x0a),
}));

/** Joins both machines: bytes go over in pieces of `pieceBytes`; gives what each side has understood. */
function converse(
  exchanges: readonly Exchange[],
  pieceBytes: number,
): { heard: Request[]; uploads: number[][]; answers: Answer[] } {
  const client = new ClientConnection<number>();
  const server = new ServerConnection(TIMES, 0);
  const toServer: number[] = [];
  const toClient: number[] = [];
  for (const [i, { request, upload }] of exchanges.entries()) {
    toServer.push(...client.send(request, i), ...upload);
  }
  const heard: Request[] = [];
  const uploads: number[][] = [];
  const answers: Answer[] = [];

  const serve = () => {
    for (;;) {
      const event = server.next(0);
      if (event.kind === "need-data") return;
      if (event.kind === "request") {
        heard.push(event.request);
        uploads.push([]);
        if (server.bodyBytesLeft > 0) continue;
      } else if (event.kind === "body") {
        uploads.at(-1)!.push(...event.bytes);
        if (!event.last) continue;
      } else throw new Error(`The server heard "${event.kind}"`);
      toClient.push(...replyTo(server, exchanges[heard.length - 1]!.answer));
    }
  };
  const listen = () => {
    for (;;) {
      const event = client.next();
      if (event.kind === "need-data") return;
      assert(event.of !== undefined);
      const now = answers[event.of];
      switch (event.kind) {
        case "ok":
          answers[event.of] = { kind: "ok", body: new Uint8Array() };
          break;
        case "data":
          answers[event.of] = {
            kind: "frames",
            frames: [
              ...now?.kind === "frames" ? now.frames : [],
              new Uint8Array(),
            ],
          };
          break;
        case "body":
          if (now?.kind === "ok") {
            answers[event.of] = { ...now, body: joined(now.body, event.bytes) };
          } else if (now?.kind === "frames") {
            const last = joined(now.frames.at(-1)!, event.bytes);
            answers[event.of] = {
              ...now,
              frames: [...now.frames.slice(0, -1), last],
            };
          }
          break;
        case "end":
          answers[event.of] ??= { kind: "frames", frames: [] };
          break;
        case "err":
          answers[event.of] = {
            kind: "err",
            code: event.code as FaultCode,
            frames: now?.kind === "frames" ? now.frames : [],
          };
          break;
        default:
          throw event satisfies never;
      }
      assertEquals(event.ends, client.unanswered()[0] !== event.of);
    }
  };
  while (toServer.length > 0 || toClient.length > 0) {
    const up = new Uint8Array(toServer.splice(0, pieceBytes));
    server.buffer.append(up);
    server.commit(0, 0);
    serve();
    client.buffer.append(new Uint8Array(toClient.splice(0, pieceBytes)));
    listen();
  }
  assertEquals(client.pending, 0);
  return { heard, uploads, answers };
}

function replyTo(server: ServerConnection, answer: Answer): number[] {
  if (answer.kind === "ok") {
    const { body } = answer;
    return [...server.send({ kind: "ok", bytes: body.length }, 0), ...body];
  }
  const sent = answer.frames.flatMap((frame) => [
    ...server.send({ kind: "data", bytes: frame.length }, 0),
    ...frame,
  ]);
  const last = answer.kind === "err"
    ? { kind: "err", refusal: new Refusal(answer.code) } as const
    : { kind: "end" } as const;
  return [...sent, ...server.send(last, 0)];
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  return new Uint8Array([...a, ...b]);
}

Deno.test("ClientConnection and ServerConnection understand each other, whatever is asked, answered and cut", () => {
  const exchanges = fc.array(exchange, { minLength: 1, maxLength: 8 });
  const pieceBytes = fc.constantFrom(1, 2, 3, 17, 1000, 2000);
  fc.assert(fc.property(exchanges, pieceBytes, (exchanges, pieceBytes) => {
    const { heard, uploads, answers } = converse(exchanges, pieceBytes);
    assertEquals(heard, exchanges.map(({ request }) => request));
    assertEquals(uploads, exchanges.map(({ upload }) => [...upload]));
    assertEquals(answers, exchanges.map(({ answer }) => answer));
  }));
});
