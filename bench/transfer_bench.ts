/**
 * Parallel downloads: one connection against five, and chunks of 1000 bytes against the default. The real server runs as a
 * process of its own; the client's download runs here, start-up not included (bench/compare.ts has whole programs).
 *
 * @module
 */

import { fromFileUrl, join } from "@std/path";
import { parseClientCommand } from "../lib/cli/client_flags.ts";
import { download } from "../lib/programs/client/download.ts";
import { startServer, type TestServer } from "../lib/testing/servers.ts";
import { makePictures } from "../testdata/pictures.ts";

const PICTURES = fromFileUrl(new URL("../testdata/pictures", import.meta.url));
await makePictures(PICTURES);

const quiet = ["--log", "off"];
const server = await startServer({ folder: PICTURES, args: quiet });
const classic = await startServer({
  folder: PICTURES,
  args: [...quiet, "--chunk-size", "1000"],
});
// A tmpfs where there is one: what a disk does is not the question.
const memory = await Deno.stat("/dev/shm").catch(() => undefined);
const parent = await Deno.makeTempDir(memory ? { dir: "/dev/shm" } : {});

// Each `fn` says `async`: deno bench does not wait for a promise of a function that does not.

/** Downloads all pictures into a new folder; only that is timed. */
async function fetchAll(
  b: Deno.BenchContext,
  from: TestServer,
  connections: number,
): Promise<void> {
  const out = join(parent, crypto.randomUUID());
  const command = parseClientCommand([
    ...["--ip", "::1", "--port", String(from.port), "--out", out],
    ...["--parallel", String(connections), "--quiet"],
  ]);
  b.start();
  const { failed } = await download(command, () => {});
  b.end();
  if (failed.length > 0) throw new Error(`${failed.length} files failed`);
  await Deno.remove(out, { recursive: true });
}

Deno.bench({
  name: "1 connection",
  group: "283 pictures, verified",
  baseline: true,
  n: 10,
  warmup: 2,
  fn: async (b) => await fetchAll(b, server, 1),
});

Deno.bench({
  name: "5 connections",
  group: "283 pictures, verified",
  n: 10,
  warmup: 2,
  fn: async (b) => await fetchAll(b, server, 5),
});

Deno.bench({
  name: "default chunks",
  group: "chunk size, 5 connections",
  baseline: true,
  n: 10,
  warmup: 2,
  fn: async (b) => await fetchAll(b, server, 5),
});

Deno.bench({
  name: "chunks of 1000 bytes",
  group: "chunk size, 5 connections",
  n: 10,
  warmup: 2,
  fn: async (b) => await fetchAll(b, classic, 5),
});

globalThis.addEventListener("unload", () => {
  server.signal("SIGTERM");
  classic.signal("SIGTERM");
  Deno.removeSync(parent, { recursive: true });
});
