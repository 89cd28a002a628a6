/**
 * One thread of the crowd: many clients, each fetching one file and checking every byte of it.
 *
 * The sockets are node:net's, because their `onread` reads into ONE buffer for all connections of the thread: with
 * `Deno.Conn.read` every connection needs its own, and 64 KiB for each of 1000 was a quarter slower here than this
 * (7.3 s against 5.6 s for 10 GB from nginx).
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createConnection, type Socket } from "node:net";
import { crc32 } from "node:zlib";

/** What the main thread asks for, first with `go` false (get ready), then true. */
export interface CrowdOrder {
  readonly hostname: string;
  readonly port: number;
  readonly protocol: "http" | "wire";
  readonly name: string;
  readonly clients: number;
  readonly bytes: number;
  readonly crc: number;
  readonly silenceMs: number;
}

/** What comes back: `ready` once, then the result. */
export type CrowdAnswer =
  | { readonly kind: "ready" }
  | {
    readonly kind: "done";
    readonly whole: number;
    readonly failures: readonly string[];
  };

const READ_BYTES = 256 * 1024;
/** A reply's head is at most this long, else it is none. */
const HEAD_BYTES = 8 * 1024;

/** Fetches the file once over its own connection. Resolves with undefined when whole, else with what was wrong. */
function fetchOnce(
  order: CrowdOrder,
  shared: Uint8Array,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    let head: string | undefined = "";
    let bytes = 0;
    let crc = 0;
    const take = (piece: Uint8Array) => {
      let body = piece;
      if (head !== undefined) {
        const before = head.length;
        head += Buffer.from(
          piece.buffer,
          piece.byteOffset,
          Math.min(piece.length, HEAD_BYTES),
        ).toString("latin1");
        const end = headEnd(head, order.protocol);
        if (end === undefined) {
          return head.length >= HEAD_BYTES
            ? finish("the reply has no head")
            : undefined;
        }
        const fault = headFault(head.slice(0, end), order);
        if (fault !== undefined) return finish(fault);
        head = undefined;
        body = piece.subarray(end - before);
      }
      bytes += body.length;
      crc = crc32(body, crc);
      if (bytes < order.bytes) return;
      if (bytes > order.bytes) finish(`${bytes - order.bytes} bytes too many`);
      else finish(crc === order.crc ? undefined : "the content differs");
    };
    const options = {
      host: order.hostname,
      port: order.port,
      noDelay: true,
      onread: {
        buffer: shared,
        callback: (length: number, buffer: Uint8Array) => {
          take(buffer.subarray(0, length));
          return true;
        },
      },
    };
    const socket: Socket = createConnection(options);
    const finish = (fault: string | undefined) => {
      resolve(fault);
      socket.destroy();
    };
    socket.setTimeout(
      order.silenceMs,
      () => finish(`silence for ${order.silenceMs} ms after ${bytes} bytes`),
    );
    socket.on("error", (error: Error) => finish(error.message));
    socket.on("close", () => resolve(`closed after ${bytes} bytes`));
    socket.write(
      order.protocol === "http"
        ? `GET /${order.name} HTTP/1.1\r\nHost: crowd\r\nConnection: close\r\n\r\n`
        : `download ${order.name}\n`,
    );
  });
}

/** Where the head ends and the body begins, or undefined while it is not all there. */
function headEnd(head: string, protocol: "http" | "wire"): number | undefined {
  const mark = protocol === "http" ? "\r\n\r\n" : "\n";
  const at = head.indexOf(mark);
  return at < 0 ? undefined : at + mark.length;
}

/** What is wrong with a reply's head, or undefined when it promises the file. */
function headFault(head: string, order: CrowdOrder): string | undefined {
  const match = order.protocol === "http"
    ? /^HTTP\/1\.1 200 [^]*\r\ncontent-length: (\d+)\r\n/i.exec(head)
    : /^OK (\d+)[ \r\n]/.exec(head);
  return match !== null && Number(match[1]) === order.bytes
    ? undefined
    : `the reply began "${head.split(/\r?\n/)[0]}"`;
}

// The type checker sees this file as a window's, where a worker's own `postMessage` is not declared.
const thread = globalThis as unknown as {
  onmessage: ((event: MessageEvent<CrowdOrder>) => void) | null;
  postMessage(answer: CrowdAnswer): void;
};

thread.onmessage = ({ data: order }) => {
  const shared = new Uint8Array(READ_BYTES);
  thread.onmessage = async () => {
    const faults = await Promise.all(
      Array.from({ length: order.clients }, () => fetchOnce(order, shared)),
    );
    const failures = faults.filter((fault) => fault !== undefined);
    thread.postMessage({
      kind: "done",
      whole: order.clients - failures.length,
      failures,
    });
  };
  thread.postMessage({ kind: "ready" });
};
