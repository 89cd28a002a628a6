// @ts-check
/// <reference lib="dom" />
/**
 * One upload by tus 1.0 (https://tus.io/protocols/resumable-upload), in pieces: created by POST to the folder, gone on with by
 * PATCH, asked about by HEAD, given up by DELETE. When to try again, and how often, is for `uploads.js` to say.
 *
 * @module
 */

import { sentenceIn } from "./faults.js";
import { metadataText } from "./metadata.js";
import { Pace } from "./pace.js";
import { LineFault } from "./request.js";

/** @typedef {import("./request.js").Ask} Ask */
/** @typedef {import("./request.js").Answer} Answer */
/** @typedef {import("./checks.js").CheckOf} CheckOf */
/** @typedef {import("./uploads.js").OnProgress} OnProgress */
/** @typedef {import("./unfinished.js").UnfinishedUploads} UnfinishedUploads */

/**
 * Bytes of the file, and their check in the making.
 *
 * @typedef {object} Piece
 * @property {number} begin
 * @property {number} end
 * @property {Blob | ArrayBuffer} body
 * @property {Promise<string | undefined>} check
 */

const VERSION = { "Tus-Resumable": "1.0.0" };
const OCTETS = "application/offset+octet-stream";
/** A file that is not larger goes along with its creation: ten thousand small ones need one request each, not two. */
const AT_ONCE_BYTES_MAX = 1024 * 1024;
/** Smaller ones are sent anew as quickly as they are looked up. */
const REMEMBERED_BYTES_MIN = AT_ONCE_BYTES_MAX;

/** A server that is at another offset each time it is asked is no use. */
const DETOURS_MAX = 10;

/** The server refuses, or does something that makes no sense. */
export class UploadFault extends Error {
  /** @override */
  name = "UploadFault";

  /**
   * @param {string} message
   * @param {{ mayPass?: boolean, isClash?: boolean }} [options] `mayPass`: it is worth another try without asking anyone;
   *   `isClash`: a file of that name is there
   */
  constructor(message, { mayPass = false, isClash = false } = {}) {
    super(message);
    this.mayPass = mayPass;
    this.isClash = isClash;
  }
}

export class TusUpload {
  #file;
  #folder;
  #path;
  #ask;
  #checkOf;
  #memory;
  #pace = new Pace();
  /** @type {string | undefined} */
  #url;
  /** @type {Piece | undefined} */
  #ahead;
  /** The line was cut when the last bytes may have arrived: the file may be there. */
  #mayBeThere = false;
  #detours = 0;

  /**
   * @param {File} file
   * @param {{
   *   readonly folder: URL,
   *   readonly path: string,
   *   readonly ask: Ask,
   *   readonly checkOf: CheckOf,
   *   readonly memory: UnfinishedUploads,
   * }} options `path` is the name in `folder`, with folders in front
   */
  constructor(file, { folder, path, ask, checkOf, memory }) {
    this.#file = file;
    this.#folder = folder;
    this.#path = path;
    this.#ask = ask;
    this.#checkOf = checkOf;
    this.#memory = memory;
  }

  /**
   * Sends what the server does not have.
   *
   * @param {AbortSignal} signal
   * @param {OnProgress} onProgress
   * @returns {Promise<string | undefined>} where the file is now, if the server says so
   */
  async run(signal, onProgress) {
    this.#url ??= this.#memory.find(this.#key)?.url;
    let offset = this.#url === undefined
      ? undefined
      : await this.#resume(this.#url, signal);
    /** @type {string | undefined} */
    let place;
    if (offset === undefined) {
      ({ offset, place } = await this.#create(signal, onProgress));
    }
    onProgress(offset, true);
    while (offset < this.#file.size) {
      ({ offset, place = undefined } = await this.#sendPiece(
        offset,
        signal,
        onProgress,
      ));
      onProgress(offset, true);
    }
    this.#memory.forget(this.#key);
    return place;
  }

  /** Tells the server to forget it; it may not hear that. */
  async giveUp() {
    this.#memory.forget(this.#key);
    if (this.#url === undefined) return;
    try {
      await this.#ask({
        method: "DELETE",
        url: this.#url,
        headers: VERSION,
        signal: new AbortController().signal,
      });
    } catch {
      // The server forgets it by itself after a day.
    }
  }

  get #key() {
    const { size, lastModified } = this.#file;
    const folder = this.#folder.pathname;
    return { folder, path: this.#path, size, lastModified };
  }

  /**
   * How much the server has; `undefined` if it knows nothing of it any more.
   *
   * @param {string} url
   * @param {AbortSignal} signal
   */
  async #resume(url, signal) {
    const answer = await this.#question("HEAD", url, {}, signal);
    if (isGone(answer.status)) {
      this.#forget();
      return undefined;
    }
    if (!isOk(answer.status)) throw refusalOf(answer);
    const offset = Number(answer.header("Upload-Offset") ?? NaN);
    const length = answer.header("Upload-Length");
    const isOurs = length === null || Number(length) === this.#file.size;
    if (!isOurs || !(offset >= 0) || offset > this.#file.size) {
      this.#forget();
      return undefined;
    }
    return offset;
  }

  /** @param {AbortSignal} signal @param {OnProgress} onProgress */
  async #create(signal, onProgress) {
    const { size, lastModified } = this.#file;
    /** @type {Record<string, string>} */
    const headers = {
      "Upload-Length": `${size}`,
      "Upload-Metadata": metadataText({
        filename: this.#path,
        lastModified: `${lastModified}`,
      }),
    };
    const isAtOnce = size > 0 && size <= AT_ONCE_BYTES_MAX;
    const answer = isAtOnce
      ? await this.#send("POST", this.#folder.href, headers, 0, size, {
        signal,
        onProgress,
      })
      : await this.#question("POST", this.#folder.href, headers, signal);
    if (answer.status === 409 && await this.#isThere(signal)) {
      return { offset: size, place: this.#place.pathname };
    }
    if (answer.status !== 201) throw refusalOf(answer, answer.status === 409);
    const location = answer.header("Location");
    if (location === null) {
      throw new UploadFault("The server does not say where");
    }
    this.#url = new URL(location, this.#folder).href;
    if (size >= REMEMBERED_BYTES_MIN) {
      this.#memory.remember({
        ...this.#key,
        url: this.#url,
        begun: Date.now(),
      });
    }
    const offset = Number(answer.header("Upload-Offset") ?? 0);
    return { offset, place: answer.header("Content-Location") ?? undefined };
  }

  get #place() {
    const path = this.#path.split("/").map(encodeURIComponent).join("/");
    return new URL(path, this.#folder);
  }

  /**
   * Whether the file of that name is this one, whose last answer was lost: nobody is to be asked what should become of it.
   *
   * @param {AbortSignal} signal
   */
  async #isThere(signal) {
    if (!this.#mayBeThere) return false;
    const answer = await this.#question("HEAD", this.#place.href, {}, signal);
    if (PASSING.includes(answer.status)) throw refusalOf(answer);
    const { size, lastModified } = this.#file;
    const time = Date.parse(answer.header("Last-Modified") ?? "");
    return answer.status === 200 &&
      answer.header("Content-Length") === `${size}` &&
      // A field of HTTP has whole seconds.
      time === Math.floor(lastModified / 1000) * 1000;
  }

  /**
   * @param {number} offset
   * @param {AbortSignal} signal
   * @param {OnProgress} onProgress
   * @returns {Promise<{ offset: number, place?: string | undefined }>}
   */
  async #sendPiece(offset, signal, onProgress) {
    const url = /** @type {string} */ (this.#url);
    const end = Math.min(offset + this.#pace.bytes, this.#file.size);
    const begun = performance.now();
    const headers = { "Upload-Offset": `${offset}` };
    let answer;
    try {
      answer = await this.#send("PATCH", url, headers, offset, end, {
        signal,
        onProgress,
      });
    } catch (error) {
      this.#pace.wasCut();
      throw error;
    }
    if (answer.status === 409) {
      return { offset: await this.#offsetAfter(answer, offset, signal) };
    }
    if (isGone(answer.status)) {
      this.#forget();
      throw new UploadFault("The server lost what it had of it", {
        mayPass: true,
      });
    }
    if (!isOk(answer.status)) throw refusalOf(answer);
    const reached = Number(answer.header("Upload-Offset") ?? NaN);
    if (!(reached > offset && reached <= this.#file.size)) {
      throw new UploadFault("The server does not say how far it is");
    }
    this.#pace.took(reached - offset, performance.now() - begun);
    return {
      offset: reached,
      place: answer.header("Content-Location") ?? undefined,
    };
  }

  /**
   * Sends the bytes from `begin` to `end` with their check.
   *
   * @param {string} method
   * @param {string} url
   * @param {Readonly<Record<string, string>>} headers
   * @param {number} begin
   * @param {number} end
   * @param {{ signal: AbortSignal, onProgress: OnProgress }} options
   */
  async #send(method, url, headers, begin, end, { signal, onProgress }) {
    const piece = await this.#piece(begin, end);
    const check = await piece.check;
    // While these bytes are on their way, the check of the next ones is made.
    const next = Math.min(end + this.#pace.bytes, this.#file.size);
    if (next > end) void this.#piece(end, next);
    try {
      return await this.#ask({
        method,
        url,
        headers: {
          ...VERSION,
          ...headers,
          "Content-Type": OCTETS,
          ...(check === undefined ? {} : { "Upload-Checksum": check }),
        },
        body: piece.body,
        signal,
        onSent: (bytes) =>
          onProgress(begin + Math.min(bytes, end - begin), false),
      });
    } catch (error) {
      if (error instanceof LineFault) {
        if (end === this.#file.size) this.#mayBeThere = true;
        await this.#assertReadable();
      }
      throw error;
    }
  }

  /**
   * Where to go on after a 409, which has two meanings: the server is elsewhere than at `offset`, or it is not, and the name
   * was taken while the file was on its way.
   *
   * @param {Answer} answer
   * @param {number} offset
   * @param {AbortSignal} signal
   * @returns {Promise<number>}
   */
  async #offsetAfter(answer, offset, signal) {
    const reached = await this.#resume(
      /** @type {string} */ (this.#url),
      signal,
    );
    if (reached === offset) throw refusalOf(answer, true);
    if (reached === undefined || ++this.#detours > DETOURS_MAX) {
      throw new UploadFault("The server lost a part of it", { mayPass: true });
    }
    return reached;
  }

  /** @param {number} begin @param {number} end */
  async #piece(begin, end) {
    if (this.#ahead?.begin === begin && this.#ahead.end === end) {
      return this.#ahead;
    }
    // A slice costs the browser milliseconds, which ten thousand small files feel.
    const isSmallFile = end - begin === this.#file.size &&
      end <= AT_ONCE_BYTES_MAX;
    const body = isSmallFile
      ? await this.#bytes()
      : this.#file.slice(begin, end);
    return this.#ahead = { begin, end, body, check: this.#checkOf(body) };
  }

  /** @returns {Promise<ArrayBuffer>} */
  async #bytes() {
    try {
      return await this.#file.arrayBuffer();
    } catch {
      throw unreadable();
    }
  }

  /** A file that was changed or removed since it was chosen cannot be read: to the browser that looks like a cut line. */
  async #assertReadable() {
    try {
      await this.#file.slice(0, 1).arrayBuffer();
    } catch {
      throw unreadable();
    }
  }

  /** @param {string} method @param {string} url @param {Readonly<Record<string, string>>} headers @param {AbortSignal} signal */
  #question(method, url, headers, signal) {
    return this.#ask({
      method,
      url,
      headers: { ...VERSION, ...headers },
      signal,
    });
  }

  #forget() {
    this.#url = undefined;
    this.#memory.forget(this.#key);
  }
}

function unreadable() {
  return new UploadFault("The file was changed or removed since it was chosen");
}

/** @param {number} status */
function isOk(status) {
  return status >= 200 && status < 300;
}

/** What a server says of an upload it does not know (any more). 403 is tus's own advice. @param {number} status */
function isGone(status) {
  return status === 403 || status === 404 || status === 410;
}

/** Locked, busy, cut, a check that failed: the same again may well be taken. */
const PASSING = [408, 423, 425, 429, 460, 500, 502, 503, 504];

/** @param {Answer} answer @param {boolean} [isClash] */
function refusalOf({ status, text }, isClash = false) {
  return new UploadFault(sentenceIn(text) ?? `The server answers ${status}`, {
    mayPass: PASSING.includes(status),
    isClash,
  });
}
