/**
 * What a measurement depends on besides the programs: the machine, and how it is made ready.
 *
 * @module
 */

import { statfsSync } from "node:fs";
import { join } from "@std/path";
import { versionOf } from "./processes.ts";

/** The `type` that statfs gives for a tmpfs (TMPFS_MAGIC, linux/magic.h). */
const TMPFS = 0x01021994;
/** The most that is touched; more than any job uses at once. */
const TOUCH_BYTES_MAX = 14 * 2 ** 30;

/** How each peer is asked for its version. */
const PEERS = {
  nginx: ["nginx", "-v"],
  curl: ["curl", "--version"],
  rsync: ["rsync", "--version"],
  lftp: ["lftp", "--version"],
  aria2c: ["aria2c", "--version"],
  wget: ["wget", "--version"],
  wrk: ["wrk", "-v"],
  cp: ["cp", "--version"],
} as const;

/** The peers that are installed, and ourselves when `root` holds our programs, each with a word on its version. */
export async function findTools(root: string): Promise<Map<string, string>> {
  const tools = new Map<string, string>();
  if (isFile(join(root, "server.ts")) && isFile(join(root, "client.ts"))) {
    const commit = await versionOf([
      "git",
      "-C",
      root,
      "describe",
      "--always",
      "--dirty",
    ]);
    tools.set("landline", commit ?? "unknown");
  }
  for (const [name, argv] of Object.entries(PEERS)) {
    const line = await versionOf(argv);
    if (line !== undefined) {
      tools.set(name, /\d+(\.\d+)+/.exec(line)?.[0] ?? line);
    }
  }
  if (await nginxTakesFiles()) tools.set("nginx-dav", "built in");
  return tools;
}

/** Whether nginx was built with its module for PUT. */
async function nginxTakesFiles(): Promise<boolean> {
  try {
    const { stderr } = await new Deno.Command("nginx", { args: ["-V"] })
      .output();
    return new TextDecoder().decode(stderr).includes("http_dav_module");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** The machine and the moment, a line each. */
export function machineFacts(): string[] {
  const memory = Deno.systemMemoryInfo().total / 2 ** 30;
  const cores = navigator.hardwareConcurrency;
  return [
    `${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC`,
    `${processorName()}, ${cores} cores, ${
      memory.toFixed(0)
    } GiB of memory, ${Deno.build.os} ${Deno.osRelease()}`,
  ];
}

/** Whether `folder` lies in memory. */
export function inMemory(folder: string): boolean {
  return statfsSync(folder).type === TMPFS;
}

/**
 * Has the machine's free memory written to once: a virtual machine gets it from its host at the first touch, which
 * costs 2.3 s per GiB, in the time of whoever happens to run then. Gives the bytes touched; 0 without a tmpfs.
 */
export function touchMemory(): number {
  const folder = "/dev/shm";
  if (!isFolder(folder)) return 0;
  // Not all of it, because others may want some meanwhile; the limit of a container counts as well.
  const bytes = Math.min(
    0.6 * Deno.systemMemoryInfo().available,
    0.6 * containerLimit(),
    TOUCH_BYTES_MAX,
  );
  const path = Deno.makeTempFileSync({ dir: folder });
  try {
    using file = Deno.openSync(path, { write: true });
    const block = new Uint8Array(1 << 20);
    let touched = 0;
    while (touched < bytes) touched += file.writeSync(block);
    return touched;
  } finally {
    Deno.removeSync(path);
  }
}

function containerLimit(): number {
  try {
    // "max" when there is none.
    return Number(Deno.readTextFileSync("/sys/fs/cgroup/memory.max")) ||
      Infinity;
  } catch {
    return Infinity;
  }
}

function processorName(): string {
  try {
    const match = /^model name\s*: (.+)$/m.exec(
      Deno.readTextFileSync("/proc/cpuinfo"),
    );
    return match?.[1] ?? Deno.build.arch;
  } catch {
    return Deno.build.arch;
  }
}

/** Whether `path` is a file that can be looked at. */
export function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Whether `path` is a folder that can be looked at. */
export function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
