import { assert, assertEquals, assertMatch } from "@std/assert";
import { type BoxVerdict, runBoxes, traceText } from "./black_box.ts";
import type { BoxSite } from "./black_box_run.ts";
import { DiskFolder } from "./disk_folder.ts";

/** Folders that no program looks after. */
function folders(
  count: number,
  quiet: (folders: readonly string[]) => void,
): Promise<BoxSite> {
  const disk = new DiskFolder();
  const folders = Array.from({ length: count }, (_, at) => disk.at(`${at}`));
  for (const folder of [...folders, disk.at("aside")]) Deno.mkdirSync(folder);
  return Promise.resolve({
    folders,
    aside: disk.at("aside"),
    freeze: () => Promise.resolve(),
    thaw: () => {},
    quiet: () => Promise.resolve().then(() => quiet(folders)),
    clockError: () => Promise.resolve(7),
    [Symbol.asyncDispose]: () => Promise.resolve(disk[Symbol.dispose]()),
  });
}

async function verdicts(
  seeds: readonly number[],
  open: (peers: number) => Promise<BoxSite>,
): Promise<BoxVerdict[]> {
  return await Array.fromAsync(runBoxes(seeds, true, open));
}

/** Two peers, one of which writes. */
const SEED = 3;

Deno.test("runBoxes() finds fault with who does nothing at all", async () => {
  const [verdict] = await verdicts([SEED], (peers) => folders(peers, () => {}));
  const text = verdict!.faults.join("\n");
  assertMatch(text, /Peer 1 has .*, peer 0 has /);
  assertMatch(text, /cannot be explained: all is quiet/);
  assertEquals(verdict!.rules, { hasDates: true, skewMs: 37 });
  assertMatch(traceText(verdict!), /\+\d+ ms: peer \d writes 3\.1, of /);
});

Deno.test("runBoxes() finds fault with who takes the files of one peer for those of all", async () => {
  const [verdict] = await verdicts(
    [SEED],
    (peers) =>
      folders(peers, ([first, ...others]) => {
        for (const other of others) {
          Deno.removeSync(other, { recursive: true });
          Deno.mkdirSync(other);
          for (const { name } of Deno.readDirSync(first!)) {
            Deno.copyFileSync(`${first}/${name}`, `${other}/${name}`);
          }
        }
      }),
  );
  assertMatch(verdict!.faults.join("\n"), /is lost: nobody who had it/);
});

Deno.test("runBoxes() tells of peers that do not come to rest, and takes others for the next seed", async () => {
  let opened = 0;
  let count = 0;
  const all = await verdicts([SEED, SEED + 3], (peers) => {
    opened++;
    return folders(peers, ([first]) => {
      for (const seed of [SEED, SEED + 3]) {
        Deno.writeTextFileSync(`${first}/${seed}-a.txt`, `${count++}`);
      }
    });
  });
  assertEquals(all.map(({ faults }) => faults[0]), [
    "They do not come to rest",
    "They do not come to rest",
  ]);
  assertEquals(opened, 2);
});

Deno.test("runBoxes() starts as many peers as the seeds have, once for each number", async () => {
  const opened: number[] = [];
  const seeds = [2, 3, 4, 5];
  const all = await Array.fromAsync(runBoxes(seeds, false, (peers) => {
    opened.push(peers);
    return folders(peers, () => {});
  }));
  assertEquals(opened.sort(), [2, 3, 4]);
  assertEquals(all.map(({ plan }) => plan.seed).sort(), seeds);
  assert(all.every(({ trace }) => trace.length > 0));
});
