/**
 * The chat servers of the comparison: ours, ngircd, NATS. Each listens on loopback only, on a free port, with a
 * configuration of its own, and stops with the keeper.
 *
 * @module
 */

import { join } from "@std/path";
import type { Bench } from "../job.ts";
import {
  freePort,
  type RunningServer,
  startAnnounced,
  startSilent,
} from "../processes.ts";

/** Starts our server as a user does, but without its log, and with no limit to what one may say; `more` are flags that the job needs. */
export function startChat(
  bench: Bench,
  more: readonly string[] = [],
): Promise<RunningServer> {
  const flags = ["--port", "0", "--log", "off", "--rate", "0", ...more];
  const program = join(bench.root, "chat_server.ts");
  return startAnnounced(
    [Deno.execPath(), "run", "-A", program, ...flags],
    bench.keeper,
  );
}

/** Starts ngircd without its penalties, and without looking up who comes. */
export async function startNgircd(bench: Bench): Promise<RunningServer> {
  const port = freePort();
  const home = await Deno.makeTempDir({ dir: bench.work, prefix: "ngircd-" });
  const config = join(home, "ngircd.conf");
  await Deno.writeTextFile(
    config,
    `[Global]
Name = irc.bench.test
Info = bench
Listen = ::1
Ports = ${port}
PidFile =
MotdPhrase = bench
AdminInfo1 = bench
AdminEMail = bench@bench.test
[Limits]
MaxConnections = 0
MaxConnectionsIP = 0
MaxPenaltyTime = 0
[Options]
DNS = no
Ident = no
PAM = no
SyslogFacility = local1
`,
  );
  const argv = ["ngircd", "--nodaemon", "--config", config];
  return await startSilent(argv, { hostname: "::1", port }, bench.keeper);
}

/** Starts nats-server as it is. */
export async function startNats(bench: Bench): Promise<RunningServer> {
  const port = freePort();
  const argv = ["nats-server", "--addr", "::1", "--port", `${port}`];
  // Its log says nothing that is not in the table.
  const quiet = ["--log", join(bench.work, "nats.log")];
  return await startSilent(
    [...argv, ...quiet],
    { hostname: "::1", port },
    bench.keeper,
  );
}
