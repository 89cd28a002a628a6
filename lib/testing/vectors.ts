/**
 * Reads vectors and examples out of Markdown (testdata/wire/README.md tells how they are written), and cuts their bytes at
 * every place.
 *
 * @module
 */

import { toBytes } from "../bytes/ascii.ts";

/** A fenced block: the words behind its fence, and its lines. */
export interface Block {
  readonly words: readonly string[];
  readonly lines: readonly string[];
}

/** A heading and the fenced blocks below it. */
export interface Section {
  readonly name: string;
  readonly blocks: readonly Block[];
}

/** The sections of `markdown` that have blocks. */
export function sectionsOf(markdown: string): Section[] {
  const sections: { name: string; blocks: Block[] }[] = [];
  let open: { words: string[]; lines: string[] } | undefined;
  for (const line of markdown.split("\n")) {
    if (line.startsWith("```")) {
      if (open === undefined) {
        open = { words: line.slice(3).split(" "), lines: [] };
        sections.at(-1)?.blocks.push(open);
      } else open = undefined;
    } else if (open !== undefined) open.lines.push(line);
    else if (/^#+ /.test(line)) {
      sections.push({ name: line.replace(/^#+ /, ""), blocks: [] });
    }
  }
  return sections.filter(({ blocks }) => blocks.length > 0);
}

/** The block of `section` whose first word is `kind`. */
export function blockOf({ name, blocks }: Section, kind: string): Block {
  const found = blocks.filter(({ words }) => words[0] === kind);
  if (found.length !== 1 || found[0] === undefined) {
    throw new Error(`${name} has ${found.length} blocks "${kind}"`);
  }
  return found[0];
}

/**
 * The bytes of a block `in`.
 *
 * @param lineEnd what ends each line but an open one
 */
export function bytesOfLines(
  lines: readonly string[],
  lineEnd = "\n",
): Uint8Array<ArrayBuffer> {
  return new Uint8Array(
    lines.flatMap((line) =>
      line.endsWith("{open}")
        ? [...bytesOfNotation(line.slice(0, -"{open}".length))]
        : [...bytesOfNotation(line), ...toBytes(lineEnd)]
    ),
  );
}

/** The bytes of `text`, in which braces hold bytes in hexadecimal, `{cr}`, a count and a character, or nothing. */
export function bytesOfNotation(text: string): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  for (const piece of repeated(text).split(/(\{[^}"]*\})/)) {
    if (!piece.startsWith("{")) bytes.push(...toBytes(piece));
    else if (piece === "{}") continue;
    else if (piece === "{cr}") bytes.push(0x0d);
    else if (/^\{[0-9a-f]{2}( [0-9a-f]{2})*\}$/.test(piece)) {
      bytes.push(
        ...piece.slice(1, -1).split(" ").map((hex) => parseInt(hex, 16)),
      );
    } else throw new Error(`There is no notation "${piece}"`);
  }
  return new Uint8Array(bytes);
}

/** `text` with `{3 x}` written out as `xxx`. */
export function repeated(text: string): string {
  return text.replace(
    /\{(\d+) (\S)\}/gu,
    (_, count, character) => character.repeat(Number(count)),
  );
}

/** Longer inputs are cut in two at fewer places. */
const EVERY_PLACE_BYTES_MAX = 1000;

/** `bytes` whole, byte by byte, and cut in two at every place, or at the places that matter if there are many. */
export function* splitsOf(bytes: Uint8Array): Iterable<Uint8Array[]> {
  yield [bytes];
  yield Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
  for (let at = 1; at < bytes.length; at++) {
    const matters = bytes.length <= EVERY_PLACE_BYTES_MAX || at < 40 ||
      at > bytes.length - 40 || at % 101 === 0;
    if (matters) yield [bytes.subarray(0, at), bytes.subarray(at)];
  }
}
