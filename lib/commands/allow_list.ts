/**
 * Which command lines may be run: `--allow-run 'ls,ps aux,uname *'`.
 *
 * No shell, ever. An entry is a program with its exact arguments; only an entry that ends in ` *` lets the client add
 * arguments. A line is cut at single blanks and compared word by word, so that quotes, `;`, `$(...)` and `lsx` have no
 * meaning and no match (security.md C1; anchors.md section 3 tells how others were broken here).
 *
 * @module
 */

/** One allowed command. */
export interface AllowedCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** The client may add arguments. */
  readonly open: boolean;
}

/** A command line that was found allowed. */
export interface MatchedCommand {
  /** Absolute path. */
  readonly path: string;
  readonly args: readonly string[];
}

const CONTROL = /[\x00-\x1f\x7f]/;

/**
 * The entries of `text`, separated by commas.
 *
 * @throws {RangeError} if an entry is empty or has no program
 */
export function parseAllowList(text: string): AllowedCommand[] {
  return text.split(",").map((entry) => {
    const words = entry.trim().split(/ +/);
    const open = words.length > 1 && words.at(-1) === "*";
    const [program = "", ...args] = open ? words.slice(0, -1) : words;
    if (program === "" || program === "*" || CONTROL.test(entry)) {
      throw new RangeError(`Cannot allow "${entry}": it names no program`);
    }
    return { program, args, open };
  });
}

/** An allowed command whose program was found. */
export interface FoundCommand extends AllowedCommand {
  /** Absolute path. */
  readonly path: string;
}

/** The program and arguments of `line`, or `undefined` if no entry allows it. */
export function matchCommand(
  allowed: readonly FoundCommand[],
  line: string,
): MatchedCommand | undefined {
  if (CONTROL.test(line)) return undefined;
  const [program, ...args] = line.split(" ");
  for (const entry of allowed) {
    if (entry.program !== program || args.includes("")) continue;
    const lengthFits = entry.open
      ? args.length >= entry.args.length
      : args.length === entry.args.length;
    if (lengthFits && entry.args.every((arg, i) => arg === args[i])) {
      return { path: entry.path, args };
    }
  }
  return undefined;
}
