/**
 * A client's side of our questions in HTTP, without any I/O: requests of the wire protocol become requests of HTTP, and
 * answers of HTTP the events that those of the wire protocol become. So whoever fetches need not know which one is spoken.
 *
 *     answer                     events
 *     200, 206                   body ... end, with the fields of Landline-End
 *     the same, Landline-Fault   body ... err: behind the bytes, as they are worth nothing
 *     300 and more               err, with the first line of the body; the code is that of Landline-Fault
 *     one that nobody asked for  err of nobody: the server is full, it stops, we were idle
 *
 * @module
 */

import type { ReceiveBuffer } from "../bytes/receive_buffer.ts";
import { joinBytes } from "../bytes/join.ts";
import { FAULTS, isFaultCode, PeerError } from "../errors.ts";
import { HttpClientConnection } from "../http/client_connection.ts";
import type { FieldLines } from "../http/field_lines.ts";
import type { AnswerHead } from "../http/response_lines.ts";
import type { Name } from "../names/name.ts";
import type { ClientEvent } from "../wire/client_connection.ts";
import { type Fields, parseFields } from "../wire/reply.ts";
import type { Request } from "../wire/verbs.ts";
import {
  checkAnswer,
  faultOfStatus,
  HttpRequests,
} from "./http_link_requests.ts";
import type { ClientMachine } from "./link.ts";

/** A request under way. */
interface Question<T> {
  readonly request: Request;
  readonly of: T;
}

/** A refusal that is being received. */
interface Refused {
  readonly kind: "refusal";
  readonly status: number;
  readonly code: string;
  readonly closes: boolean;
  /** Whether its body is for people at a terminal. */
  readonly isPlain: boolean;
  readonly text: Uint8Array[];
}

/** What is being received: the bytes that were asked for, a refusal, bytes of no use. */
type Receiving =
  | { readonly kind: "content"; bytesLeft: number }
  | Refused
  | { readonly kind: "nothing" };

/** What of a refusal is told to a person. */
const TEXT_BYTES_MAX = 1024;
/** What is read of an answer that is of no use, so that the connection can go on. */
const SKIPPED_BYTES_MAX = 1024 * 1024;

/** Answered questions are forgotten in blocks of this many: a queue that costs nothing per question. */
const ANSWERED_MAX = 512;

/** Of text for people: what is no UTF-8 is shown as such. */
const decoder = new TextDecoder();

const NEED_DATA = { kind: "need-data" } as const;
const NOTHING: Receiving = { kind: "nothing" };

export class HttpLinkMachine<T> implements ClientMachine<T> {
  readonly #machine = new HttpClientConnection();
  readonly #requests: HttpRequests;
  readonly #waiting: Question<T>[] = [];
  #answered = 0;
  #receiving: Receiving = NOTHING;
  #skipped = 0;

  /** @param authority host and port of the server */
  constructor(authority: string) {
    this.#requests = new HttpRequests(authority);
  }

  get buffer(): ReceiveBuffer {
    return this.#machine.buffer;
  }

  /** Whether the server has said that no other answer follows. */
  get isOver(): boolean {
    return this.#machine.isOver;
  }

  get pending(): number {
    return this.#waiting.length - this.#answered;
  }

  unanswered(): T[] {
    return this.#waiting.slice(this.#answered).map(({ of }) => of);
  }

  sendText(request: Request, of: T): string {
    const text = this.#requests.textOf(request);
    this.#waiting.push({ request, of });
    return text;
  }

  /** As many bytes as a request about `name` has at the most. */
  requestBytesMax(name: Name): number {
    return this.#requests.bytesMax(name);
  }

  next(): ClientEvent<T> {
    for (;;) {
      const event = this.#machine.next();
      switch (event.kind) {
        case "need-data":
          return NEED_DATA;
        case "head":
          this.#begin(event.head);
          break;
        case "body": {
          const heard = this.#body(event.bytes);
          if (heard !== undefined) return heard;
          break;
        }
        case "end": {
          const heard = this.#end(event.trailers);
          if (heard !== undefined) return heard;
          break;
        }
        default:
          throw event satisfies never;
      }
    }
  }

  #begin(head: AnswerHead): void {
    const { status, fields, keepsAlive } = head;
    this.#skipped = 0;
    if (status >= 300) {
      this.#receiving = {
        kind: "refusal",
        status,
        code: fields.get("landline-fault") ?? faultOfStatus(status),
        closes: !keepsAlive,
        isPlain: fields.get("content-type")?.startsWith("text/plain") ?? true,
        text: [],
      };
      return;
    }
    if (this.pending === 0) {
      throw new PeerError("The server answers what was not asked");
    }
    const { request } = this.#front;
    checkAnswer(request, head);
    const bytesLeft = request.verb === "read" ? request.length : Infinity;
    this.#receiving = { kind: "content", bytesLeft };
  }

  #body(bytes: Uint8Array<ArrayBuffer>): ClientEvent<T> | undefined {
    const receiving = this.#receiving;
    if (receiving.kind === "content") {
      receiving.bytesLeft -= bytes.length;
      if (receiving.bytesLeft >= 0) {
        return { kind: "body", of: this.#front.of, bytes, ends: false };
      }
      // Of a file that has grown since it was listed, all is sent where no range was asked for.
      this.#receiving = NOTHING;
      return this.#refused("changed", "");
    }
    if (receiving.kind === "refusal" && this.#skipped < TEXT_BYTES_MAX) {
      receiving.text.push(bytes.slice(0, TEXT_BYTES_MAX - this.#skipped));
    }
    this.#skipped += bytes.length;
    if (this.#skipped > SKIPPED_BYTES_MAX) {
      throw new PeerError("The server sends more than anybody wants to know");
    }
    return undefined;
  }

  #end(trailers: FieldLines): ClientEvent<T> | undefined {
    const receiving = this.#receiving;
    this.#receiving = NOTHING;
    switch (receiving.kind) {
      case "nothing":
        return undefined;
      case "refusal": {
        const { code, closes } = receiving;
        const text = sentenceOf(receiving);
        return this.#refused(code, closes ? closing(text) : text);
      }
      case "content":
        return this.#whole(trailers);
      default:
        throw receiving satisfies never;
    }
  }

  #whole(trailers: FieldLines): ClientEvent<T> {
    const fault = trailers.get("landline-fault");
    if (fault !== undefined) return this.#refused(fault, "");
    const { verb } = this.#front.request;
    const said = trailers.get("landline-end");
    if (said === undefined && verb !== "digest") {
      throw new PeerError(
        "The server does not say what it has sent: it is none of Landline",
      );
    }
    const fields: Fields = parseFields(said ?? "");
    return { kind: "end", of: this.#finish(), fields, ends: true };
  }

  #refused(code: string, text: string): ClientEvent<T> {
    const of = this.pending > 0 ? this.#finish() : undefined;
    return { kind: "err", of, code, text, ends: true };
  }

  get #front(): Question<T> {
    return this.#waiting[this.#answered]!;
  }

  #finish(): T {
    const { of } = this.#front;
    this.#answered++;
    if (
      this.#answered === this.#waiting.length || this.#answered === ANSWERED_MAX
    ) {
      this.#waiting.splice(0, this.#answered);
      this.#answered = 0;
    }
    return of;
  }
}

/** What a refusal tells a person: its first line, without the status that a server of ours puts in front. */
function sentenceOf({ status, code, isPlain, text }: Refused): string {
  const [line = ""] = isPlain
    ? decoder.decode(joinBytes(text)).split("\n")
    : [];
  const sentence = line.startsWith(`${status} `)
    ? line.replace(/^[^:]*: /, "")
    : line;
  if (sentence.trim() !== "") return sentence.trimEnd();
  return isFaultCode(code) ? FAULTS[code].text : `The server says ${status}`;
}

/** As the wire protocol tells that the connection ends with a refusal. */
function closing(text: string): string {
  return text.endsWith("; closing") ? text : `${text}; closing`;
}
