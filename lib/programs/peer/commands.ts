/**
 * The commands of peer.ts that ask the peer that runs for a folder.
 *
 * @module
 */

import type { PeerCommand } from "../../cli/peer_flags.ts";
import { bytesText, count } from "../../cli/numbers.ts";
import { statusText, waitingText } from "../../cli/peer_text.ts";
import type { ControlClient } from "../../drivers/sync/control/control_client.ts";
import { EXIT, messageOf, PeerError, ProgramError } from "../../errors.ts";
import { systemClock } from "../../io/clock.ts";
import { StopSignal } from "../../io/signals.ts";
import { writeError, writeOut } from "../../io/terminal.ts";
import { visible } from "../../names/escape.ts";
import type { Name } from "../../names/name.ts";
import { connectToPeer } from "./connect.ts";
import { pathInFolder, realFolder } from "./paths.ts";

/** Asks, and prints the answer; gives the exit code. */
export async function askPeer(command: PeerCommand): Promise<number> {
  const root = realFolder(command.dir);
  const paths = command.words.map((word) => pathInFolder(root, word));
  const client = await connectToPeer(root);
  if (client === undefined) {
    throw new ProgramError(
      `No peer runs for ${command.dir}. Start one: peer.ts --tracker ADDR --dir ${command.dir}`,
      EXIT.notFound,
    );
  }
  try {
    return await answered(client, command, root, paths);
  } catch (error) {
    if (!(error instanceof PeerError)) throw error;
    throw new ProgramError(messageOf(error), EXIT.network, { cause: error });
  } finally {
    client.close();
  }
}

async function answered(
  client: ControlClient,
  { do: what, flags, dir }: PeerCommand,
  root: string,
  paths: readonly Name[],
): Promise<number> {
  switch (what) {
    case "status": {
      const status = await client.ask({ do: "status" });
      writeOut(
        flags.json ? JSON.stringify(status) + "\n" : statusText(status, dir),
      );
      return EXIT.ok;
    }
    case "wait":
      return await waited(client, root, flags.peer, flags.seconds);
    case "scan":
      await client.ask({ do: "scan", paths });
      return EXIT.ok;
    case "confirm": {
      const deletes = await client.ask({ do: "confirm" });
      writeError(`${count(deletes, "delete")} told to the others\n`);
      return EXIT.ok;
    }
    case "why": {
      const lines = await client.ask({ do: "why", path: paths[0]! });
      writeOut(lines.map((line) => visible(line) + "\n").join(""));
      return EXIT.ok;
    }
    default:
      throw new Error(`There is no command ${what}`);
  }
}

/** What this peer itself lacks, as lines: of the others the tracker's page tells. Its first connection waits. */
async function lackingHere(root: string): Promise<string> {
  const client = await connectToPeer(root);
  if (client === undefined) return "";
  try {
    const { lacking, waiting } = await client.ask({ do: "status" });
    if (lacking.files === 0) return "";
    const lines = [
      `lacking here: ${count(lacking.files, "file")}, ${
        bytesText(lacking.bytes)
      }`,
      ...(waiting.files === 0 ? [] : [`waiting: ${waitingText(waiting)}`]),
    ];
    return lines.map((line) => `peer.ts: ${line}\n`).join("");
  } catch {
    // It ends just now: then there is nothing to tell.
    return "";
  } finally {
    client.close();
  }
}

/** Waits until all live peers, or the one called `peer`, have everything; or for so long. */
async function waited(
  client: ControlClient,
  root: string,
  peer: string | undefined,
  seconds: number | undefined,
): Promise<number> {
  using stop = new StopSignal();
  const over = new AbortController();
  const asked = client.ask({ do: "wait", peer }).then(() => EXIT.ok);
  const late = seconds === undefined
    ? asked
    : systemClock.sleep(seconds * 1000, over.signal).then(() => EXIT.network);
  const stopped = stop.received.then(() => stop.exit ?? EXIT.interrupted);
  try {
    const exit = await Promise.race([asked, late, stopped]);
    if (exit === EXIT.network) {
      writeError(
        `peer.ts: after ${seconds} s ${
          peer === undefined
            ? "not every peer has"
            : `${visible(peer)} does not have`
        } everything\n${await lackingHere(root)}`,
      );
    }
    return exit;
  } finally {
    over.abort();
    client.close();
    // What ends because the connection was closed here is no fault.
    asked.catch(() => {});
  }
}
