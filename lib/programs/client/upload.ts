/**
 * `client.ts upload`: files and folders to the server.
 *
 * @module
 */

import type { ClientCommand } from "../../cli/client_flags.ts";
import { bytesText, count, rateText, timeText } from "../../cli/numbers.ts";
import { SendJob, type SendResult } from "../../drivers/send_job.ts";
import { EXIT, FAULTS, ProgramError } from "../../errors.ts";
import { checks } from "../../io/checks.ts";
import { systemClock } from "../../io/clock.ts";
import {
  type LocalFile,
  localFiles,
  openLocalFile,
} from "../../io/local_files.ts";
import { errnoOf, plainMessage } from "../../io/os_faults.ts";
import { writeError, writeOut } from "../../io/terminal.ts";
import { visible } from "../../names/escape.ts";
import { connect, connectFirst, DEFAULT_CONNECTIONS } from "./connect.ts";
import { toProgramError } from "./conversation.ts";
import { runTransfer } from "./transfer.ts";

/** Sends what the command names; gives the exit code. */
export async function uploadCommand(command: ClientCommand): Promise<number> {
  const { flags, words } = command;
  const began = systemClock.now();
  const files = words.flatMap(found);
  const channel = await connectFirst(command);
  const failed: SendResult[] = [];
  let done = 0;
  const job = new SendJob({
    files,
    open: openLocalFile,
    connect: () => connect(command),
    connections: flags.parallel ?? DEFAULT_CONNECTIONS,
    clock: systemClock,
    checks,
    retries: flags.retries,
    stallMsMax: flags.timeout,
    onFile(result) {
      done++;
      if (result.status === "failed") failed.push(result);
      report(result, flags.json);
    },
  });
  try {
    await runTransfer(job, channel, {
      phase: "uploading",
      filesTotal: files.length,
      bytesTotal: files.reduce((sum, { size }) => sum + size, 0),
      filesDone: () => done,
      began,
      quiet: flags.quiet,
      stopped: "Stopped. The same command goes on where the server has it.",
    });
  } catch (error) {
    throw toProgramError(error);
  }
  const sent = files.length - failed.length;
  const ms = systemClock.now() - began;
  if (!flags.json && !flags.quiet && sent > 0) {
    const text = `${count(sent, "file")}, ${bytesText(job.bytes)} sent in ${
      timeText(ms)
    }`;
    writeOut(`${text} (${rateText(job.bytes, ms)}), verified by xxh64\n`);
  }
  return exitCodeOf(failed, files.length);
}

function found(path: string): LocalFile[] {
  try {
    return localFiles(path);
  } catch (error) {
    const exit = errnoOf(error) === "ENOENT" ? EXIT.notFound : EXIT.denied;
    throw new ProgramError(
      `Cannot send "${path}": ${plainMessage(error)}`,
      exit,
      { cause: error },
    );
  }
}

function report(
  { file, status, stored, fault }: SendResult,
  json: boolean,
): void {
  if (json) {
    const { path, name, size } = file;
    const why = fault && { code: fault.code, text: fault.message };
    writeOut(
      JSON.stringify({
        path,
        name,
        size,
        status,
        ...(stored && { stored }),
        ...why,
      }) + "\n",
    );
  } else if (fault !== undefined) {
    writeError(`client.ts: ${visible(file.path)}: ${visible(fault.message)}\n`);
  }
}

function exitCodeOf(failed: readonly SendResult[], files: number): number {
  const [first] = failed;
  if (first?.fault === undefined) return EXIT.ok;
  return files === 1 ? FAULTS[first.fault.code].exit : EXIT.someFailed;
}
