/**
 * `client.ts --compare`: the classic question. How long does it take with one connection, how long with five?
 *
 * @module
 */

import { barChart } from "../../cli/chart.ts";
import type { ClientCommand } from "../../cli/client_flags.ts";
import { bytesText, rateText, timeText } from "../../cli/numbers.ts";
import { EXIT, messageOf, ProgramError } from "../../errors.ts";
import { plainMessage } from "../../io/os_faults.ts";
import { writeError, writeOut } from "../../io/terminal.ts";
import { DEFAULT_CONNECTIONS } from "./connect.ts";
import { download } from "./download.ts";

/** Each is measured so often, by turns; the median counts. */
const ROUNDS = 3;

/** What one number of connections came to. */
interface Measured {
  readonly connections: number;
  /** Milliseconds, of each round. */
  readonly ms: number[];
  files: number;
  bytes: number;
}

/** Downloads everything by turns with one and with `--parallel` connections, into a folder that is removed again. */
export async function compareCommand(command: ClientCommand): Promise<number> {
  const { flags } = command;
  const contenders = [1, flags.parallel ?? DEFAULT_CONNECTIONS].map((
    connections,
  ): Measured => ({
    connections,
    ms: [],
    files: 0,
    bytes: 0,
  }));
  for (let round = 0; round < ROUNDS; round++) {
    for (const contender of contenders) await measure(command, contender);
  }
  const [one, many] = contenders as [Measured, Measured];
  const ratio = median(one.ms) / median(many.ms);
  if (flags.json) {
    for (const { connections, ms, files, bytes } of contenders) {
      writeOut(
        JSON.stringify({ connections, files, bytes, ms: median(ms) }) + "\n",
      );
    }
  } else {
    writeOut(tableOf(contenders));
    writeOut(
      `${many.connections} connections are ${
        ratio.toFixed(2)
      } x as fast as one.\n`,
    );
  }
  drawChart(flags.chart, contenders, ratio);
  if (!flags.quiet) writeError(`The chart is in ${flags.chart}\n`);
  return EXIT.ok;
}

async function measure(
  command: ClientCommand,
  measured: Measured,
): Promise<void> {
  const parent = command.flags.out ?? ".";
  let out: string;
  try {
    Deno.mkdirSync(parent, { recursive: true });
    out = Deno.makeTempDirSync({ dir: parent, prefix: ".landline-compare-" });
  } catch (error) {
    throw new ProgramError(
      `Cannot write into "${parent}": ${plainMessage(error)}`,
      EXIT.denied,
      { cause: error },
    );
  }
  try {
    const flags = {
      ...command.flags,
      out,
      parallel: measured.connections,
      quiet: true,
    };
    const totals = await download({ ...command, flags }, () => {});
    const [failed] = totals.failed;
    if (failed !== undefined) {
      throw new ProgramError(
        `Cannot compare: ${failed.name}: ${messageOf(failed.fault)}`,
        EXIT.someFailed,
      );
    }
    measured.ms.push(totals.ms);
    measured.files = totals.files;
    measured.bytes = totals.bytes;
  } finally {
    Deno.removeSync(out, { recursive: true });
  }
}

function tableOf(contenders: readonly Measured[]): string {
  const lines = contenders.map(({ connections, ms, files, bytes }) => {
    const time = median(ms);
    return [
      String(connections),
      timeText(time),
      rateText(bytes, time),
      String(files),
      bytesText(bytes),
    ];
  });
  const rows = [
    ["connections", "time", "rate", "files verified", "bytes"],
    ...lines,
  ];
  const widths = rows[0]!.map((_, column) =>
    Math.max(...rows.map((row) => row[column]!.length))
  );
  return rows.map((row) =>
    row.map((cell, column) => cell.padStart(widths[column]!)).join("  ") + "\n"
  ).join("");
}

function drawChart(
  path: string,
  contenders: readonly Measured[],
  ratio: number,
): void {
  const bars = contenders.map(({ connections, ms }, i) => ({
    label: `${connections} ${connections === 1 ? "connection" : "connections"}`,
    value: median(ms) / 1000,
    ...(i === 1 && { note: `${ratio.toFixed(2)} x as fast` }),
  }));
  const [{ files, bytes }] = contenders as [Measured];
  try {
    Deno.writeTextFileSync(
      path,
      barChart(bars, {
        title: `${files} files, ${bytesText(bytes)}, verified`,
        unit: "s",
      }),
    );
  } catch (error) {
    throw new ProgramError(
      `Cannot write "${path}": ${plainMessage(error)}`,
      EXIT.other,
      { cause: error },
    );
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
