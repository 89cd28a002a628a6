/**
 * The prompt of client.ts, and the same commands from a pipe: `list`, `download NAME`, `upload PATH`, `run CMD`, `help`,
 * `quit`; any other line is echoed by the server.
 *
 * @module
 */

import { TextLineStream } from "@std/streams/text-line-stream";
import type { ClientCommand } from "../../cli/client_flags.ts";
import { askList } from "../../drivers/ask.ts";
import { EXIT, messageOf, ProgramError } from "../../errors.ts";
import { addressText } from "../../io/channel.ts";
import { writeError, writeOut } from "../../io/terminal.ts";
import { visible } from "../../names/escape.ts";
import { toName } from "../../names/name.ts";
import { echo, run } from "./ask_once.ts";
import { connectFirst } from "./connect.ts";
import { Conversation, toProgramError } from "./conversation.ts";
import { downloadCommand } from "./download.ts";
import { linkingOf } from "./linking.ts";
import { listText } from "./list.ts";
import { uploadCommand } from "./upload.ts";

const HELP = `list [NAME]       the files of the server
download [NAME]   a file or folder (all); bio.txt is stored as client_bio.txt
upload PATH       a file or folder to the server
run COMMAND LINE  a command that the server allows
help              this
quit              ends the client
Any other line is echoed by the server.
`;

/** A command may be silent for long; its time is limited at the server. */
const STALL_MS = 24 * 3600 * 1000;

/** Reads commands until `quit` or the end of input; gives the exit code of the last one that failed, or 0. */
export async function promptCommand(command: ClientCommand): Promise<number> {
  const prompt = new Prompt(command);
  try {
    await prompt.connect();
    const lines = Deno.stdin.isTerminal()
      ? prompt.terminalLines()
      : pipedLines();
    for await (const line of lines) {
      if (line.trim() === "quit" || line.trim() === "exit") break;
      await prompt.obey(line);
    }
  } finally {
    prompt.end();
  }
  return prompt.exit;
}

class Prompt {
  exit: number = EXIT.ok;
  readonly #command: ClientCommand;
  #talk: Conversation | undefined;
  /** Names of the server's files, for completion. */
  #names: readonly string[] = [];

  constructor(command: ClientCommand) {
    this.#command = command;
  }

  async connect(): Promise<Conversation> {
    if (this.#talk === undefined) {
      const channel = await connectFirst(this.#command);
      const linking = await linkingOf(this.#command);
      this.#talk = new Conversation(linking(channel), STALL_MS);
    }
    return this.#talk;
  }

  end(): void {
    this.#talk?.[Symbol.dispose]();
    this.#talk = undefined;
  }

  /** Does what `line` says; a failure is told, and the prompt goes on. */
  async obey(line: string): Promise<void> {
    try {
      const exit = await this.#do(line);
      if (exit !== EXIT.ok) this.exit = exit;
    } catch (thrown) {
      const error = toProgramError(thrown);
      this.exit = error instanceof ProgramError ? error.exit : EXIT.other;
      writeError(`${messageOf(error).split("\n").map(visible).join("\n")}\n`);
      // The next line gets a new connection.
      if (this.exit === EXIT.network) this.end();
    }
  }

  /** Lines typed at the terminal, with history and completion. */
  async *terminalLines(): AsyncIterable<string> {
    const { host, port } = this.#command;
    writeOut(
      `Connected to ${addressText(host, port)}. Type help for the commands.\n`,
    );
    await this.#learnNames();
    // Only here: node:readline costs 20 ms that no other command should pay.
    const { createInterface } = await import("node:readline");
    const { stdin, stdout } = await import("node:process");
    const terminal = createInterface({
      input: stdin,
      output: stdout,
      prompt: "> ",
      completer: (line: string) => this.#complete(line),
    });
    // Ctrl-C ends the client, as Ctrl-D does.
    terminal.on("SIGINT", () => terminal.close());
    terminal.prompt();
    for await (const line of terminal) {
      terminal.pause();
      yield line;
      terminal.prompt();
    }
  }

  async #do(line: string): Promise<number> {
    const [, verb = "", rest = ""] = /^(\S*) ?(.*)$/s.exec(line.trimStart()) ??
      [];
    switch (verb) {
      case "":
        return EXIT.ok;
      case "help":
        writeOut(HELP);
        return EXIT.ok;
      case "list":
      case "ls":
        return await this.#list(rest);
      case "download":
      case "get":
        return await downloadCommand({
          ...this.#command,
          verb: "download",
          words: rest === "" ? [] : [rest],
        });
      case "upload":
      case "put":
        if (rest === "") {
          throw new ProgramError("upload needs a PATH", EXIT.usage);
        }
        return await uploadCommand({
          ...this.#command,
          verb: "upload",
          words: [rest],
        });
      case "run":
        return await run((await this.connect()).link, rest);
      case "echo":
        return await echo((await this.connect()).link, rest);
      default:
        return await echo((await this.connect()).link, line);
    }
  }

  async #list(place: string): Promise<number> {
    const files = await askList(
      (await this.connect()).link,
      place === "" ? "" : toName(place),
    );
    this.#names = files.map(({ name }) => name);
    writeOut(listText(files));
    return EXIT.ok;
  }

  async #learnNames(): Promise<void> {
    const files = await askList((await this.connect()).link, "");
    this.#names = files.map(({ name }) => name);
  }

  #complete(line: string): [string[], string] {
    const space = line.indexOf(" ");
    if (space < 0) {
      const verbs = ["list", "download ", "upload ", "run ", "help", "quit"];
      return [verbs.filter((verb) => verb.startsWith(line)), line];
    }
    const word = line.slice(space + 1);
    // A name with characters that are not seen cannot be typed: it is not offered.
    return [
      this.#names.filter((name) =>
        name.startsWith(word) && visible(name) === name
      ),
      word,
    ];
  }
}

async function* pipedLines(): AsyncIterable<string> {
  const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLineStream());
  for await (const line of lines) yield line;
}
