/**
 * A further thread of the file server (`--workers`): serves the port that the first thread has opened. Told the flags in
 * the first message, told to stop in the second; it answers each with one message, and says first that it listens: what
 * is sent to a thread whose modules are still loading is lost (one of ours awaits its WebAssembly).
 *
 * @module
 */

import type { ServerFlags } from "../cli/server_flags.ts";
import { messageOf } from "../errors.ts";
import {
  type FileServer,
  startFileServer,
  type ThreadPlace,
} from "./file_server.ts";

/** To the thread. */
export type ToThread = {
  readonly kind: "start";
  readonly flags: ServerFlags;
  readonly folder: string;
  readonly place: ThreadPlace;
} | {
  readonly kind: "stop";
};

/** From the thread. */
export type FromThread = {
  readonly kind: "ready" | "started" | "stopped";
} | {
  readonly kind: "failed";
  readonly text: string;
};

/** The little of a worker's global scope that is used here; Deno's types describe the main thread's. */
const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<ToThread>) => void;
  postMessage(message: FromThread): void;
};

let server: FileServer | undefined;

scope.onmessage = async ({ data }) => {
  try {
    if (data.kind === "start") {
      server = startFileServer(data.flags, data.folder, "further", data.place);
      scope.postMessage({ kind: "started" });
    } else {
      await server?.stop();
      scope.postMessage({ kind: "stopped" });
    }
  } catch (error) {
    scope.postMessage({ kind: "failed", text: messageOf(error) });
  }
};

scope.postMessage({ kind: "ready" });
