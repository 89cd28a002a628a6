/**
 * A large file of which a little changes: what goes over the wire.
 *
 * @module
 */

import { join } from "@std/path";
import { oneFileSource } from "../../fixtures.ts";
import type { Job } from "../../job.ts";
import { checkSame, sizeAt, treeOf, untilSeen } from "../judge.ts";
import { landline } from "../landline.ts";
import { pause, until } from "../patience.ts";
import { syncthing } from "../syncthing.ts";
import { megabytes, type Taken, taken, takenRows } from "../taken.ts";
import { trials } from "../trials.ts";
import { limitGoal } from "./goals.ts";

const BYTES = 100 * 2 ** 20;
const CHANGED_BYTES = 2 ** 20;
/** Not where a block begins. */
const CHANGED_AT = 40 * 2 ** 20 + 12345;
const WIRE_BYTES_MAX = 2.5e6;
const MS_MAX = 60_000;
/** Until what follows a change (acknowledgements, what is said of it) is over. */
const AFTERMATH_MS = 300;

export const deltaJob: Job = {
  name: "delta",
  about: "1 MiB changed inside a file of 100 MiB that 3 peers have",
  async run(bench) {
    const { outcomes, samples } = await trials<Taken>(bench, {
      job: this.name,
      contestants: [landline, syncthing],
      peers: 3,
      value: (sample) => sample.seconds,
      async run(cluster) {
        const [first] = cluster.folders;
        await oneFileSource(first!, "large.bin", BYTES);
        const path = "large.bin";
        await untilSeen(cluster, [1, 2], [{ path, size: BYTES }], MS_MAX);
        await cluster.settled();
        const changed = new Uint8Array(CHANGED_BYTES).fill(0x2a);
        const sample = await taken(cluster, async () => {
          writeAt(join(first!, path), changed, CHANGED_AT);
          await until(
            {
              what: "the changed bytes at all peers",
              everyMs: 5,
              msMax: MS_MAX,
              check: () => cluster.checkAlive(),
            },
            () =>
              cluster.folders.every((folder) =>
                endsAs(join(folder, path), changed, CHANGED_AT)
              ),
          );
          await pause(AFTERMATH_MS);
        });
        checkSame(cluster);
        if (treeOf(first!).size !== 1) {
          throw new Error("there is more than the one file");
        }
        return {
          ...sample,
          seconds: sample.seconds - AFTERMATH_MS / 1000,
        };
      },
    });
    const ours = samples.get(landline.name);
    return {
      rows: takenRows(outcomes, samples),
      goals: [
        limitGoal(
          "bytes over the loopback, for both receivers",
          ours?.map(({ wire }) => wire),
          WIRE_BYTES_MAX,
          megabytes,
        ),
      ],
    };
  },
};

function writeAt(path: string, bytes: Uint8Array, at: number): void {
  using file = Deno.openSync(path, { write: true });
  file.seekSync(at, Deno.SeekMode.Start);
  for (let done = 0; done < bytes.length;) {
    done += file.writeSync(bytes.subarray(done));
  }
}

/** Whether the last of `bytes` is there: files change in one step, so the rest is as well. */
function endsAs(path: string, bytes: Uint8Array, at: number): boolean {
  // Syncthing removes the old one before it renames the new one.
  if (sizeAt(path) === undefined) return false;
  const last = new Uint8Array(16);
  using file = Deno.openSync(path);
  file.seekSync(at + bytes.length - last.length, Deno.SeekMode.Start);
  file.readSync(last);
  return last.every((byte, index) =>
    byte === bytes[bytes.length - last.length + index]
  );
}
