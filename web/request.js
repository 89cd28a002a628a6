// @ts-check
/// <reference lib="dom" />
/**
 * A request that tells how much of its body has gone, which only XMLHttpRequest can.
 *
 * @module
 */

/**
 * @typedef {object} Question
 * @property {string} method
 * @property {string} url
 * @property {Readonly<Record<string, string>>} headers
 * @property {Blob | ArrayBuffer} [body]
 * @property {AbortSignal} signal
 * @property {(bytes: number) => void} [onSent] how much of the body has gone
 */

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {(name: string) => string | null} header
 * @property {string} text
 */

/** @typedef {(question: Question) => Promise<Answer>} Ask */

/** The line was cut, the server is gone, or nothing has moved for too long. */
export class LineFault extends Error {
  /** @override */
  name = "LineFault";
}

/** After so long without a byte a line is dead: half of what the server grants. */
const STALL_MS = 30_000;

/** @type {Ask} */
export function ask({ method, url, headers, body, signal, onSent }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let watch = setTimeout(() => request.abort(), STALL_MS);
    const moved = () => {
      clearTimeout(watch);
      watch = setTimeout(() => request.abort(), STALL_MS);
    };
    const stop = () => request.abort();
    const end = () => {
      clearTimeout(watch);
      signal.removeEventListener("abort", stop);
    };
    request.upload.addEventListener("progress", ({ loaded }) => {
      moved();
      onSent?.(loaded);
    });
    request.addEventListener("progress", moved);
    request.addEventListener("load", () => {
      end();
      resolve({
        status: request.status,
        header: (name) => request.getResponseHeader(name),
        text: request.responseText,
      });
    });
    request.addEventListener("error", () => {
      end();
      reject(new LineFault("The server cannot be reached"));
    });
    request.addEventListener("abort", () => {
      end();
      reject(signal.aborted ? signal.reason : new LineFault("Nothing moved"));
    });
    signal.addEventListener("abort", stop);
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) {
      request.setRequestHeader(name, value);
    }
    if (signal.aborted) {
      end();
      reject(signal.reason);
    } else request.send(body ?? null);
  });
}
