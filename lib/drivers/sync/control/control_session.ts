/**
 * A connection of a command (`peer.ts status`, ...) to the peer that runs: requests are answered in order, one at a time,
 * until the command leaves. Whoever is not on this machine, or does not know the token, gets one sentence and is cut off.
 *
 * @module
 */

import { fromBytes, toBytes } from "../../../bytes/ascii.ts";
import { ReceiveBuffer } from "../../../bytes/receive_buffer.ts";
import { messageOf } from "../../../errors.ts";
import type { Channel } from "../../../io/channel.ts";
import type { SyncFolder } from "../../../io/sync/folder.ts";
import {
  CONTROL_LINE_BYTES_MAX,
  controlAnswerLine,
  type ControlRequest,
  parseControlLine,
} from "../../../sync/control_messages.ts";
import { writeAll } from "../../line_writer.ts";
import type { PeerControl } from "./peer_control.ts";

export interface ControlSessionOptions {
  readonly peer: PeerControl;
  readonly folder: Pick<SyncFolder, "restore">;
  /** Whether it is the token of this run, compared in a time that does not tell how much of it is right. */
  readonly isToken: (text: string) => boolean;
}

/**
 * Serves `channel` to its end.
 *
 * @param arrived what was read from it already
 */
export async function serveControl(
  channel: Channel,
  arrived: Uint8Array,
  options: ControlSessionOptions,
): Promise<void> {
  const left = new AbortController();
  try {
    const lines = new RequestLines(channel, arrived, left);
    for await (const line of lines.all()) {
      const answer = await answerTo(line, channel.peer, options, left.signal);
      if (left.signal.aborted) return;
      await writeAll(channel, toBytes(answer.line));
      if (answer.isLast) return;
    }
  } finally {
    left.abort();
    channel.close();
  }
}

/** Whether the peer at the other end, as `Channel.peer` shows it, is on this machine. */
export function isLoopback(peer: string): boolean {
  return /^(?:127(?:\.\d{1,3}){3}|\[::1\]):\d+$/.test(peer);
}

/** Reads ahead, so that a command that leaves while it waits is noticed. */
class RequestLines {
  readonly #channel: Channel;
  readonly #left: AbortController;
  readonly #buffer = new ReceiveBuffer(CONTROL_LINE_BYTES_MAX + 1);
  #hasMore = Promise.withResolvers<void>();

  constructor(channel: Channel, arrived: Uint8Array, left: AbortController) {
    this.#channel = channel;
    this.#left = left;
    this.#buffer.append(arrived);
    void this.#read();
  }

  /** Each line; `undefined` stands for one that is not UTF-8. */
  async *all(): AsyncIterable<string | undefined> {
    for (;;) {
      const line = this.#buffer.takeLine(CONTROL_LINE_BYTES_MAX);
      // What fills the buffer ends the reading.
      if (line === "too-long") return;
      if (line !== undefined) {
        yield fromBytes(line);
        continue;
      }
      if (this.#left.signal.aborted) return;
      await this.#hasMore.promise;
    }
  }

  async #read(): Promise<void> {
    try {
      // Who sends more than one request ahead does not need an answer.
      while (this.#buffer.length <= CONTROL_LINE_BYTES_MAX) {
        const count = await this.#channel.read(this.#buffer.space());
        if (count === undefined) break;
        this.#buffer.commit(count);
        this.#wake();
      }
    } catch {
      // Lost, or closed from here.
    }
    this.#left.abort();
    this.#wake();
  }

  #wake(): void {
    this.#hasMore.resolve();
    this.#hasMore = Promise.withResolvers();
  }
}

async function answerTo(
  line: string | undefined,
  from: string,
  { peer, folder, isToken }: ControlSessionOptions,
  signal: AbortSignal,
): Promise<{ readonly line: string; readonly isLast: boolean }> {
  const refusal = (error: string) => ({
    line: controlAnswerLine({ error }),
    isLast: true,
  });
  if (!isLoopback(from)) {
    return refusal("Commands are taken from this machine only");
  }
  const parsed = line === undefined
    ? "The line is not UTF-8"
    : parseControlLine(line);
  if (typeof parsed === "string") return refusal(parsed);
  if (!isToken(parsed.token)) {
    return refusal("The token is not that of this run");
  }
  try {
    const ok = await resultOf(parsed.request, peer, folder, signal);
    return { line: controlAnswerLine({ ok }), isLast: false };
  } catch (error) {
    return {
      line: controlAnswerLine({ error: messageOf(error) }),
      isLast: false,
    };
  }
}

async function resultOf(
  request: ControlRequest,
  peer: PeerControl,
  folder: Pick<SyncFolder, "restore">,
  signal: AbortSignal,
): Promise<unknown> {
  switch (request.do) {
    case "status":
      return peer.status();
    case "wait":
      // What a script wrote just before may not have been hinted at yet.
      await peer.scan();
      await peer.waitFor(request.peer, signal);
      return true;
    case "scan":
      await peer.scan(request.paths.length === 0 ? undefined : request.paths);
      return true;
    case "confirm":
      return await peer.confirmDeletes();
    case "why":
      return peer.why(request.path);
    case "restore":
      return folder.restore(request.id, request.to);
    default:
      throw request satisfies never;
  }
}
