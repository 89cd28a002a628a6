/**
 * The results as Markdown.
 *
 * @module
 */

import type { Goal, Report } from "./job.ts";

/** A report under the name and the description of its job. */
export interface Chapter {
  readonly name: string;
  readonly about: string;
  readonly report: Report;
}

/** Between these two lines of bench/README.md the table is written. */
export const BEGIN = "<!-- compare.ts writes from here -->";
export const END = "<!-- to here -->";

/** The goals of all chapters in one table, then every contender of every chapter. `facts` describe the machine. */
export function render(
  chapters: readonly Chapter[],
  facts: readonly string[],
): string {
  const goals = chapters.flatMap(({ name, report }) =>
    report.goals.map((goal) => ({ name, goal }))
  );
  const goalTable = table(
    ["job", "what", "measured", "wanted", "met"],
    goals.map((
      { name, goal },
    ) => [name, goal.what, goal.measured, goal.wanted, verdict(goal)]),
  );
  const details = chapters.map(({ name, about, report }) =>
    `#### ${name}: ${about}\n\n` + table(
      ["contender", "median", "fastest - slowest", "rate"],
      report.rows.map((
        row,
      ) => [row.contender, row.result, row.spread, row.rate]),
    )
  );
  return [facts.map((fact) => `- ${fact}\n`).join(""), goalTable, ...details]
    .join("\n");
}

/**
 * Puts `table` between the two marks of `page`, in place of what stood there.
 * Throws Error when the page has not exactly one pair of them.
 */
export function replaceTable(
  page: string,
  table: string,
  { begin, end } = { begin: BEGIN, end: END },
): string {
  const parts = page.split(begin);
  const rest = parts[1]?.split(end);
  if (parts.length !== 2 || rest?.length !== 2) {
    throw new Error(`Cannot write the table: no "${begin}" with "${end}"`);
  }
  return `${parts[0]}${begin}\n\n${table.trim()}\n\n${end}${rest[1]}`;
}

function verdict(goal: Goal): string {
  if (goal.met === undefined) return "not measured";
  return goal.met ? "yes" : "NO";
}

/** Columns are padded, so that the text reads as a table too (and `deno fmt` leaves it alone). */
function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const cells = [head, ...rows].map((row) =>
    row.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " "))
  );
  const widths = head.map((_, column) =>
    Math.max(3, ...cells.map((row) => row[column]!.length))
  );
  const line = (row: readonly string[]) =>
    `| ${
      row.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")
    } |\n`;
  const [first, ...others] = cells;
  return line(first!) + line(widths.map((width) => "-".repeat(width))) +
    others.map(line).join("");
}
