/**
 * The tracker, put together: from the flags of tracker.ts to something that serves.
 *
 * @module
 */

import type { TrackerFlags } from "../cli/tracker_flags.ts";
import { BufferPool } from "../drivers/outbox.ts";
import { Server } from "../drivers/server.ts";
import { TrackerHttp } from "../drivers/tracker/tracker_http.ts";
import { TrackerHub } from "../drivers/tracker/tracker_hub.ts";
import { systemClock } from "../io/clock.ts";
import { Listener } from "../io/listener.ts";
import { LineLog } from "../io/log.ts";
import { toRefusal } from "../io/os_faults.ts";
import { newToken } from "../io/tokens.ts";
import { MemoryStore } from "../io/tracker/memory_store.ts";
import type { TrackerStore } from "../io/tracker/store.ts";
import { trackerLine } from "../sync/tracker_line.ts";
import { openInDataFolder } from "./data_folder.ts";

/** A tracker that runs. */
export interface RunningTracker {
  readonly port: number;
  /** Stores what was put, ends all connections. */
  stop(): Promise<void>;
}

/** How often peers let themselves be heard, and after which silence they are gone. */
export const BEAT_MS = 5000;
export const TTL_MS = 15_000;
const HTTP_TIMES = {
  idleMsMax: 120_000,
  lineMsMax: 30_000,
  stallMsMax: 60_000,
};
/** For answers to browsers that are under way when it stops. */
const GRACE_MS = 1000;

/**
 * Starts it.
 *
 * @throws {ProgramError} with a sentence: port in use, no such folder, ...
 */
export async function startTracker(
  flags: TrackerFlags,
): Promise<RunningTracker> {
  const log = new LineLog(flags.log, Deno.stderr);
  const store = await openStore(flags.data, (text) => log.note(text));
  const listener = Listener.open(flags.port, flags.bind, "alone");
  const hub = await TrackerHub.open({
    store,
    clock: systemClock,
    log,
    limits: {
      peersMax: flags["max-clients"],
      recordsMax: flags["max-files"],
      beatMs: BEAT_MS,
      ttlMs: TTL_MS,
    },
    newToken,
  });
  const server = new Server({
    clock: systemClock,
    log,
    pool: new BufferPool(),
    times: HTTP_TIMES,
    clientsMax: flags["max-clients"],
    newSession: (channel) => hub.newSession(channel),
    busyLine: (text) => trackerLine({ m: "no", code: "busy", text }).trimEnd(),
    http: new TrackerHttp({
      hub,
      allowedHosts: flags["allow-host"],
      log,
      toRefusal,
    }),
    metrics: undefined,
  });
  const serving = server.serve(
    listener.connections((text) => log.note(text)),
  );
  return {
    port: listener.port,
    async stop() {
      listener.close();
      await hub.stop();
      await server.stop(GRACE_MS);
      await serving;
      await store.close();
      await log.flush(systemClock);
    },
  };
}

async function openStore(
  folder: string | undefined,
  onTrouble: (text: string) => void,
): Promise<TrackerStore> {
  if (folder === undefined) return new MemoryStore(newToken());
  return await openInDataFolder(folder, "the state", async () => {
    // Only those who want it pay for loading SQLite.
    const { openTrackerStore } = await import("../io/tracker/sqlite_store.ts");
    return openTrackerStore(folder, onTrouble);
  });
}
