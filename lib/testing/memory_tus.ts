/**
 * A server of tus 1.0 in memory, as the page's uploads see it: through `Ask`. It is held to the letter of the protocol where
 * the page relies on it, and can be told to fail.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { crc32 } from "node:zlib";
import { type Answer, LineFault, type Question } from "../../web/request.js";

/**
 * What happens to a request:
 * - `cut`: the line is cut after half of the body, which the server keeps
 * - `deaf`: the server takes all of it, and the line is cut before the answer
 * - `lost`: the server was cleaned, and knows no upload any more
 * - a number: that status is answered, and nothing done
 */
export type TusFault = "ok" | "cut" | "deaf" | "lost" | number;

interface Part {
  readonly path: string;
  readonly length: number;
  bytes: Uint8Array;
  isFinished: boolean;
}

/** The server, and what it has got. */
export class MemoryTus {
  readonly folder: URL = new URL("http://here/folder/");
  /** Files that are whole, by their path. */
  readonly files: Map<string, Uint8Array> = new Map();
  /** What was asked, as `POST /folder/`. */
  readonly asked: string[] = [];
  /** Of the requests to come, in order; then `ok`. */
  faults: TusFault[] = [];
  /** How many bytes came with each PATCH. */
  readonly pieces: number[] = [];
  /** When its files were changed, in milliseconds since 1970. */
  modified = 0;
  /** Checks that came with pieces. */
  checks = 0;
  readonly #parts = new Map<string, Part>();
  #last = 0;

  /** How many uploads are there that were not finished. */
  get open(): number {
    return this.#parts.size;
  }

  /** What the page asks through. */
  readonly ask = async (question: Question): Promise<Answer> => {
    const { method, url, headers, body, signal } = question;
    const { pathname } = new URL(url);
    this.asked.push(`${method} ${pathname}`);
    assertEquals(headers["Tus-Resumable"], "1.0.0");
    const fault = this.faults.shift() ?? "ok";
    let bytes = new Uint8Array(await new Response(body ?? null).arrayBuffer());
    signal.throwIfAborted();
    if (typeof fault === "number") return answer(fault, {}, `No: ${fault}`);
    if (method === "PATCH") this.pieces.push(bytes.length);
    if (fault === "lost") this.#parts.clear();
    if (fault === "cut") bytes = bytes.slice(0, bytes.length / 2);
    question.onSent?.(bytes.length);
    // A server checks a piece before it keeps it, and a piece that was cut has no check that is right.
    const isWhole = fault !== "cut";
    const said = this.#answer(method, pathname, headers, bytes, isWhole);
    if (fault === "cut" || fault === "deaf") throw new LineFault("Cut");
    return said;
  };

  #answer(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    bytes: Uint8Array,
    isWhole: boolean,
  ): Answer {
    const check = headers["Upload-Checksum"];
    if (check !== undefined && isWhole) {
      this.checks++;
      const crc = new Uint8Array(4);
      new DataView(crc.buffer).setUint32(0, crc32(bytes));
      const right = `crc32 ${btoa(String.fromCharCode(...crc))}`;
      if (check !== right) return answer(460, {}, "The check is wrong");
    }
    if (method === "POST") return this.#create(headers, bytes);
    const file = this.files.get(decodeURIComponent(path.slice(8)));
    if (method === "HEAD" && file !== undefined) return this.#head(file);
    const part = this.#parts.get(path);
    if (part === undefined) return answer(404, {}, "There is no such upload");
    if (method === "DELETE") {
      this.#parts.delete(path);
      return answer(204);
    }
    if (method === "PATCH") {
      if (headers["Upload-Offset"] !== `${part.bytes.length}`) {
        return answer(409, {}, "The part goes on at another offset");
      }
      this.#append(part, bytes);
    }
    return answer(method === "HEAD" ? 200 : 204, {
      "Upload-Offset": `${part.bytes.length}`,
      "Upload-Length": `${part.length}`,
      ...(part.isFinished
        ? { "Content-Location": `/folder/${part.path}` }
        : {}),
    });
  }

  /** A file that is whole, its time as `modified`. */
  #head(file: Uint8Array): Answer {
    return answer(200, {
      "Content-Length": `${file.length}`,
      "Last-Modified": new Date(this.modified).toUTCString(),
    });
  }

  #create(
    headers: Readonly<Record<string, string>>,
    bytes: Uint8Array,
  ): Answer {
    const path = filenameIn(headers["Upload-Metadata"] ?? "");
    if (this.files.has(path)) {
      return answer(409, {}, "A file of that name is already there");
    }
    const url = `/folder/.landline-upload/${++this.#last}`;
    const length = Number(headers["Upload-Length"]);
    const part = { path, length, bytes: new Uint8Array(), isFinished: false };
    this.#parts.set(url, part);
    this.#append(part, bytes);
    return answer(201, {
      "Location": url,
      "Upload-Offset": `${part.bytes.length}`,
    });
  }

  #append(part: Part, bytes: Uint8Array): void {
    const all = new Uint8Array(part.bytes.length + bytes.length);
    all.set(part.bytes);
    all.set(bytes, part.bytes.length);
    part.bytes = all;
    if (all.length > part.length) throw new Error("More than was announced");
    if (all.length === part.length) {
      part.isFinished = true;
      this.files.set(part.path, all);
      for (const [url, one] of this.#parts) {
        if (one === part) this.#parts.delete(url);
      }
    }
  }
}

function filenameIn(metadata: string): string {
  const base64 = /(?:^|,)filename ([^,]*)/.exec(metadata)?.[1] ?? "";
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  return new TextDecoder().decode(bytes);
}

function answer(
  status: number,
  fields: Readonly<Record<string, string>> = {},
  text = "",
): Answer {
  return { status, header: (name) => fields[name] ?? null, text };
}
