/**
 * What the terminal and the pipe have in common: a chat client made of a command line, typed lines obeyed, and what its
 * end means for the person.
 *
 * @module
 */

import { ClientState } from "../../chat/client_state.ts";
import { NameFault, toChatName } from "../../chat/names.ts";
import { parseTyped } from "../../chat/typed_line.ts";
import type { ChatClientCommand } from "../../cli/chat_client_flags.ts";
import {
  ChatClient,
  type ChatEnding,
  type ClientNews,
} from "../../drivers/chat/chat_client.ts";
import { EXIT, PeerError, ProgramError } from "../../errors.ts";
import { addressText, TcpChannel } from "../../io/channel.ts";
import { systemClock } from "../../io/clock.ts";
import { plainMessage } from "../../io/os_faults.ts";
import { newToken } from "../../io/tokens.ts";

/** Who is shown what. */
export interface View {
  /** Somebody said something, came, left, ... */
  news(news: ClientNews): void;
  /** What was typed was not sent. */
  notSent(typed: string, reason: string): void;
  help(): void;
}

/** What stands where a line should: nobody can send it, and nobody need hold it. */
export type Unreadable = { readonly reason: string };

export class Talk {
  readonly client: ChatClient;
  readonly state: ClientState;
  readonly #command: ChatClientCommand;
  readonly #view: View;

  /** @throws {ProgramError} if `name` is none */
  constructor(
    command: ChatClientCommand,
    name: string,
    historyMax: number,
    view: View,
  ) {
    const { flags, host, port } = command;
    this.#command = command;
    this.#view = view;
    this.state = new ClientState(checked(name), newToken(), historyMax);
    this.client = new ChatClient({
      state: this.state,
      connect: () => TcpChannel.connect(host, port, flags.timeout),
      clock: systemClock,
      chance: Math.random,
      timeoutMs: flags.timeout,
      firstRetries: flags.retries ?? 0,
      laterRetries: flags.retries ?? Infinity,
      onNews: (news) => view.news(news),
    });
  }

  /** Does what `lines` say, until they end or one says quit. */
  async obey(
    lines: AsyncIterable<string | Unreadable>,
  ): Promise<"quit" | "end"> {
    for await (const line of lines) {
      await this.client.untilRoom();
      if (typeof line !== "string") this.#view.notSent("", line.reason);
      else if (this.#obeyLine(line) === "quit") return "quit";
    }
    return "end";
  }

  /**
   * The exit code that `ending` means, where nothing else does.
   *
   * @throws {ProgramError} with a sentence, if it ended otherwise than it was told to
   */
  exitOf(ending: ChatEnding): number {
    const { host, port } = this.#command;
    const left = this.state.unacknowledged;
    const rest = left === 0
      ? ""
      : left === 1
      ? "; one message was not taken"
      : `; ${left} messages were not taken`;
    switch (ending.kind) {
      case "left":
        if (left === 0) return EXIT.ok;
        throw new ProgramError(`Left the chat${rest}`, EXIT.network);
      case "refused":
        throw new ProgramError(
          `${ending.text || `The server says ${ending.code}`}${rest}`,
          REFUSED_EXIT.get(ending.code) ?? EXIT.network,
        );
      case "unreachable":
        throw new ProgramError(
          `Cannot connect to ${addressText(host, port)}: ${
            causeText(ending.cause)
          }${rest}`,
          EXIT.network,
          { cause: ending.cause },
        );
      default:
        throw ending satisfies never;
    }
  }

  #obeyLine(line: string): "quit" | undefined {
    const typed = parseTyped(line);
    let fault: string | undefined;
    switch (typed.kind) {
      case "say":
      case "act":
        fault = this.client.say(typed);
        break;
      case "nick":
        fault = this.client.rename(typed.name);
        break;
      case "who":
        this.client.askNames(true);
        break;
      case "history":
        this.client.askHistory(typed.count);
        break;
      case "help":
        this.#view.help();
        break;
      case "unclear":
        fault = typed.text;
        break;
      case "nothing":
        break;
      case "quit":
        return "quit";
      default:
        throw typed satisfies never;
    }
    if (fault !== undefined) this.#view.notSent(line, fault);
    return undefined;
  }
}

const REFUSED_EXIT: ReadonlyMap<string, number> = new Map([
  ["taken", EXIT.exists],
  ["replaced", EXIT.exists],
  ["bad-name", EXIT.usage],
]);

/** Why a connection could not be made, or was lost: the end of a sentence. */
export function causeText(cause: unknown): string {
  return cause instanceof Deno.errors.ConnectionRefused
    ? "nothing listens there. Is the server running, and is that its port?"
    : cause instanceof PeerError
    ? lowerFirst(cause.message)
    : plainMessage(cause);
}

/** Who is coming: as the command line says, or as is answered at the terminal. */
export function nameOf({ flags }: ChatClientCommand): string {
  const name = flags.username ??
    (Deno.stdin.isTerminal() ? prompt("Your name:")?.trim() : undefined);
  if (name === undefined || name === "") {
    throw new ProgramError(
      "Who are you? --username NAME\nTry --help.",
      EXIT.usage,
    );
  }
  return name;
}

function checked(name: string): string {
  try {
    return toChatName(name).shown;
  } catch (error) {
    if (!(error instanceof NameFault)) throw error;
    throw new ProgramError(error.message, EXIT.usage, { cause: error });
  }
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
