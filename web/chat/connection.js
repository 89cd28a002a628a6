// @ts-check
/// <reference lib="dom" />
/**
 * The way to the server and back (docs/chat.md, "In a browser"): events come by an EventSource, lines go by POST, one request
 * at a time, so that they arrive in order.
 *
 * A browser would open a lost EventSource again by itself, but with the address that it had: the name may be another since,
 * and browsers give up at the first answer that is no stream. So each attempt is an EventSource of its own, with growing
 * pauses, and says in its address what was seen last.
 *
 * @module
 */

/** The first pause before another attempt; each is twice as long as the one before. */
const PAUSE_MS = 500;
const PAUSE_MS_MAX = 15_000;
/** A server that says nothing for so long is asked; one that does not answer then is gone. */
const SILENCE_MS = 30_000;
const ANSWER_MS = 10_000;
/** Bytes of one request, about: what is pasted goes in few, and none is larger than a server takes. */
const BODY_LENGTH_MAX = 16 * 1024;

/**
 * What the connection asks of who uses it, and tells. `since` is the cursor of the last message that was seen, or `-`.
 *
 * @typedef {{
 *   readonly address: () => { readonly name: string, readonly key: string, readonly since: string },
 *   readonly onLine: (line: string) => void,
 *   readonly onLost: (pauseMs: number) => void,
 *   readonly onFault: (text: string) => void,
 * }} ConnectionUser
 */

export class Connection {
  /** @type {ConnectionUser} */
  #user;
  /** @type {EventSource | undefined} */
  #source;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #attempts = 0;
  /** When the server was heard last. */
  #heard = 0;
  /** Waits for a sign of life. @type {ReturnType<typeof setTimeout> | undefined} */
  #probe;
  /** Whether lines may go: the server has said `joined`. */
  #isReady = false;
  /** @type {string[]} */
  #lines = [];
  /** The request that is on its way. @type {AbortController | undefined} */
  #request;

  /** @param {ConnectionUser} user */
  constructor(user) {
    this.#user = user;
    // A phone that wakes up, or finds another network, often holds the end of a connection that is long gone.
    const wake = () => {
      this.retryNow();
      this.#ask();
    };
    globalThis.addEventListener("online", wake);
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) wake();
    });
    setInterval(() => {
      if (Date.now() - this.#heard >= SILENCE_MS) this.#ask();
    }, SILENCE_MS);
  }

  get isReady() {
    return this.#isReady;
  }

  /** Connects, anew if need be. */
  open() {
    this.close();
    const { name, key, since } = this.#user.address();
    const query = new URLSearchParams({ name, key, since });
    const source = new EventSource(`/chat/events?${query}`);
    source.onmessage = ({ data }) => {
      this.#heard = Date.now();
      clearTimeout(this.#probe);
      this.#probe = undefined;
      this.#user.onLine(data);
    };
    source.onerror = () => this.lost();
    this.#source = source;
    this.#expect();
  }

  /** Ends, without another attempt. */
  close() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    clearTimeout(this.#probe);
    this.#probe = undefined;
    this.#source?.close();
    this.#source = undefined;
    this.#isReady = false;
    this.#lines = [];
    this.#request?.abort();
    this.#request = undefined;
  }

  /** `joined` was said: `lines` go first. @param {readonly string[]} lines */
  ready(lines) {
    this.#attempts = 0;
    this.#isReady = true;
    this.post(lines);
  }

  /** Tries again after a pause. */
  lost() {
    this.close();
    // Not all thousand at once when a server is back.
    const pause = Math.min(PAUSE_MS * 2 ** this.#attempts++, PAUSE_MS_MAX) *
      (0.75 + Math.random() / 2);
    this.#timer = setTimeout(() => this.open(), pause);
    this.#user.onLost(pause);
  }

  /** Ends a pause. */
  retryNow() {
    if (this.#timer !== undefined) this.open();
  }

  /** Is the server there? The browser does not tell of its comments. */
  #ask() {
    if (this.#probe !== undefined || !this.post(["ping"])) return;
    this.#expect();
  }

  #expect() {
    this.#probe = setTimeout(() => this.lost(), ANSWER_MS);
  }

  /**
   * Sends `lines` behind what waits. What was not sent when the connection is lost is forgotten here: who uses it knows
   * better what is to be said again.
   *
   * @param {readonly string[]} lines
   * @returns {boolean} whether there is a connection
   */
  post(lines) {
    if (!this.#isReady) return false;
    this.#lines.push(...lines);
    if (this.#request === undefined) void this.#send();
    return true;
  }

  async #send() {
    const request = new AbortController();
    this.#request = request;
    while (this.#lines.length > 0) {
      const body = this.#takeBody();
      try {
        const { key } = this.#user.address();
        const response = await fetch(
          `/chat/send?${new URLSearchParams({ key })}`,
          {
            method: "POST",
            headers: { "Content-Type": "text/plain;charset=utf-8" },
            body,
            signal: request.signal,
          },
        );
        // The answers come as events; here is only what was wrong with the request.
        const text = await response.text();
        // 403: the server has lost sight of this tab, as it does when the events break off; they will say so, too.
        if (response.status === 403 || response.status >= 500) {
          throw new Error(text);
        }
        if (!response.ok) this.#user.onFault(text.trim());
      } catch {
        if (!request.signal.aborted) this.lost();
        return;
      }
      if (request.signal.aborted) return;
    }
    this.#request = undefined;
  }

  /** As many lines as fit, one at least. */
  #takeBody() {
    let body = "";
    let count = 0;
    for (const line of this.#lines) {
      if (count > 0 && body.length + line.length > BODY_LENGTH_MAX) break;
      body += line + "\n";
      count++;
    }
    this.#lines.splice(0, count);
    return body;
  }
}
