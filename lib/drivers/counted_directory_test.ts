import { assert, assertRejects } from "@std/assert";
import { Refusal } from "../errors.ts";
import { toName } from "../names/name.ts";
import { MemoryDirectory } from "../testing/memory_directory.ts";
import { CountedDirectory } from "./counted_directory.ts";
import { Metrics } from "./metrics.ts";

const TOKEN = "0123456789abcdef";

Deno.test("CountedDirectory counts uploads once each, by what became of them", async () => {
  const metrics = new Metrics({
    version: "1",
    startedAt: 0,
    memoryBytes: () => 0,
  });
  const directory = new CountedDirectory(
    new MemoryDirectory(),
    metrics,
    "http",
  );
  const count = (what: string) =>
    Number(
      new RegExp(
        `^landline_uploads_${what}\\S*language="http"\\S* (\\d+)$`,
        "m",
      )
        .exec(metrics.text())?.[1],
    );
  const figures = () => [count("under_way"), count("stored"), count("failed")];
  const is = (underWay: number, stored: number, failed: number) => {
    const found = figures().join();
    assert(found === [underWay, stored, failed].join(), found);
  };
  is(0, 0, 0);
  const first = directory.receive(toName("a"), TOKEN);
  is(1, 0, 0);
  // Kept to be gone on with: neither stored nor failed.
  first.append(new Uint8Array(3));
  first.close();
  is(0, 0, 0);
  const again = directory.receive(toName("a"), TOKEN);
  await again.finish(toName("a"), "refuse");
  again.close();
  is(0, 1, 0);
  const clash = directory.receive(toName("a"), TOKEN);
  await assertRejects(() => clash.finish(toName("a"), "refuse"), Refusal);
  is(1, 1, 0);
  clash.discard();
  clash.discard();
  is(0, 1, 1);
});
