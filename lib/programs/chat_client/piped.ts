/**
 * A chat for scripts: lines from stdin are said, what others say is on stdout, `FROM|TEXT`, everything else on stderr.
 *
 * @module
 */

import { fromBytes, toBytes } from "../../bytes/ascii.ts";
import { ReceiveBuffer } from "../../bytes/receive_buffer.ts";
import type { ChatClientCommand } from "../../cli/chat_client_flags.ts";
import { CHAT_HELP, notTakenLine, plainLine } from "../../cli/chat_lines.ts";
import type { ClientNews } from "../../drivers/chat/chat_client.ts";
import { EXIT } from "../../errors.ts";
import { StopSignal } from "../../io/signals.ts";
import { writeError } from "../../io/terminal.ts";
import { Notices } from "./notices.ts";
import { nameOf, Talk, type Unreadable, type View } from "./talk.ts";

/** A message, a name, and what stands between them; a longer line cannot be sent in any case. */
const LINE_BYTES_MAX = 8 * 1024;
const BUFFER_BYTES_MAX = 64 * 1024;

/** Talks until the end of the input is acknowledged (`--stay`: until a signal); gives the exit code. */
export async function pipedChat(command: ChatClientCommand): Promise<number> {
  const { flags } = command;
  const view = new PipeView(command);
  const talk = new Talk(command, nameOf(command), flags.history ?? 0, view);
  const { client } = talk;
  using stop = new StopSignal(() => client.leave());
  const leaveWhenSettled = () =>
    client.untilSettled().then(() => client.leave());
  // What was said before the reader went is still said.
  view.onReaderGone = leaveWhenSettled;
  const running = client.run();
  const typing = talk.obey(stdinLines()).then(async (end) => {
    if (end === "quit" || !flags.stay) await leaveWhenSettled();
    return await running;
  });
  const ending = await Promise.race([running, typing]);
  if (stop.exit !== undefined) return stop.exit;
  const exit = talk.exitOf(ending);
  return view.refused > 0 ? EXIT.someFailed : exit;
}

class PipeView implements View {
  /** Lines that were not taken. */
  refused = 0;
  onReaderGone: () => void = () => {};
  readonly #command: ChatClientCommand;
  readonly #notices = new Notices();

  constructor(command: ChatClientCommand) {
    this.#command = command;
  }

  news(news: ClientNews): void {
    const { time, quiet } = this.#command.flags;
    if (news.kind === "message" || news.kind === "action") {
      if (!writeLine(plainLine(news, time))) this.onReaderGone();
      return;
    }
    if (news.kind === "refused") this.refused++;
    const notice = this.#notices.of(news);
    if (notice !== undefined && (notice.isNeeded || !quiet)) {
      writeError(`${notice.text}\n`);
    }
  }

  notSent(typed: string, reason: string): void {
    this.refused++;
    writeError(`${notTakenLine(typed, reason)}\n`);
  }

  help(): void {
    writeError(CHAT_HELP);
  }
}

/** Writes to stdout; false if nobody reads it any more. */
function writeLine(line: string): boolean {
  const bytes = toBytes(line + "\n");
  try {
    for (let done = 0; done < bytes.length;) {
      done += Deno.stdout.writeSync(bytes.subarray(done));
    }
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) return false;
    throw error;
  }
}

/** The lines of stdin, the last one with or without its end. However long one is, it takes no more than the buffer. */
async function* stdinLines(): AsyncIterable<string | Unreadable> {
  const buffer = new ReceiveBuffer(BUFFER_BYTES_MAX);
  let skips = false;
  for (;;) {
    for (;;) {
      const line = buffer.takeLine(LINE_BYTES_MAX);
      if (line === undefined) break;
      if (line === "too-long") {
        if (!skips) yield { reason: "That line is too long for a message" };
        skips = skipLine(buffer);
        if (skips) break;
      } else if (skips) skips = false;
      else yield textOf(line);
    }
    const count = await Deno.stdin.read(buffer.space());
    if (count === null) break;
    buffer.commit(count);
  }
  const rest = buffer.take(buffer.length);
  if (rest.length > 0 && !skips) yield textOf(rest);
}

/** Takes what is here of a line; true if its end is not. */
function skipLine(buffer: ReceiveBuffer): boolean {
  const at = buffer.peek().indexOf(0x0a);
  buffer.take(at < 0 ? buffer.length : at + 1);
  return at < 0;
}

function textOf(line: Uint8Array): string | Unreadable {
  return fromBytes(line) ?? { reason: "That line is not UTF-8" };
}
