/**
 * What all programs do around their work: help, version, errors told as sentences, exit codes.
 *
 * @module
 */

import { type FlagTable, helpOf, type HelpText } from "../cli/flags.ts";
import { VERSION } from "../cli/version.ts";
import { EXIT, messageOf, ProgramError } from "../errors.ts";
import { writeError, writeOut } from "../io/terminal.ts";
import { visible } from "../names/escape.ts";

/** A program: its name, its command line, its work. */
export interface Program<
  P extends {
    readonly flags: { readonly help: boolean; readonly version: boolean };
  },
> {
  readonly name: string;
  readonly help: HelpText;
  readonly table: FlagTable;
  parse(args: readonly string[]): P;
  /** @returns the exit code */
  main(parsed: P): Promise<number>;
}

/**
 * Runs `program` and ends the process with its exit code. What it throws becomes a sentence on stderr, never a stack trace.
 */
export async function runProgram<
  P extends {
    readonly flags: { readonly help: boolean; readonly version: boolean };
  },
>(
  { name, help, table, parse, main }: Program<P>,
  args: readonly string[],
): Promise<never> {
  try {
    const parsed = parse(args);
    if (parsed.flags.help || parsed.flags.version) {
      writeOut(
        parsed.flags.help ? helpOf(help, table) : `landline ${VERSION}\n`,
      );
      Deno.exit(EXIT.ok);
    }
    Deno.exit(await main(parsed));
  } catch (error) {
    const lines = messageOf(error).split("\n").map(visible).join("\n");
    writeError(`${name}: ${lines}\n`);
    Deno.exit(error instanceof ProgramError ? error.exit : EXIT.other);
  }
}
