/**
 * Sends many files over several connections at once, each in checked parts, resumed where an earlier try stopped.
 *
 * A connection takes the next file, offers it, sends the parts that the server has not got, a few ahead of the answers,
 * and commits it. A lost connection is made again with growing pauses; its file is offered again, and goes on.
 *
 * @module
 */

import { fromBytes } from "../bytes/ascii.ts";
import { PeerError, Refusal } from "../errors.ts";
import type { Channel } from "../io/channel.ts";
import type { Checks } from "../io/checks.ts";
import type { Clock } from "../io/clock.ts";
import type { LocalFile, OpenLocalFile } from "../io/local_files.ts";
import { escapeName } from "../names/escape.ts";
import { PART_BYTES_MAX, type Request } from "../wire/verbs.ts";
import {
  isLoss,
  isTurnedAway,
  pauseMs,
  watchStalls,
} from "./connection_loss.ts";
import { refusalOf } from "./link.ts";
import { WireLink } from "./wire_link.ts";

/** What happened to a file. */
export interface SendResult {
  readonly file: LocalFile;
  readonly status: "sent" | "failed";
  /** As the server calls it, on the wire. */
  readonly stored?: string;
  readonly fault?: Refusal;
}

export interface SendJobOptions {
  readonly files: readonly LocalFile[];
  readonly open: (file: LocalFile) => OpenLocalFile;
  readonly connect: () => Promise<Channel>;
  readonly connections: number;
  readonly clock: Clock;
  readonly checks: Checks;
  readonly retries: number;
  readonly stallMsMax: number;
  readonly onFile: (result: SendResult) => void;
}

/** Parts on their way before the first of them is acknowledged. */
const PARTS_AHEAD = 4;
/** A file whose offer was out of step, or that was found corrupt, is offered again so often. */
const ATTEMPTS = 2;
/** A file whose part is held is asked for again so often: some 3 s. */
const BUSY_ATTEMPTS = 5;

type Answer = { readonly offset: number; readonly text: string };

export class SendJob {
  /** Bytes that have been sent. */
  bytes = 0;
  /** Bytes that the server had already. */
  resumedBytes = 0;
  readonly #options: SendJobOptions;
  readonly #waiting: LocalFile[];
  readonly #links = new Set<WireLink<undefined>>();
  readonly #over = new AbortController();
  #lostBecause: unknown;
  /** Files whose commit was sent and not answered, with their checks. */
  readonly #committing = new Map<LocalFile, string>();

  constructor(options: SendJobOptions) {
    this.#options = options;
    this.#waiting = [...options.files].sort((a, b) => a.size - b.size);
  }

  /** Connections that are open now. */
  get connections(): number {
    return this.#links.size;
  }

  /**
   * Sends everything.
   *
   * @param first a connection that is open already
   * @throws the last connection's error, when no connection can be had and files are left
   */
  async run(first: Channel): Promise<void> {
    const { clock, connections, stallMsMax, files } = this.#options;
    const stopWatching = watchStalls(this.#links, stallMsMax, clock);
    try {
      const works = Math.max(1, Math.min(connections, files.length));
      await Promise.all(
        Array.from(
          { length: works },
          (_, i) => this.#work(i === 0 ? first : undefined),
        ),
      );
    } finally {
      stopWatching();
    }
    if (this.#waiting.length > 0 && !this.#over.signal.aborted) {
      throw this.#lostBecause;
    }
  }

  /** Ends the job now; what the server has acknowledged is kept there. */
  abort(): void {
    this.#over.abort();
    for (const link of this.#links) link.close();
  }

  async #work(first: Channel | undefined): Promise<void> {
    const { connect, clock, retries } = this.#options;
    let channel = first;
    for (
      let failures = 0;
      !this.#over.signal.aborted && this.#waiting.length > 0;
    ) {
      const bytesBefore = this.bytes;
      let link: WireLink<undefined> | undefined;
      let file: LocalFile | undefined;
      try {
        link = new WireLink(channel ?? await connect(), clock);
        this.#links.add(link);
        while ((file = this.#waiting.pop()) !== undefined) {
          await this.#sendOne(link, file);
          file = undefined;
        }
      } catch (error) {
        if (!isLoss(error)) throw error;
        this.#lostBecause = error;
        if (file !== undefined) this.#waiting.push(file);
        if (this.bytes > bytesBefore) failures = 0;
        if (++failures > retries) return;
        await clock.sleep(pauseMs(failures), this.#over.signal);
      } finally {
        channel = undefined;
        if (link !== undefined) {
          this.#links.delete(link);
          link.close();
        }
      }
    }
    channel?.close();
  }

  async #sendOne(link: WireLink<undefined>, file: LocalFile): Promise<void> {
    try {
      if (await this.#isStored(link, file)) {
        const stored = escapeName(file.name);
        return this.#options.onFile({ file, status: "sent", stored });
      }
      using open = this.#options.open(file);
      for (let attempt = 1;; attempt++) {
        try {
          const stored = await this.#send(link, file, open);
          return this.#options.onFile({ file, status: "sent", stored });
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          await takeAnswersLeft(link);
          // The server may still hold the part for the connection that we have just lost.
          const isHeld = error.code === "busy" && !isTurnedAway(error);
          const again = isHeld || error.code === "wrong-offset" ||
            error.code === "corrupt";
          if (!again || attempt >= (isHeld ? BUSY_ATTEMPTS : ATTEMPTS)) {
            throw error;
          }
          if (isHeld) {
            await this.#options.clock.sleep(
              pauseMs(attempt),
              this.#over.signal,
            );
          }
        }
      }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (isTurnedAway(error)) {
        throw new PeerError(`The server says: ${error.message}`, {
          cause: error,
        });
      }
      this.#options.onFile({ file, status: "failed", fault: error });
    }
  }

  /** Offers, sends and commits; gives the name that the file got. */
  async #send(
    link: WireLink<undefined>,
    file: LocalFile,
    open: OpenLocalFile,
  ): Promise<string> {
    const { token, size, mtime, name } = file;
    link.queue({ verb: "offer", token, size, mtime, name }, undefined);
    await link.flush();
    let { offset } = await answer(link);
    this.resumedBytes += offset;
    const whole = this.#options.checks.runningXxh64();
    const buffer = new Uint8Array(Math.min(PART_BYTES_MAX, Math.max(1, size)));
    // What the server has is still needed for the check of the whole.
    for (let at = 0; at < offset; at += buffer.length) {
      whole.update(
        read(open, at, Math.min(buffer.length, offset - at), buffer),
      );
    }
    let refusal: Refusal | undefined;
    const take = async () => {
      try {
        await answer(link);
      } catch (error) {
        // The parts behind it are refused too; all their answers are taken before it is told.
        if (!(error instanceof Refusal)) throw error;
        refusal ??= error;
      }
    };
    while (offset < size && refusal === undefined) {
      const bytes = read(
        open,
        offset,
        Math.min(buffer.length, size - offset),
        buffer,
      );
      whole.update(bytes);
      const xxh64 = this.#options.checks.xxh64(bytes);
      await sendPart(link, {
        verb: "part",
        token,
        offset,
        length: bytes.length,
        xxh64,
      }, bytes);
      offset += bytes.length;
      this.bytes += bytes.length;
      if (link.pending >= PARTS_AHEAD) await take();
    }
    while (link.pending > 0) await take();
    if (refusal !== undefined) throw refusal;
    if (open.hasChanged()) {
      throw new Refusal("changed", "It changed while it was being sent");
    }
    const xxh64 = whole.digest();
    this.#committing.set(file, xxh64);
    link.queue({ verb: "commit", token, xxh64 }, undefined);
    await link.flush();
    const stored = (await answer(link)).text.trimEnd();
    this.#committing.delete(file);
    return stored;
  }

  /** Whether a commit whose answer was lost had been obeyed: then the server has the file, and would call it taken. */
  async #isStored(
    link: WireLink<undefined>,
    file: LocalFile,
  ): Promise<boolean> {
    const committed = this.#committing.get(file);
    if (committed === undefined) return false;
    this.#committing.delete(file);
    link.queue(
      { verb: "digest", algorithm: "xxh64", name: file.name },
      undefined,
    );
    await link.flush();
    try {
      return (await answer(link)).text.trimEnd() === committed;
    } catch (error) {
      if (error instanceof Refusal && error.code === "not-found") return false;
      throw error;
    }
  }
}

async function sendPart(
  link: WireLink<undefined>,
  request: Request,
  bytes: Uint8Array,
): Promise<void> {
  link.queue(request, undefined);
  await link.flush();
  await link.write(bytes);
}

function read(
  open: OpenLocalFile,
  offset: number,
  count: number,
  buffer: Uint8Array,
): Uint8Array {
  const got = open.readAt(offset, buffer.subarray(0, count));
  if (got < count) {
    throw new Refusal("changed", "It became shorter while it was being sent");
  }
  return buffer.subarray(0, count);
}

/** Takes the answers to what was sent ahead: the next request must not take them for its own. */
async function takeAnswersLeft(link: WireLink<undefined>): Promise<void> {
  while (link.pending > 0) {
    try {
      await answer(link);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
  }
}

/** The next answer, which has a text of a few bytes at the most. */
async function answer(link: WireLink<undefined>): Promise<Answer> {
  let offset = 0;
  let text = "";
  for (;;) {
    const event = await link.event();
    if (event.kind === "err") throw refusalOf(event.code, event.text);
    if (event.kind === "ok") offset = Number(event.fields.get("offset") ?? 0);
    if (event.kind === "body") text += fromBytes(event.bytes) ?? "";
    if (event.ends) return { offset, text };
  }
}
