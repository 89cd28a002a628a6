// @ts-check
/**
 * The uploads of this page: which are under way, which wait, and what becomes of those that fail. It knows neither HTTP nor
 * the page; `tus.js` sends, `upload_panel.js` shows.
 *
 * @module
 */

import { pauseMs, Rate } from "./pace.js";

/** Enough to fill a line with small files, few enough to see the first ones finish. */
const AT_ONCE = 3;
/** Then a person is asked: at 30 s a pause, this is a server that was away for about five minutes. */
const ATTEMPTS_MAX = 14;

/**
 * @typedef {"waiting" | "sending" | "resting" | "paused" | "failed" | "done"} UploadState `resting` between two attempts
 */

/**
 * Told how many bytes of a file have gone; `isKept`: the server has said that it has them.
 *
 * @typedef {(bytes: number, isKept: boolean) => void} OnProgress
 */

/**
 * What sends one file.
 *
 * @typedef {object} Sender
 * @property {(signal: AbortSignal, onProgress: OnProgress) => Promise<string | undefined>} run
 * @property {() => Promise<void>} giveUp
 */

/**
 * A file, and the name it is to have in the folder, with folders in front.
 *
 * @typedef {{ readonly file: File, readonly path: string }} Chosen
 */

/** One file on its way. */
export class Upload {
  /** @type {UploadState} */
  state = "waiting";
  /** How many bytes have gone. */
  sent = 0;
  /** How many of them the server has said that it has. */
  kept = 0;
  /** Why it rests or has failed. */
  fault = "";
  /** A file of that name is there. */
  isClash = false;
  /** Where it is now, if the server has said so. @type {string | undefined} */
  place;
  rate = new Rate();
  attempts = 0;
  /** @type {AbortController | undefined} */
  running;
  /** @type {(() => void) | undefined} */
  wake;

  /**
   * @param {Chosen} chosen
   * @param {Sender} sender
   */
  constructor({ file, path }, sender) {
    this.file = file;
    this.path = path;
    this.sender = sender;
  }
}

/**
 * What the uploads need of the world around them.
 *
 * @typedef {object} World
 * @property {(chosen: Chosen) => Sender} senderFor
 * @property {() => number} now milliseconds
 * @property {(ms: number, action: () => void) => () => void} after does something later; gives what cancels that
 * @property {() => number} chance from 0 to 1
 */

export class Uploads {
  #world;
  #onChange;
  #onDone;
  /** @type {Upload[]} those that were not dismissed, in the order they came */
  #all = [];
  /** @type {Upload[]} */
  #waiting = [];
  #busy = 0;
  #rate = new Rate();
  /** Bytes of all uploads there ever were, for the rate. */
  #gone = 0;

  /**
   * @param {World} world
   * @param {{ onChange: () => void, onDone: (upload: Upload) => void }} listeners
   */
  constructor(world, { onChange, onDone }) {
    this.#world = world;
    this.#onChange = onChange;
    this.#onDone = onDone;
  }

  /** @returns {readonly Upload[]} */
  get all() {
    return this.#all;
  }

  /** Whether something would be cut if the page were left. */
  get isBusy() {
    return this.#busy > 0 || this.#waiting.length > 0;
  }

  /** Whether another one is being sent, or waits for its turn. */
  get isMoreToCome() {
    return this.#all.some(({ state }) =>
      state === "sending" || state === "waiting"
    );
  }

  /** What there is to tell of all of them together. */
  get totals() {
    let bytes = 0;
    let sent = 0;
    let done = 0;
    let failed = 0;
    for (const upload of this.#all) {
      bytes += upload.file.size;
      sent += upload.sent;
      if (upload.state === "done") done++;
      if (upload.state === "failed") failed++;
    }
    const perSecond = this.#busy === 0 ? 0 : this.#rate.perSecond;
    return { files: this.#all.length, bytes, sent, done, failed, perSecond };
  }

  /** @param {readonly Chosen[]} chosen */
  add(chosen) {
    for (const one of chosen) {
      const upload = new Upload(one, this.#world.senderFor(one));
      this.#all.push(upload);
      this.#waiting.push(upload);
    }
    this.#go();
  }

  /** @param {Upload} upload */
  pause(upload) {
    if (upload.state === "waiting") this.#unqueue(upload);
    if (!["waiting", "sending", "resting"].includes(upload.state)) return;
    upload.state = "paused";
    upload.running?.abort();
    upload.wake?.();
    this.#onChange();
  }

  /** Goes on with what was paused, or has failed. @param {Upload} upload */
  resume(upload) {
    if (upload.state !== "paused" && upload.state !== "failed") return;
    upload.attempts = 0;
    this.#queue(upload);
  }

  /** Sends it under another name: `a.txt` as `a (1).txt`, and `a (2).txt` after that. @param {Upload} upload */
  keepBoth(upload) {
    if (upload.state !== "failed") return;
    const path = withNextMark(upload.path);
    upload.path = path;
    upload.sender = this.#world.senderFor({ file: upload.file, path });
    upload.isClash = false;
    this.resume(upload);
  }

  /** Gives it up, at the server as well. @param {Upload} upload */
  cancel(upload) {
    const isDone = upload.state === "done";
    this.pause(upload);
    this.#all = this.#all.filter((other) => other !== upload);
    if (!isDone) void upload.sender.giveUp();
    this.#onChange();
  }

  pauseAll() {
    this.#waiting = [];
    for (const upload of this.#all) this.pause(upload);
  }

  /** Goes on with all that were paused; with those that failed as well. */
  resumeAll() {
    for (const upload of this.#all) {
      if (upload.state === "paused" || upload.state === "failed") {
        this.resume(upload);
      }
    }
  }

  /** The line is back: nobody waits any longer. */
  wakeAll() {
    for (const upload of this.#all) upload.wake?.();
  }

  /** Those that are done, and those that have failed, need not be looked at any more. The server keeps what it has of them. */
  clear() {
    this.#all = this.#all.filter(({ state }) =>
      state !== "done" && state !== "failed"
    );
    this.#onChange();
  }

  /** @param {Upload} upload */
  #queue(upload) {
    upload.state = "waiting";
    upload.fault = "";
    this.#waiting.push(upload);
    this.#go();
  }

  /** @param {Upload} upload */
  #unqueue(upload) {
    this.#waiting = this.#waiting.filter((other) => other !== upload);
  }

  #go() {
    while (this.#busy < AT_ONCE) {
      const upload = this.#waiting.shift();
      if (upload === undefined) break;
      this.#busy++;
      void this.#run(upload).finally(() => {
        this.#busy--;
        this.#go();
      });
    }
    this.#onChange();
  }

  /**
   * Sends it, with as many attempts as it takes, until it is done, stopped, or a person has to say what becomes of it.
   *
   * @param {Upload} upload
   */
  async #run(upload) {
    const running = new AbortController();
    const { signal } = running;
    upload.running = running;
    do {
      upload.state = "sending";
      this.#onChange();
      try {
        const place = await upload.sender.run(
          signal,
          (bytes, isKept) => {
            if (!signal.aborted) this.#onProgress(upload, bytes, isKept);
          },
        );
        if (!signal.aborted) this.#finish(upload, place);
        return;
      } catch (error) {
        if (signal.aborted || !this.#mayTryAgain(upload, error)) return;
      }
      await this.#rest(upload);
      // Paused and resumed in the meantime, it is another run's.
    } while (!signal.aborted);
  }

  /** @param {Upload} upload @param {string | undefined} place */
  #finish(upload, place) {
    upload.state = "done";
    upload.place = place;
    upload.sent = upload.file.size;
    this.#onDone(upload);
  }

  /** @param {Upload} upload @param {number} bytes @param {boolean} isKept */
  #onProgress(upload, bytes, isKept) {
    // What comes next is a first attempt again. Bytes that only left do not count: the server may refuse them each time.
    if (isKept && bytes > upload.kept) {
      upload.kept = bytes;
      upload.attempts = 0;
    }
    const now = this.#world.now();
    this.#gone += Math.max(bytes - upload.sent, 0);
    upload.sent = bytes;
    upload.rate.add(now, bytes);
    this.#rate.add(now, this.#gone);
    this.#onChange();
  }

  /** @param {Upload} upload @param {unknown} error */
  #mayTryAgain(upload, error) {
    const { message = "", name = "", mayPass = false, isClash = false } =
      /** @type {any} */ (error);
    upload.fault = message;
    upload.isClash = isClash;
    const isPassing = mayPass || name === "LineFault";
    if (isPassing && upload.attempts < ATTEMPTS_MAX) return true;
    upload.state = "failed";
    this.#onChange();
    return false;
  }

  /** Waits before the next attempt; `wake` ends that. @param {Upload} upload @returns {Promise<void>} */
  #rest(upload) {
    upload.state = "resting";
    this.#onChange();
    const ms = pauseMs(upload.attempts++, this.#world.chance());
    return new Promise((resolve) => {
      const cancel = this.#world.after(ms, resolve);
      upload.wake = () => {
        cancel();
        resolve();
      };
    });
  }
}

/**
 * @param {string} path
 */
export function withNextMark(path) {
  const [, folders = "", base = ""] = /^(.*\/)?([^/]*)$/.exec(path) ?? [];
  const [, stem = "", mark, extension = ""] =
    /^(.+?)(?: \((\d+)\))?(\.[^.]*)?$/.exec(base) ?? [, base];
  return `${folders}${stem} (${Number(mark ?? 0) + 1})${extension}`;
}
