import { assert, assertEquals, assertMatch } from "@std/assert";
import { runClient } from "../lib/testing/clients.ts";
import { patterned } from "../lib/testing/content.ts";
import { startServer } from "../lib/testing/servers.ts";
import { canMount, SmallDisk } from "../lib/testing/small_disk.ts";
import { assertSameFile, filesBelow } from "../lib/testing/trees.ts";

const ignore = !canMount();
const WHY = ignore ? " (skipped: only root may mount a small disk)" : "";

Deno.test({
  name:
    `client.ts ends with a sentence when the disk is full, and no bad file has a final name${WHY}`,
  ignore,
  async fn() {
    // security.md D10.
    const files = {
      "large.bin": patterned(9_000_000),
      "one": patterned(600_000, 1),
      "two": patterned(600_000, 2),
    };
    await using server = await startServer({ files });
    for (const size of ["64k", "1m", "6m", "9m"]) {
      using disk = new SmallDisk(`size=${size}`);
      const args = ["--parallel", "2", "--out", disk.path];
      const { code, stderr } = await runClient(server.port, args);
      assertEquals([code, stderr], [1, "client.ts: The disk is full\n"], size);
      for (const name of filesBelow(disk.path)) {
        if (name.startsWith(".landline-")) continue;
        assertSameFile(`${disk.path}/${name}`, `${server.folder}/${name}`);
      }
      const litter = filesBelow(disk.path).filter((name) =>
        /-\d+\.part$|\.lock$/.test(name)
      );
      assertEquals(litter, [], "parts of small files do not stay");
    }
  },
});

Deno.test({
  name: `client.ts goes on when there is room again${WHY}`,
  ignore,
  async fn() {
    const files = { "large.bin": patterned(20_000_000) };
    await using server = await startServer({ files });
    using disk = new SmallDisk("size=12m");
    const args = ["--parallel", "1", "--out", disk.path];
    assertEquals((await runClient(server.port, args)).code, 1);
    disk.remount("size=40m");
    const { code, stdout } = await runClient(server.port, args);
    assertEquals(code, 0);
    assert(Number(/([\d.]+) MB in/.exec(stdout)?.[1]) < 16, stdout);
    assertEquals(filesBelow(disk.path), ["large.bin"]);
    assertSameFile(`${disk.path}/large.bin`, `${server.folder}/large.bin`);
  },
});

Deno.test({
  name: `client.ts ends with 4 and a sentence where it may not write${WHY}`,
  ignore,
  async fn() {
    await using server = await startServer({
      files: { "a": "a", "large.bin": patterned(5_000_000) },
    });
    using disk = new SmallDisk("size=1m");
    disk.folder.write("mine", "mine");
    disk.remount("ro");
    for (
      const [args, expected] of [
        [["--out", disk.path], 4],
        [["--out", disk.path, "download", "a"], 4],
        [["--out", disk.path, "download", "large.bin"], 4],
        [["--out", `${disk.path}/new`, "download", "a"], 4],
        [["--out", `${disk.path}/mine`, "download", "a"], 4],
        [["--compare", "--out", disk.path], 4],
      ] as const
    ) {
      const { code, stderr } = await runClient(server.port, args);
      assertEquals(code, expected, stderr);
      assertMatch(
        stderr,
        /^client\.ts: [^\n]*(Read-only file system|File exists)[^\n]*\n$/,
      );
      assert(!stderr.includes("os error"), stderr);
    }
    assertEquals(filesBelow(disk.path), ["mine"]);
  },
});
