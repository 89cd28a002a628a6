/**
 * How each program is told to copy a source into a folder: as a user who wants it fast would, over IPv6 loopback.
 * Lists of addresses are written beforehand, so that they are in nobody's time.
 *
 * @module
 */

import { join } from "@std/path";
import { checkExtent, checkIdentical, type Source } from "./fixtures.ts";
import type { Bench } from "./job.ts";
import type { Contender } from "./measure.ts";
import { outputOf, timed } from "./processes.ts";

/** A contender together with the programs it needs. */
export interface Candidate extends Contender {
  readonly needs: readonly string[];
}

/** What a copying program is given. */
export interface Errand {
  readonly source: Source;
  /** Port of the server on [::1]; of no meaning to `cp`. */
  readonly port: number;
  /** Folder the copy goes to; removed and made again before every run. */
  readonly out: string;
  readonly connections: number;
}

/** How our client is called in the table, and what it speaks. */
export interface LandlineOptions {
  readonly name?: string;
  readonly protocol?: "wire" | "http";
}

/** Our client: all files, or the one there is by its name, which then goes over all connections in ranges. */
export function landline(
  bench: Bench,
  errand: Errand,
  { name = "landline", protocol = "wire" }: LandlineOptions = {},
): Candidate {
  const { source, port, out, connections } = errand;
  const where = [
    "--ip",
    "::1",
    "--port",
    `${port}`,
    "--protocol",
    protocol,
    "--parallel",
    `${connections}`,
  ];
  const what = source.names.length === 1 ? ["download", source.names[0]!] : [];
  const client = [Deno.execPath(), "run", "-A", join(bench.root, "client.ts")];
  return copying(errand, name, ["landline"], [
    ...client,
    ...where,
    ...what,
    "--out",
    out,
    "--quiet",
  ]);
}

/** curl, with a configuration file that names every address and its target. */
export async function curl(
  bench: Bench,
  errand: Errand,
  name: string,
): Promise<Candidate> {
  const { source, out, connections } = errand;
  const lines = source.names.map((file) =>
    `url = "${addressOf(errand, file)}"\noutput = "${join(out, file)}"\n`
  );
  const config = await listFile(bench, lines.join(""));
  const parallel = connections > 1
    ? ["-Z", "--parallel-max", `${connections}`]
    : [];
  const nested = source.names.some((file) => file.includes("/"))
    ? ["--create-dirs"]
    : [];
  return copying(errand, name, ["curl", "nginx"], [
    "curl",
    "-q",
    "-g",
    "-s",
    "-S",
    "-f",
    ...parallel,
    ...nested,
    "-K",
    config,
  ]);
}

/** wget, one connection that is kept. */
export async function wget(bench: Bench, errand: Errand): Promise<Candidate> {
  const list = await listFile(
    bench,
    errand.source.names.map((file) => addressOf(errand, file) + "\n").join(""),
  );
  return copying(errand, "wget", ["wget", "nginx"], [
    "wget",
    "-q",
    "-x",
    "-nH",
    "-i",
    list,
    "-P",
    errand.out,
  ]);
}

/** lftp, mirroring the listing of nginx. */
export function lftp(errand: Errand): Candidate {
  const { port, out, connections } = errand;
  const script = `mirror -P${connections} http://[::1]:${port}/ ${out}; exit`;
  return copying(errand, `lftp mirror -P${connections}`, ["lftp", "nginx"], [
    "lftp",
    "--norc",
    "-c",
    script,
  ]);
}

/** aria2: many files, each over one connection, or one file over several. */
export async function aria2(bench: Bench, errand: Errand): Promise<Candidate> {
  const { source, out, connections } = errand;
  const lines = source.names.map((file) =>
    `${addressOf(errand, file)}\n out=${file}\n`
  );
  const list = await listFile(bench, lines.join(""));
  const spread = source.names.length > 1
    ? [`-j${connections}`, "-x1"]
    : [`-x${connections}`, `-s${connections}`, "-k1M"];
  const quiet = ["--no-conf", "-q", "--file-allocation=none"];
  const label = source.names.length > 1
    ? `aria2c -j${connections}`
    : `aria2c -x${connections}`;
  return copying(errand, label, ["aria2c", "nginx"], [
    "aria2c",
    ...quiet,
    ...spread,
    "-i",
    list,
    "-d",
    out,
  ]);
}

/** rsync from its daemon; the target is empty, so it sends whole files. */
export function rsync(errand: Errand): Candidate {
  const argv = [
    "rsync",
    "-a",
    `rsync://[::1]:${errand.port}/files/`,
    errand.out + "/",
  ];
  return copying(errand, "rsync daemon", ["rsync"], argv);
}

/** `cp -r`: no network at all, the limit of the file system. */
export function cp(errand: Errand): Candidate {
  return copying(errand, "cp -r", ["cp"], [
    "cp",
    "-r",
    errand.source.folder + "/.",
    errand.out,
  ]);
}

function copying(
  errand: Errand,
  name: string,
  needs: readonly string[],
  argv: readonly string[],
): Candidate {
  return {
    name,
    needs,
    prepare: () => emptyFolder(errand.out),
    async run() {
      const seconds = await timed(argv);
      checkExtent(errand.source, errand.out);
      return seconds;
    },
    // A promise, so that what it throws is a rejection.
    verify: () =>
      Promise.resolve().then(() => checkIdentical(errand.source, errand.out)),
  };
}

/** Removes what the last run left, and waits until a disk has nothing of it left to write. */
async function emptyFolder(folder: string): Promise<void> {
  await Deno.remove(folder, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  await Deno.mkdir(folder, { recursive: true });
  await outputOf(["sync", "-f", folder]);
}

function addressOf(errand: Errand, name: string): string {
  return `http://[::1]:${errand.port}/${
    name.split("/").map(encodeURIComponent).join("/")
  }`;
}

async function listFile(bench: Bench, text: string): Promise<string> {
  const path = await Deno.makeTempFile({ dir: bench.work, prefix: "list-" });
  await Deno.writeTextFile(path, text);
  return path;
}
