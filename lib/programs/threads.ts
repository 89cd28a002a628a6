/**
 * The further threads of a server, started and stopped together.
 *
 * @module
 */

import type { ServerFlags } from "../cli/server_flags.ts";
import { EXIT, ProgramError } from "../errors.ts";
import type { ThreadPlace } from "./file_server.ts";
import type { FromThread, ToThread } from "./file_server_thread.ts";

/** Threads that serve. */
export interface Threads {
  stop(): Promise<void>;
}

/**
 * Starts `count` threads on the port in `flags`, which must be open already.
 *
 * @throws {ProgramError} if one cannot
 */
export async function startThreads(
  count: number,
  flags: ServerFlags,
  folder: string,
  first: ThreadPlace,
): Promise<Threads> {
  const workers = Array.from(
    { length: count },
    () =>
      new Worker(new URL("./file_server_thread.ts", import.meta.url), {
        type: "module",
      }),
  );
  await Promise.all(workers.map(async (worker, at) => {
    await messageFrom(worker);
    const place = { ...first, thread: first.thread + 1 + at };
    await ask(worker, { kind: "start", flags, folder, place });
  }));
  return {
    async stop() {
      await Promise.all(workers.map((worker) => ask(worker, { kind: "stop" })));
      for (const worker of workers) worker.terminate();
    },
  };
}

/** Sends `message` and waits for its answer. */
function ask(worker: Worker, message: ToThread): Promise<void> {
  const answer = messageFrom(worker);
  worker.postMessage(message);
  return answer;
}

/** Waits for the next message of `worker`. */
function messageFrom(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<FromThread>) => {
      if (data.kind === "failed") {
        reject(new ProgramError(data.text, EXIT.other));
      } else resolve();
    };
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new ProgramError(`A thread failed: ${event.message}`, EXIT.other));
    };
  });
}
