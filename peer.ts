#!/usr/bin/env -S deno run --allow-net --allow-read --allow-write --allow-sys=hostname,statfs
/**
 * Keeps a folder the same on every machine: with a tracker that tells peers of each other, and no store in the middle.
 * `--help` tells the rest.
 *
 * @module
 */

import {
  parsePeerCommand,
  PEER_FLAGS,
  PEER_HELP,
  type PeerCommand,
} from "./lib/cli/peer_flags.ts";
import { runProgram } from "./lib/programs/run_program.ts";

/** Commands need little of what a peer needs; each loads its own. */
async function main(command: PeerCommand): Promise<number> {
  switch (command.do) {
    case "run": {
      const { servePeer } = await import("./lib/programs/peer/serve.ts");
      return await servePeer(command);
    }
    case "versions": {
      const { listVersions } = await import("./lib/programs/peer/versions.ts");
      return listVersions(command);
    }
    case "restore": {
      const { restoreVersion } = await import(
        "./lib/programs/peer/versions.ts"
      );
      return await restoreVersion(command);
    }
    default: {
      const { askPeer } = await import("./lib/programs/peer/commands.ts");
      return await askPeer(command);
    }
  }
}

if (import.meta.main) {
  await runProgram(
    {
      name: "peer.ts",
      help: PEER_HELP,
      table: PEER_FLAGS,
      parse: parsePeerCommand,
      main,
    },
    Deno.args,
  );
}
