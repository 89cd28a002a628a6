/**
 * `client.ts list`.
 *
 * @module
 */

import type { ClientCommand } from "../../cli/client_flags.ts";
import { bytesText, count } from "../../cli/numbers.ts";
import type { RemoteFile } from "../../files/listing.ts";
import { writeError, writeOut } from "../../io/terminal.ts";
import { visible } from "../../names/escape.ts";
import { connectFirst } from "./connect.ts";
import { listFiles } from "./conversation.ts";
import { linkingOf } from "./linking.ts";

/** Prints the files of the server; gives the exit code. */
export async function listCommand(command: ClientCommand): Promise<number> {
  const { flags, words } = command;
  const [channel, linking] = await Promise.all([
    connectFirst(command),
    linkingOf(command),
  ]);
  const files = await listFiles(linking(channel), words, flags.timeout);
  channel.close();
  if (flags.json) {
    for (const { name, size, mtime, version } of files) {
      writeOut(
        JSON.stringify({
          name,
          size,
          mtime: new Date(mtime).toISOString(),
          version,
        }) + "\n",
      );
    }
    return 0;
  }
  writeOut(listText(files));
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  if (!flags.quiet) {
    writeError(`${count(files.length, "file")}, ${bytesText(bytes)}\n`);
  }
  return 0;
}

/** A line a file: size, date, name. */
export function listText(files: readonly RemoteFile[]): string {
  return files.map(({ name, size, mtime }) =>
    `${bytesText(size).padStart(10)}  ${dateText(mtime)}  ${visible(name)}\n`
  ).join("");
}

function dateText(mtime: number): string {
  const date = new Date(mtime);
  return Number.isNaN(date.getTime())
    ? "-".padEnd(19)
    : date.toISOString().slice(0, 19).replace("T", " ");
}
