/**
 * A peer, put together: from the flags of peer.ts to a folder that is kept the same as others.
 *
 * @module
 */

import { statfsSync } from "node:fs";
import type { PeerCommand } from "../../cli/peer_flags.ts";
import { changeText } from "../../cli/peer_text.ts";
import { serveControl } from "../../drivers/sync/control/control_session.ts";
import type { PeerControl } from "../../drivers/sync/control/peer_control.ts";
import { PeerPort } from "../../drivers/sync/control/peer_port.ts";
import { SyncPeer } from "../../drivers/sync/sync_peer.ts";
import { Transfer } from "../../drivers/sync/transfer/transfer.ts";
import type { World } from "../../drivers/sync/world.ts";
import { EXIT, messageOf, ProgramError } from "../../errors.ts";
import { systemClock } from "../../io/clock.ts";
import { Listener } from "../../io/listener.ts";
import { LineLog } from "../../io/log.ts";
import { plainMessage } from "../../io/os_faults.ts";
import {
  isSameSecret,
  removeControlFile,
  writeControlFile,
} from "../../io/sync/control_file.ts";
import { DiskSyncFolder } from "../../io/sync/disk_folder.ts";
import { lockFolder } from "../../io/sync/folder_lock.ts";
import { openSyncIndex } from "../../io/sync/index.ts";
import { systemChance, tcpNetwork } from "../../io/sync/real_world.ts";
import { newToken } from "../../io/tokens.ts";
import { authority } from "../../names/authority.ts";
import { baseOf } from "../../names/name.ts";
import { PEER_NAME_MAX, REPLICA_LETTERS } from "../../sync/fields.ts";
import { RULES_CHARACTERS_MAX } from "../../sync/ignore.ts";
import type { SyncIndex } from "../../sync/index_store.ts";

/** A peer that runs. */
export interface RunningPeer {
  readonly root: string;
  readonly name: string;
  readonly port: number;
  readonly control: PeerControl;
  /** Says goodbye, ends what is under way (it goes on at the next start), and lets go of the folder. */
  stop(): Promise<void>;
}

/** Where the lines of the log go. */
export interface PeerOutputs {
  /** Changes. */
  readonly changes: { write(bytes: Uint8Array): Promise<number> };
  /** What goes wrong. */
  readonly notes: { write(bytes: Uint8Array): Promise<number> };
}

const INDEX = "index.sqlite";
const LOCAL_RULES = "ignore";
const DAY_MS = 86_400_000;
const LOOPBACK = "127.0.0.1";
const EVERYWHERE = ["::", "0.0.0.0"];
/** Addresses that take connections from this machine to a loopback address. */
const REACHED_BY_LOOPBACK = [...EVERYWHERE, LOOPBACK, "::1"];

/**
 * Starts it.
 *
 * @throws {ProgramError} with a sentence: no such folder, a peer runs for it already, the port is in use, ...
 */
export function startPeer(
  command: PeerCommand,
  outputs: PeerOutputs,
): RunningPeer {
  const { flags, tracker } = command;
  // What has to be undone if a later step fails.
  using started = new DisposableStack();
  const folder = new DiskSyncFolder(command.dir);
  const { root, own } = folder;
  const lock = lockFolder(own);
  started.defer(() => lock.release());
  folder.sweep();
  const changes = new LineLog(flags.log, outputs.changes);
  const notes = new LineLog(flags.log, outputs.notes);
  const note = (text: string) => notes.note(text);
  const index = openIndex(own, note);
  started.defer(() => index.close());
  const listener = Listener.open(flags.port, boundTo(flags.bind));
  started.defer(() => listener.close());
  const name = flags.name ?? usualName(root);
  const world: World = {
    clock: systemClock,
    network: tcpNetwork,
    chance: systemChance,
  };
  let transfer: Transfer | undefined;
  const peer = new SyncPeer({
    world,
    folder,
    index,
    makeContents: (holdings, identity) =>
      transfer = new Transfer({
        world,
        index,
        folder,
        holdings,
        identity,
        log: note,
      }),
    tracker,
    name,
    port: listener.port,
    advertise: flags.advertise ?? onlyAddress(flags.bind, listener.port),
    conflicts: flags.conflicts,
    versionsMs: flags["versions-days"] * DAY_MS,
    versionsBytesMax: versionsBytes(command.versionsSize, root, note),
    watch: !flags["no-watch"],
    ignore: localRules(own),
    events: {
      changed: (change) => changes.event(changeText(change), { ...change }),
      note,
    },
  });
  const token = newToken();
  const port = new PeerPort({
    clock: systemClock,
    control: (channel, arrived) =>
      serveControl(channel, arrived, {
        peer,
        folder,
        isToken: (text) => isSameSecret(text, token),
      }),
    // Before it has joined it has nothing that anybody could ask for.
    transfer: async (channel, arrived) =>
      await transfer?.serve(channel, arrived),
  });
  writeControlFile(own, {
    host: controlHost(flags.bind),
    port: listener.port,
    token,
  });
  started.defer(() => removeControlFile(own));
  const serving = port.serve(listener.connections(note));
  peer.start();
  // `stop` does it from here on.
  started.move();
  return {
    root,
    name,
    port: listener.port,
    control: peer,
    async stop() {
      removeControlFile(own);
      listener.close();
      await peer.stop();
      await port.stop();
      await serving;
      index.close();
      await Promise.all(
        [changes, notes].map((log) => log.flush(systemClock)),
      );
      lock.release();
    },
  };
}

function openIndex(own: string, note: (text: string) => void): SyncIndex {
  try {
    return openSyncIndex(
      `${own}/${INDEX}`,
      () => systemChance.letters(REPLICA_LETTERS),
      note,
    );
  } catch (error) {
    throw new ProgramError(
      `Cannot use the index in ${own}: ${messageOf(error)}`,
      EXIT.other,
      { cause: error },
    );
  }
}

/** Commands come from this machine, also where others are served on one address only. */
function boundTo(bind: readonly string[]): readonly string[] {
  return bind.length === 0 ||
      bind.some((address) => REACHED_BY_LOOPBACK.includes(address))
    ? bind
    : [...bind, LOOPBACK];
}

function controlHost(bind: readonly string[]): string {
  const isSixOnly = bind.length > 0 && bind.every((each) => each === "::1");
  return isSixOnly ? "::1" : LOOPBACK;
}

/** The one address at which others can reach a peer that listens nowhere else, whichever one the tracker sees. */
function onlyAddress(
  bind: readonly string[],
  port: number,
): string | undefined {
  const [only, ...more] = bind;
  return only === undefined || more.length > 0 || EVERYWHERE.includes(only)
    ? undefined
    : authority(only, port);
}

/** `laptop-shared`: the machine and the folder. */
function usualName(root: string): string {
  let host = "peer";
  try {
    host = Deno.hostname();
  } catch {
    // Deno was not allowed to ask.
  }
  return `${host}-${baseOf(root)}`.replace(/[\x00-\x1f\x7f-\x9f]/g, "_")
    .slice(0, PEER_NAME_MAX).toWellFormed();
}

function versionsBytes(
  size: PeerCommand["versionsSize"],
  root: string,
  note: (text: string) => void,
): number {
  if ("bytes" in size) return size.bytes;
  try {
    const { blocks, bsize } = statfsSync(root);
    return Math.floor(blocks * bsize * size.part);
  } catch {
    note(
      "How large the disk is cannot be found out (--allow-sys=statfs): old versions are kept whatever their size, unless --versions-size says it in bytes",
    );
    return Infinity;
  }
}

/** The rules of this machine alone. */
function localRules(own: string): string {
  try {
    return Deno.readTextFileSync(`${own}/${LOCAL_RULES}`)
      .slice(0, RULES_CHARACTERS_MAX + 1);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw new ProgramError(
      `Cannot read ${own}/${LOCAL_RULES}: ${plainMessage(error)}`,
      EXIT.other,
      { cause: error },
    );
  }
}
