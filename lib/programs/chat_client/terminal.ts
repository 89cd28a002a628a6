/**
 * A chat at a terminal: what others say goes above the line that is being typed, which stays as it is.
 *
 * @module
 */

import {
  clearScreenDown,
  createInterface,
  cursorTo,
  type Interface,
  moveCursor,
} from "node:readline";
import { stdin, stdout } from "node:process";
import type { ChatClientCommand } from "../../cli/chat_client_flags.ts";
import {
  CHAT_HELP,
  type ChatStyle,
  dim,
  notTakenLine,
  saidLine,
  shown,
} from "../../cli/chat_lines.ts";
import type { ClientNews } from "../../drivers/chat/chat_client.ts";
import { EXIT } from "../../errors.ts";
import { addressText } from "../../io/channel.ts";
import { StopSignal } from "../../io/signals.ts";
import { writeOut } from "../../io/terminal.ts";
import { Notices } from "./notices.ts";
import { nameOf, Talk, type View } from "./talk.ts";

const COMMANDS = ["/me ", "/who", "/nick ", "/history", "/help", "/quit"];
const SEPARATOR = " | ";

/** Talks until `/quit`, Ctrl-D or Ctrl-C; gives the exit code. */
export async function terminalChat(
  command: ChatClientCommand,
): Promise<number> {
  const screen = new Screen(command);
  const history = command.flags.history ?? Infinity;
  const talk = new Talk(command, nameOf(command), history, screen);
  const { client, state } = talk;
  using stop = new StopSignal(() => client.leave());
  try {
    const running = client.run();
    screen.open(() => state.name, () => state.names);
    // For completion.
    client.askNames(false);
    const typing = talk.obey(screen.lines()).then(() => {
      client.leave();
      return running;
    });
    const ending = await Promise.race([running, typing]);
    screen.close();
    const exit = talk.exitOf(ending);
    return stop.exit ?? screen.exit ?? exit;
  } finally {
    screen.close();
  }
}

/** What the interface of node:readline has in every version, and its types do not tell. */
type LineEditor = Interface & {
  /** Rows above the cursor that the line being typed takes. */
  prevRows: number;
};

class Screen implements View {
  /** The exit code of somebody who left by Ctrl-C. */
  exit: number | undefined;
  readonly #command: ChatClientCommand;
  readonly #style: ChatStyle;
  readonly #notices = new Notices();
  #editor: LineEditor | undefined;
  #ownName: () => string = () => "";
  #welcomed = false;
  /** Lines that wait to be printed: those of one turn are printed at once. */
  #waiting: string[] = [];

  constructor(command: ChatClientCommand) {
    this.#command = command;
    const { color, time } = command.flags;
    const colors = color === "always" ||
      color === "auto" && !Deno.noColor && !isDumb();
    this.#style = { colors, time };
  }

  /** Begins to read lines. */
  open(ownName: () => string, names: () => readonly string[]): void {
    this.#ownName = ownName;
    const editor = createInterface({
      input: stdin,
      output: stdout,
      prompt: "> ",
      completer: (line: string) => completionsOf(line, names()),
    }) as LineEditor;
    this.#editor = editor;
    editor.on("SIGINT", () => {
      this.exit = EXIT.interrupted;
      editor.close();
    });
    editor.on("line", () => editor.prompt());
  }

  /** Ends reading; the cursor is at the beginning of a line then. */
  close(): void {
    this.#print();
    const editor = this.#editor;
    this.#editor = undefined;
    if (editor === undefined) return;
    editor.close();
    writeOut("\n");
  }

  /** What is typed. */
  lines(): AsyncIterable<string> {
    return this.#editor!;
  }

  news(news: ClientNews): void {
    if (news.kind === "message" || news.kind === "action") {
      const isBell = this.#command.flags.bell && news.to !== "*" && !news.isOld;
      this.#show(saidLine(news, this.#style) + (isBell ? "\x07" : ""));
      return;
    }
    if (news.kind === "joined" || news.kind === "renamed" && news.isOwn) {
      this.#welcome();
    }
    const notice = this.#notices.of(news);
    if (notice === undefined) return;
    if (notice.isNeeded || !this.#command.flags.quiet) {
      this.#show(this.#quietly(notice.text));
    }
  }

  notSent(typed: string, reason: string): void {
    this.#show(this.#quietly(notTakenLine(typed, reason)));
  }

  help(): void {
    this.#show(CHAT_HELP.trimEnd());
  }

  /** Says once where one is; the prompt says who one is. */
  #welcome(): void {
    const { host, port, flags } = this.#command;
    if (!this.#welcomed && !flags.quiet) {
      this.#show(
        this.#quietly(
          `You are ${shown(this.#ownName())} at ${
            addressText(host, port)
          }; /help tells what there is`,
        ),
      );
    }
    this.#welcomed = true;
    this.#editor?.setPrompt(`${shown(this.#ownName())}> `);
  }

  #quietly(line: string): string {
    return this.#style.colors ? dim(line) : line;
  }

  #show(line: string): void {
    if (this.#waiting.length === 0) setTimeout(() => this.#print(), 0);
    this.#waiting.push(line);
  }

  /** Prints what waits, above the line that is being typed. */
  #print(): void {
    if (this.#waiting.length === 0) return;
    const text = this.#waiting.splice(0).join("\n") + "\n";
    const editor = this.#editor;
    if (editor === undefined) return writeOut(text);
    moveCursor(stdout, 0, -editor.getCursorPos().rows);
    cursorTo(stdout, 0);
    clearScreenDown(stdout);
    stdout.write(text);
    // What was above is not there any more: the line is drawn where the cursor is now.
    editor.prevRows = 0;
    editor.prompt(true);
  }
}

/** Tab: a command at the beginning of a line, a name behind the last ` | `. */
function completionsOf(
  line: string,
  names: readonly string[],
): [string[], string] {
  const at = line.lastIndexOf(SEPARATOR);
  if (at < 0) {
    return [
      line === "" ? [] : COMMANDS.filter((word) => word.startsWith(line)),
      line,
    ];
  }
  const begun = line.slice(at + SEPARATOR.length);
  const folded = begun.toLowerCase();
  // A name with characters that are not seen cannot be typed: it is not offered.
  const found = names.filter((name) =>
    name.toLowerCase().startsWith(folded) && shown(name) === name
  );
  return [found, begun];
}

/** A terminal that can do nothing but lines; where we may not ask, it can. */
function isDumb(): boolean {
  const { state } = Deno.permissions.querySync({
    name: "env",
    variable: "TERM",
  });
  return state === "granted" && Deno.env.get("TERM") === "dumb";
}
