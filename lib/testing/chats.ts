/**
 * The real chat_server.ts and chat_client.ts, started as people start them.
 *
 * @module
 */

import { fromFileUrl } from "@std/path";
import {
  type Listening,
  listening,
  ProgramProcess,
} from "./program_process.ts";

const SERVER = fromFileUrl(new URL("../../chat_server.ts", import.meta.url));
/** Where it is, for those who start it in another way. */
export const CHAT_CLIENT = fromFileUrl(
  new URL("../../chat_client.ts", import.meta.url),
);

/** A server that runs. */
export function startChatServer(...args: string[]): Promise<Listening> {
  const flags = args.includes("--port") ? args : ["--port", "0", ...args];
  return listening(new ProgramProcess(SERVER, flags));
}

/** A client that runs, called `name`. */
export function startChatClient(
  port: number,
  name: string,
  args: readonly string[] = [],
  prefix: readonly string[] = [],
): ProgramProcess {
  return new ProgramProcess(CHAT_CLIENT, [
    "--ip",
    "127.0.0.1",
    "--port",
    `${port}`,
    "--username",
    name,
    ...args,
  ], prefix);
}

/** Runs a client on `input` to its end. */
export async function chat(
  port: number,
  name: string,
  input: string | Uint8Array,
  args: readonly string[] = [],
  prefix: readonly string[] = [],
): Promise<{ code: number; stdout: string; stderr: string }> {
  await using client = startChatClient(port, name, args, prefix);
  // It may end before it has read all.
  await client.type(input).catch(() => {});
  await client.endInput();
  return await client.ended();
}
