/**
 * The real tracker.ts and peer.ts, started as people start them.
 *
 * @module
 */

import { fromFileUrl } from "@std/path";
import {
  type Listening,
  listening,
  ProgramProcess,
} from "./program_process.ts";

const TRACKER = fromFileUrl(new URL("../../tracker.ts", import.meta.url));
const PEER = fromFileUrl(new URL("../../peer.ts", import.meta.url));

/** A tracker that runs. */
export function startTracker(...args: string[]): Promise<Listening> {
  const flags = args.includes("--port") ? args : ["--port", "0", ...args];
  return listening(new ProgramProcess(TRACKER, flags));
}

/** How a peer is started. */
export interface PeerOptions {
  /** Port of the tracker, on this machine. */
  readonly tracker: number;
  readonly folder: string;
  /** Default: what it calls itself. */
  readonly name?: string;
  readonly args?: readonly string[];
  /** Words in front of the command. */
  readonly prefix?: readonly string[];
}

/** A peer that runs. */
export function startPeer(options: PeerOptions): Promise<Listening> {
  const { tracker, folder, name, args = [], prefix = [] } = options;
  return listening(
    new ProgramProcess(PEER, [
      "--tracker",
      `127.0.0.1:${tracker}`,
      "--dir",
      folder,
      ...name === undefined ? [] : ["--name", name],
      ...args,
    ], prefix),
  );
}

/** Runs a command of peer.ts (`status`, `wait`, ...) to its end. */
export async function peerCommand(
  ...args: readonly string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  await using command = new ProgramProcess(PEER, args);
  await command.endInput();
  return await command.ended();
}
