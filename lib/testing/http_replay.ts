/**
 * What the server's HTTP machine makes of bytes, told in lines as the vectors of testdata/http have them (the README there
 * tells what they mean). Vectors and fuzzing compare it: whole, byte by byte, and cut anywhere.
 *
 * @module
 */

import { assert, assertStrictEquals } from "@std/assert";
import { MisuseError } from "../errors.ts";
import type { RequestHead } from "../http/request_head.ts";
import { HttpServerConnection } from "../http/server_connection.ts";
import { HttpRefusal } from "../http/status.ts";
import { parseTarget } from "../http/target.ts";

/** What the machine may hold of what a peer sends. */
const BUFFER_BYTES_MAX = 256 * 1024;

const TIMES = { idleMsMax: 100, lineMsMax: 100, stallMsMax: 100 };

/** Fields that the line of the request tells of. */
const TOLD_IN_LINE = new Set([
  "host",
  "connection",
  "content-length",
  "transfer-encoding",
  "expect",
]);

/** How the server answers that is replayed. */
export interface ReplayOptions {
  /** Whether it reads the body of a request before it answers; else it answers at once. Default: always. */
  readonly readsBody?: (request: number) => boolean;
  /** Whether targets are taken apart, too. */
  readonly parsesTargets?: boolean;
}

/** What comes out when `pieces` arrive one after another. */
export function replay(
  pieces: readonly Uint8Array[],
  options: ReplayOptions = {},
): string[] {
  const replayed = new Replay(options);
  for (const piece of pieces) replayed.receive(piece);
  return replayed.end();
}

class Replay {
  readonly #machine = new HttpServerConnection(TIMES, 0);
  readonly #options: ReplayOptions;
  readonly #log: string[] = [];
  #requests = 0;
  /** What has arrived of the body that is read. */
  #body: string | undefined;
  #isOver = false;

  constructor(options: ReplayOptions) {
    this.#options = options;
  }

  /** As a socket does: no more at once than there is room for. */
  receive(piece: Uint8Array): void {
    for (let rest = piece; rest.length > 0;) {
      const space = this.#machine.buffer.space();
      const count = Math.min(space.length, rest.length);
      space.set(rest.subarray(0, count));
      this.#machine.commit(count, 0);
      rest = rest.subarray(count);
      this.#hear();
      assert(
        this.#machine.buffer.peek().buffer.byteLength <= BUFFER_BYTES_MAX,
        "The buffer is larger than its limit",
      );
    }
  }

  end(): string[] {
    this.#tellOpenBody();
    return this.#log;
  }

  #hear(): void {
    for (;;) {
      const event = this.#machine.next(0);
      if (event.kind === "need-data") return;
      assert(!this.#isOver, `There is "${event.kind}" behind the end`);
      switch (event.kind) {
        case "request":
          this.#hearRequest(event.head);
          break;
        case "body":
          assert(event.bytes.length > 0, "A piece of a body is empty");
          if (this.#body === undefined) {
            throw new MisuseError("There is a body that was not asked for");
          }
          for (const byte of event.bytes) {
            this.#body += String.fromCharCode(byte);
          }
          break;
        case "body-end":
          assert(!this.#machine.hasBody, "The end of a body is not its end");
          this.#log.push(`body ${quoted(this.#body!)}`);
          this.#body = undefined;
          this.#answer();
          break;
        case "fault":
          this.#tellOpenBody();
          this.#log.push(shownRefusal("fault", event.refusal));
          assert(event.refusal.closes, "A fault leaves the connection open");
          assertStrictEquals(this.#machine.next(0), event);
          assert(!this.#machine.mayGoOn, "The connection goes on");
          this.#isOver = true;
          this.#machine.answered(true, 0);
          break;
        default:
          throw event satisfies never;
      }
    }
  }

  #hearRequest(head: RequestHead): void {
    this.#log.push(...shownHead(head));
    if (this.#options.parsesTargets && !this.#hearTarget(head)) return;
    const reads = this.#options.readsBody?.(this.#requests++) ?? true;
    if (reads && head.body.kind !== "none") this.#body = "";
    else this.#answer();
  }

  #hearTarget({ method, target }: RequestHead): boolean {
    try {
      const parsed = parseTarget(method, target);
      this.#log.push(`target ${JSON.stringify(parsed)}`);
      return true;
    } catch (error) {
      if (!(error instanceof HttpRefusal)) throw error;
      this.#log.push(shownRefusal("refused", error));
      this.#answer(error.closes);
      return false;
    }
  }

  #answer(closes = false): void {
    this.#isOver = closes || !this.#machine.mayGoOn;
    if (this.#isOver) this.#log.push("closed");
    this.#machine.answered(this.#isOver, 0);
  }

  #tellOpenBody(): void {
    if (this.#body === undefined) return;
    this.#log.push(`body-open ${quoted(this.#body)}`);
    this.#body = undefined;
  }
}

function shownHead(head: RequestHead): string[] {
  const { method, target, minor, body, keepsAlive, expectsContinue, fields } =
    head;
  const words = ["request", method, target, `HTTP/1.${minor}`];
  if (body.kind === "counted") words.push(`body=${body.bytes}`);
  if (body.kind === "chunked") words.push("chunked");
  if (expectsContinue) words.push("expects");
  if (!keepsAlive) words.push("last");
  return [
    words.join(" "),
    ...fields.names.flatMap((name, at) =>
      TOLD_IN_LINE.has(name)
        ? []
        : [`field ${name} ${quoted(fields.values[at]!)}`]
    ),
  ];
}

/** `text` as JSON, all ASCII. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[^ -~]/g,
    (unit) => "\\u" + unit.charCodeAt(0).toString(16).padStart(4, "0"),
  );
}

function shownRefusal(kind: string, { status, message }: HttpRefusal): string {
  return `${kind} ${status} ${message}`;
}
