/**
 * The servers of the comparison: ours, nginx, an rsync daemon, and the cable in front of any of them. Each listens on
 * loopback only, on a free port, with a configuration of its own, and stops with the keeper.
 *
 * @module
 */

import { join } from "@std/path";
import type { Bench } from "./job.ts";
import {
  freePort,
  type RunningServer,
  startAnnounced,
  startSilent,
} from "./processes.ts";

/** Starts a server on a folder. */
export type Start = (bench: Bench, folder: string) => Promise<RunningServer>;

/** Starts our server as a user does, but without its log, on `folder`; `more` are flags that the job needs. */
export function startOurs(
  bench: Bench,
  folder: string,
  more: readonly string[] = [],
): Promise<RunningServer> {
  const flags = ["--port", "0", "--log", "off", ...bench.serverFlags, ...more];
  const argv = [
    Deno.execPath(),
    "run",
    "-A",
    join(bench.root, "server.ts"),
    ...flags,
    folder,
  ];
  return startAnnounced(argv, bench.keeper);
}

/** What a job needs of nginx beyond the usual. */
export interface NginxOptions {
  /** The most connections of each of its workers; memory for them is taken at once. */
  readonly connections?: number;
  /**
   * Takes files by PUT, which are received into this folder; it has to be on the same disk. With a buffer of 1 MiB,
   * because that takes half of the processor's time that the usual 16 KiB take (0.3 s for 512 MiB, not 0.56).
   */
  readonly receiving?: string;
}

/**
 * Starts nginx on `folder` the way it is fast: two workers, sendfile, no log, connections that stay open, and a folder
 * listing for the peers that mirror.
 */
export async function startNginx(
  bench: Bench,
  folder: string,
  options: NginxOptions = {},
): Promise<RunningServer> {
  const port = freePort();
  const home = await Deno.makeTempDir({ dir: bench.work, prefix: "nginx-" });
  const config = join(home, "nginx.conf");
  // As root the workers would become "nobody", who may not read the work folder.
  const user = Deno.uid() === 0 ? "user root;" : "";
  const places = ["proxy", "fastcgi", "uwsgi", "scgi"]
    .map((kind) => `${kind}_temp_path ${join(home, kind)};`).join(" ");
  const { connections = 4096, receiving } = options;
  const uploads = receiving === undefined
    ? `client_body_temp_path ${join(home, "client_body")};`
    : `client_body_temp_path ${receiving}; client_max_body_size 0; client_body_buffer_size 1m; dav_methods PUT;`;
  await Deno.writeTextFile(
    config,
    `${user} daemon off; worker_processes 2; worker_rlimit_nofile 16384;
pid ${join(home, "pid")}; error_log ${join(home, "error.log")};
events { worker_connections ${connections}; }
http {
  ${places} ${uploads}
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; default_type application/octet-stream;
  server { listen 127.0.0.1:${port}; listen [::1]:${port}; root ${folder}; autoindex on; }
}
`,
  );
  // "-e" because nginx opens its built-in log path before it reads the configuration.
  const argv = [
    "nginx",
    "-e",
    join(home, "error.log"),
    "-p",
    home,
    "-c",
    config,
  ];
  return await startSilent(argv, { hostname: "::1", port }, bench.keeper);
}

/** Starts an rsync daemon that serves `folder` as the module "files", read-only. */
export async function startRsync(
  bench: Bench,
  folder: string,
): Promise<RunningServer> {
  const port = freePort();
  const home = await Deno.makeTempDir({ dir: bench.work, prefix: "rsync-" });
  const config = join(home, "rsyncd.conf");
  // As root the daemon would become "nobody", who may not read the work folder; otherwise it may not change its user.
  const user = Deno.uid() === 0 ? "uid = root\ngid = root\n" : "";
  await Deno.writeTextFile(
    config,
    `use chroot = no
${user}lock file = ${join(home, "lock")}
log file = ${join(home, "log")}
[files]
path = ${folder}
read only = yes
`,
  );
  const argv = [
    "rsync",
    "--daemon",
    "--no-detach",
    `--config=${config}`,
    "--address=::1",
    `--port=${port}`,
  ];
  return await startSilent(argv, { hostname: "::1", port }, bench.keeper);
}

/** Puts the cable in front of `server`: what connects to its port is `rttMs` away, at `bitsPerSecond` for all. */
export function startCable(
  bench: Bench,
  server: RunningServer,
  cable: { rttMs: number; bitsPerSecond: number },
): Promise<RunningServer> {
  const flags = [
    "--target",
    `[::1]:${server.port}`,
    "--rtt",
    `${cable.rttMs}`,
    "--rate",
    `${cable.bitsPerSecond}`,
  ];
  const argv = [
    Deno.execPath(),
    "run",
    "-A",
    join(bench.root, "bench/link.ts"),
    ...flags,
    "--port",
    "0",
  ];
  return startAnnounced(argv, bench.keeper);
}

/** Ports of the servers of one folder; 0 for one that is not installed, whose clients are skipped as well. */
export interface Ports {
  readonly landline: number;
  readonly nginx: number;
  readonly rsync: number;
}

/** Starts all servers there are on `folder`, each reached by way of `via` (such as a cable). */
export async function startAll(
  bench: Bench,
  folder: string,
  via: (server: RunningServer) => Promise<RunningServer> = (server) =>
    Promise.resolve(server),
): Promise<Ports> {
  const portOf = async (tool: string, start: Start) =>
    bench.tools.has(tool) ? (await via(await start(bench, folder))).port : 0;
  return {
    landline: await portOf("landline", startOurs),
    nginx: await portOf("nginx", startNginx),
    rsync: await portOf("rsync", startRsync),
  };
}
