/**
 * `client.ts run` and `client.ts echo`: one question, its answer as it comes.
 *
 * @module
 */

import type { ClientCommand } from "../../cli/client_flags.ts";
import { ask } from "../../drivers/ask.ts";
import type { Link } from "../../drivers/link.ts";
import { EXIT } from "../../errors.ts";
import { peerText, writeError } from "../../io/terminal.ts";
import { connectFirst } from "./connect.ts";
import { Conversation, toProgramError } from "./conversation.ts";
import { linkingOf } from "./linking.ts";

/**
 * A command may print nothing for minutes; that is not a lost connection. Its time is limited at the server, and a server
 * that vanishes is noticed by TCP.
 */
const RUN_STALL_MS = 24 * 3600 * 1000;

/** Asks the one question; gives the exit code, for `run` that of the command. */
export async function askOnceCommand(command: ClientCommand): Promise<number> {
  const { flags, verb, words } = command;
  const stallMsMax = verb === "run" ? RUN_STALL_MS : flags.timeout;
  const [channel, linking] = await Promise.all([
    connectFirst(command),
    linkingOf(command),
  ]);
  using talk = new Conversation(linking(channel), stallMsMax);
  try {
    return verb === "run"
      ? await run(talk.link, words.join(" "))
      : await echo(talk.link, words.join(" "));
  } catch (error) {
    throw toProgramError(error);
  }
}

/** Runs `line` at the server, with its output on ours; gives its exit code. */
export async function run(
  link: Link<undefined>,
  line: string,
): Promise<number> {
  const answer = ask(link, { verb: "run", line: oneLine(line) });
  const [out, err] = [peerText(Deno.stdout), peerText(Deno.stderr)];
  for (;;) {
    const { done, value } = await answer.next();
    if (!done) {
      const write = value.fields.get("stream") === "stderr" ? err : out;
      write(value.bytes);
      continue;
    }
    const reason = value.get("reason");
    if (reason !== undefined) {
      writeError(`client.ts: the server ended the command: ${reason}\n`);
    }
    return Number(value.get("exit") ?? EXIT.other);
  }
}

/** Prints what the server answers to `text`. */
export async function echo(
  link: Link<undefined>,
  text: string,
): Promise<number> {
  const out = peerText(Deno.stdout);
  for await (
    const { bytes } of ask(link, { verb: "echo", text: oneLine(text) })
  ) out(bytes);
  return EXIT.ok;
}

/** A line end in the text would begin another request. */
function oneLine(text: string): string {
  return text.replace(/[\r\n]+/g, " ");
}
