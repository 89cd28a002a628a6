/**
 * `peer.ts --tracker ADDR --dir DIR`: a peer at a terminal or in the background, until a signal comes.
 *
 * @module
 */

import type { PeerCommand } from "../../cli/peer_flags.ts";
import { peerStartUpText } from "../../cli/peer_text.ts";
import { progressLine } from "../../cli/progress.ts";
import { SyncProgress } from "../../cli/sync_progress.ts";
import { EXIT } from "../../errors.ts";
import { systemClock } from "../../io/clock.ts";
import { StopSignal } from "../../io/signals.ts";
import { MovingLine, writeOut } from "../../io/terminal.ts";
import { type RunningPeer, startPeer } from "./run.ts";

/** Runs it; gives the exit code. */
export async function servePeer(command: PeerCommand): Promise<number> {
  const progress = new SyncProgress();
  let peer: RunningPeer | undefined;
  const line = new MovingLine((columns) => {
    const state = peer &&
      progress.state(peer.control.status(), systemClock.now());
    return state === undefined ? "" : progressLine(state, columns);
  }, true);
  // The moving line and the lines of the log share a terminal.
  const above = (sink: typeof Deno.stdout | typeof Deno.stderr) => ({
    write: (bytes: Uint8Array) => {
      line.clear();
      return sink.write(bytes);
    },
  });
  using stop = new StopSignal();
  try {
    peer = startPeer(command, {
      changes: above(Deno.stdout),
      notes: above(Deno.stderr),
    });
    writeOut(peerStartUpText({ ...peer, tracker: command.tracker }));
    await stop.received;
  } finally {
    line.stop();
  }
  await peer.stop();
  return EXIT.ok;
}
