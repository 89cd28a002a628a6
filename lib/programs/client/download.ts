/**
 * `client.ts download`, and `client.ts --parallel 5`: files from the server into a folder.
 *
 * @module
 */

import type { ClientCommand } from "../../cli/client_flags.ts";
import { bytesText, count, rateText, timeText } from "../../cli/numbers.ts";
import type { FileResult } from "../../drivers/fetched_files.ts";
import { EXIT, FAULTS } from "../../errors.ts";
import type { Channel } from "../../io/channel.ts";
import { systemClock } from "../../io/clock.ts";
import { writeError, writeOut } from "../../io/terminal.ts";
import { visible } from "../../names/escape.ts";
import { connectFirst } from "./connect.ts";
import { listFiles } from "./conversation.ts";
import type { DownloadTotals } from "./fetch.ts";
import { linkingOf } from "./linking.ts";

/**
 * Runs the command; gives the exit code.
 *
 * @param connecting the first connection, if it is on its way already
 */
export async function downloadCommand(
  command: ClientCommand,
  connecting?: Promise<Channel>,
): Promise<number> {
  const { flags } = command;
  const totals = await download(command, (result) => {
    if (result.status === "failed" && !flags.json) {
      writeError(
        `client.ts: ${visible(result.name)}: ${
          visible(result.fault?.message ?? "")
        }\n`,
      );
    }
    if (flags.json) writeOut(JSON.stringify(jsonOf(result)) + "\n");
  }, connecting);
  if (!flags.json && !flags.quiet) writeOut(summary(command, totals));
  return exitCodeOf(totals);
}

/**
 * Fetches what `command` names.
 *
 * @param onFile is called for each file when its fate is known
 * @param connecting the first connection, if it is on its way already
 * @throws {ProgramError} if nothing can be done
 */
export async function download(
  command: ClientCommand,
  onFile: (result: FileResult) => void,
  connecting: Promise<Channel> = connectFirst(command),
): Promise<DownloadTotals> {
  const began = systemClock.now();
  const [channel, linking] = await Promise.all([
    connecting,
    linkingOf(command),
  ]);
  // What fetching needs (half of the client's modules, 10 ms) is loaded while the server lists.
  const [remote, { fetchListed }] = await Promise.all([
    listFiles(linking(channel), command.words, command.flags.timeout),
    import("./fetch.ts"),
  ]);
  return await fetchListed(
    command,
    { channel, linking, remote, began },
    onFile,
  );
}

function exitCodeOf({ files, failed }: DownloadTotals): number {
  const [first] = failed;
  if (first === undefined) return EXIT.ok;
  if (failed.some(({ fault }) => fault?.code === "corrupt")) {
    return EXIT.verification;
  }
  return files === 1 && first.fault !== undefined
    ? FAULTS[first.fault.code].exit
    : EXIT.someFailed;
}

function summary(
  { flags }: ClientCommand,
  { files, same, failed, bytes, ms }: DownloadTotals,
): string {
  const received = files - same - failed.length;
  const parts = [
    received === 0 && same > 0
      ? "Nothing to fetch"
      : `${count(received, "file")}, ${bytesText(bytes)} in ${timeText(ms)} (${
        rateText(bytes, ms)
      }), verified by ${flags.verify}`,
    same > 0 ? `${count(same, "file")} the same already` : "",
    failed.length > 0 ? `${failed.length} FAILED` : "",
  ];
  return parts.filter((part) => part !== "").join(", ") + "\n";
}

function jsonOf(
  { name, local, size, status, sha256, fault }: FileResult,
): Record<string, unknown> {
  return {
    name,
    local,
    size,
    status,
    ...(sha256 && { sha256 }),
    ...(fault && { code: fault.code, text: fault.message }),
  };
}
