/**
 * Fetches files that the server has listed: what they are called here, whether they can lie side by side, which are here
 * already, and the job for the rest, with its progress.
 *
 * @module
 */

import type { ClientCommand } from "../../cli/client_flags.ts";
import type { FileResult } from "../../drivers/fetched_files.ts";
import { FetchJob } from "../../drivers/fetch_job.ts";
import { EXIT, FAULTS, ProgramError, Refusal } from "../../errors.ts";
import type { RemoteFile } from "../../files/listing.ts";
import type { Channel } from "../../io/channel.ts";
import { checks } from "../../io/checks.ts";
import { systemClock } from "../../io/clock.ts";
import { plainMessage, toRefusal } from "../../io/os_faults.ts";
import { ReceivedFolder } from "../../io/received_folder.ts";
import { newToken } from "../../io/tokens.ts";
import { clashesIn, type NameFolding } from "../../names/clashes.ts";
import { escapeName } from "../../names/escape.ts";
import { baseOf, type Name, toName } from "../../names/name.ts";
import { connect, DEFAULT_CONNECTIONS } from "./connect.ts";
import type { Linking } from "./linking.ts";
import { runTransfer } from "./transfer.ts";

/** What a download came to. */
export interface DownloadTotals {
  readonly files: number;
  readonly same: number;
  readonly failed: readonly FileResult[];
  /** Bytes that were fetched. */
  readonly bytes: number;
  /** Milliseconds. */
  readonly ms: number;
}

/** What there is to fetch, and from where. */
export interface Listed {
  /** The connection that was asked for the list. */
  readonly channel: Channel;
  readonly linking: Linking;
  readonly remote: readonly RemoteFile[];
  /** When the command began, on the system clock. */
  readonly began: number;
}

/**
 * Fetches `remote`.
 *
 * @param onFile is called for each file when its fate is known
 * @throws {ProgramError} if nothing can be done
 */
export async function fetchListed(
  command: ClientCommand,
  { channel, linking, remote, began }: Listed,
  onFile: (result: FileResult) => void,
): Promise<DownloadTotals> {
  const { flags, words } = command;
  const all = words.length === 0;
  const out = flags.out ?? (all ? "received" : ".");
  using folder = openFolder(out, command);
  const localName = namer(command, all || flags.out !== undefined);
  refuseClashes(remote, localName, folder);

  const failed: FileResult[] = [];
  const wanted: RemoteFile[] = [];
  for (const file of remote) {
    const { name, size, mtime } = file;
    const local = localName(name);
    if (folder.has(local, size, mtime)) {
      onFile({ name, local, size, status: "same" });
    } else wanted.push(file);
  }
  let done = remote.length - wanted.length;
  const job = new FetchJob({
    connect: () => connect(command),
    newLink: linking,
    connections: flags.parallel ?? DEFAULT_CONNECTIONS,
    clock: systemClock,
    checks,
    retries: flags.retries,
    stallMsMax: flags.timeout,
    files: wanted,
    folder,
    verify: flags.verify,
    localName,
    onFile(result) {
      done++;
      if (result.status === "failed") failed.push(result);
      onFile(result);
    },
  });
  try {
    await runTransfer(job, channel, {
      phase: flags.verify === "sha256" ? "downloading, sha256" : "downloading",
      filesTotal: remote.length,
      bytesTotal: wanted.reduce((sum, { size }) => sum + size, 0),
      filesDone: () => done,
      began,
      quiet: flags.quiet,
      stopped:
        "Stopped. What is verified is kept; the same command goes on from there.",
    });
  } catch (error) {
    throw explained(error, remote.length - done);
  }
  return {
    files: remote.length,
    same: remote.length - wanted.length,
    failed,
    bytes: job.bytes,
    ms: systemClock.now() - began,
  };
}

/** What a remote file is called here. */
function namer(
  { flags }: ClientCommand,
  keepsNames: boolean,
): (name: Name) => Name {
  const id = flags["client-id"];
  if (id !== undefined) {
    return (name) => {
      const base = baseOf(name);
      const dot = base.lastIndexOf(".");
      const [stem, extension] = dot > 0
        ? [base.slice(0, dot), base.slice(dot)]
        : [base, ""];
      return toName(`received_${stem}_${id}${extension}`);
    };
  }
  return keepsNames
    ? (name) => name
    : (name) => toName(`client_${baseOf(name)}`);
}

function refuseClashes(
  files: readonly RemoteFile[],
  localName: (name: Name) => Name,
  folder: ReceivedFolder,
): void {
  if (files.length < 2) return;
  const clashes = clashesIn(
    files.map(({ name }) => localName(name)),
    foldingOf(folder),
  );
  if (clashes.length === 0) return;
  const shown = clashes.slice(0, 10).map(([a, b]) =>
    `  ${escapeName(a)}\n  ${escapeName(b)}`
  ).join("\n");
  throw new ProgramError(
    `These names cannot both be stored in ${folder.root}; nothing was written:\n${shown}`,
    EXIT.exists,
  );
}

function openFolder(path: string, { flags }: ClientCommand): ReceivedFolder {
  try {
    return new ReceivedFolder(path, flags["on-conflict"], newToken);
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

function cannotWrite(path: string, error: unknown): ProgramError {
  return new ProgramError(
    `Cannot write into "${path}": ${plainMessage(error)}`,
    toRefusal(error).code === "no-space" ? EXIT.other : EXIT.denied,
    { cause: error },
  );
}

/** What clashes there; found out by trying, which is the first time that something is written. */
function foldingOf(folder: ReceivedFolder): NameFolding {
  try {
    return folder.folding();
  } catch (error) {
    throw cannotWrite(folder.root, error);
  }
}

function explained(error: unknown, filesLeft: number): unknown {
  if (error instanceof ProgramError) return error;
  if (error instanceof Refusal) {
    return new ProgramError(error.message, FAULTS[error.code].exit, {
      cause: error,
    });
  }
  const text =
    `Lost the server, ${filesLeft} files are missing: ${
      plainMessage(error)
    }\n` +
    "What is verified is kept; the same command goes on from there.";
  return new ProgramError(text, EXIT.network, { cause: error });
}
