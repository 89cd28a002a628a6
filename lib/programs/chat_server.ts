/**
 * The chat server, put together: from the flags of chat_server.ts to something that serves.
 *
 * @module
 */

import { Room } from "../chat/room.ts";
import type { ChatStore } from "../chat/store.ts";
import type { ChatServerFlags } from "../cli/chat_server_flags.ts";
import { ChatHttp } from "../drivers/chat/chat_http.ts";
import { ChatRoom } from "../drivers/chat/chat_room.ts";
import { ChatSession } from "../drivers/chat/chat_session.ts";
import { BufferPool } from "../drivers/outbox.ts";
import { Server } from "../drivers/server.ts";
import { isBlockedPort } from "../cli/blocked_ports.ts";
import { systemClock } from "../io/clock.ts";
import { Listener } from "../io/listener.ts";
import { LineLog } from "../io/log.ts";
import { toRefusal } from "../io/os_faults.ts";
import { newToken } from "../io/tokens.ts";
import { openInDataFolder } from "./data_folder.ts";

/** A chat server that runs. */
export interface RunningChat {
  readonly port: number;
  /** Where browsers go: the same, unless they refuse that one. */
  readonly webPort: number;
  /** Tells everyone, writes everything, stops. */
  stop(): Promise<void>;
}

export const JOIN_MS_MAX = 30_000;
export const STALL_MS_MAX = 60_000;
const HTTP_IDLE_MS_MAX = 120_000;
export const LINES_AT_ONCE = 200;
const DATABASE = "chat.sqlite";
/** From a port that browsers refuse (6000) to the one beside it for them (6080). */
const WEB_PORT_STEP = 80;

/**
 * Starts it.
 *
 * @throws {ProgramError} with a sentence: port in use, no such folder, ...
 */
export async function startChatServer(
  flags: ChatServerFlags,
): Promise<RunningChat> {
  const store = flags.data === undefined
    ? undefined
    : await openStore(flags.data);
  const listener = Listener.open(flags.port, flags.bind, "alone");
  const log = new LineLog(flags.log, Deno.stderr);
  const web = openForBrowsers(listener, flags);
  const room = new Room({
    history: flags.history,
    keep: !flags["no-keep"],
    epoch: newToken(),
    store,
  });
  const shared = new ChatRoom(room, systemClock, log);
  const limits = {
    joinMsMax: JOIN_MS_MAX,
    silentMsMax: flags.idle,
    stallMsMax: STALL_MS_MAX,
    linesPerSecond: flags.rate === 0 ? Infinity : flags.rate,
    linesAtOnce: LINES_AT_ONCE,
  };
  const server = new Server({
    clock: systemClock,
    log,
    pool: new BufferPool(),
    times: {
      idleMsMax: HTTP_IDLE_MS_MAX,
      lineMsMax: JOIN_MS_MAX,
      stallMsMax: STALL_MS_MAX,
    },
    clientsMax: flags["max-clients"],
    newSession: (channel) => new ChatSession(channel, shared, limits),
    busyLine: (text) => `bye|busy|${text}`,
    http: new ChatHttp({
      shared,
      limits,
      allowedHosts: flags["allow-host"],
      log,
      toRefusal,
    }),
    metrics: undefined,
  });
  const note = (text: string) => log.note(text);
  const listeners = web === undefined ? [listener] : [listener, web];
  const serving = Promise.all(
    listeners.map((each) => server.serve(each.connections(note))),
  );
  return {
    port: listener.port,
    webPort: (web ?? listener).port,
    async stop() {
      for (const each of listeners) each.close();
      shared.stop();
      await server.stop(flags.grace);
      await serving;
      shared.close();
      store?.close();
      await log.flush(systemClock);
    },
  };
}

/**
 * A second port where browsers refuse the first, as they do with 6000: everything is spoken on both.
 *
 * @throws {ProgramError} where `--web-port` says a port that cannot be had
 */
function openForBrowsers(
  { port }: Listener,
  flags: ChatServerFlags,
): Listener | undefined {
  const wanted = flags["web-port"];
  if (wanted !== undefined) {
    return wanted === port
      ? undefined
      : Listener.open(wanted, flags.bind, "alone");
  }
  if (!isBlockedPort(port)) return undefined;
  try {
    return Listener.open(port + WEB_PORT_STEP, flags.bind, "alone");
  } catch {
    // Somebody else's: any port is better than none.
    return Listener.open(0, flags.bind, "alone");
  }
}

async function openStore(folder: string): Promise<ChatStore> {
  return await openInDataFolder(folder, "what is said", async () => {
    // Only those who want it pay for loading SQLite.
    const { openChatStore } = await import("../io/chat_store.ts");
    return openChatStore(`${folder}/${DATABASE}`);
  });
}
