/**
 * Checks of content: XXH64 for everything, SHA-256 where it is asked for.
 *
 * Why XXH64 and not CRC-32, which is "as good as free": loading `node:zlib` costs a program 20 ms at its start, a fifth of
 * the whole 283-file job; `xxhash-wasm` loads in 3 ms and runs at 8.5 GB/s (docs/decisions.md, "The cheap check").
 *
 * @module
 */

import xxhash from "xxhash-wasm";
import { type Crc32, loadCrc32 } from "./crc32.ts";

const { h64Raw, create64 } = await xxhash();

/** A check that is fed piece by piece. */
export interface RunningCheck {
  update(bytes: Uint8Array): void;
  /** Lower-case hexadecimal. */
  digest(): string;
}

/** What other programs check content with. But for SHA-256 they find what networks and disks break, not what somebody forged. */
export type HashAlgorithm = "sha256" | "sha1" | "md5" | "crc32";

/** The checks, as the drivers see them. */
export interface Checks {
  xxh64(bytes: Uint8Array): string;
  runningXxh64(): RunningCheck;
  runningSha256(): Promise<RunningCheck>;
  runningHash(algorithm: HashAlgorithm): Promise<RunningCheck>;
  loadCrc32(): Promise<Crc32>;
}

/** XXH64 (seed 0) of `bytes`, as 16 hexadecimal digits. */
export function xxh64(bytes: Uint8Array): string {
  return hex64(h64Raw(bytes));
}

/** XXH64 of bytes that come in pieces. */
export function runningXxh64(): RunningCheck {
  const state = create64();
  return {
    update: (bytes) => void state.update(bytes),
    digest: () => hex64(state.digest()),
  };
}

/** SHA-256 of bytes that come in pieces. */
export function runningSha256(): Promise<RunningCheck> {
  return runningHash("sha256");
}

/** A hash of bytes that come in pieces. Loads `node:crypto` on first use, 20 ms that only those who ask for it pay. */
export async function runningHash(
  algorithm: HashAlgorithm,
): Promise<RunningCheck> {
  if (algorithm === "crc32") return await runningCrc32();
  const { createHash } = await import("node:crypto");
  const hash = createHash(algorithm);
  return {
    update: (bytes) => void hash.update(bytes),
    digest: () => hash.digest("hex"),
  };
}

/** CRC-32 (RFC 1952 8), as 8 hexadecimal digits. */
async function runningCrc32(): Promise<RunningCheck> {
  const crc32 = await loadCrc32();
  let crc = 0;
  return {
    update: (bytes) => void (crc = crc32(bytes, crc)),
    digest: () => crc.toString(16).padStart(8, "0"),
  };
}

/** All of them. */
export const checks: Checks = {
  xxh64,
  runningXxh64,
  runningSha256,
  runningHash,
  loadCrc32,
};

function hex64(value: bigint): string {
  return value.toString(16).padStart(16, "0");
}
