import { assertEquals, assertMatch } from "@std/assert";
import { runClient } from "../lib/testing/clients.ts";
import { patterned } from "../lib/testing/content.ts";
import { DiskFolder } from "../lib/testing/disk_folder.ts";
import { startServer } from "../lib/testing/servers.ts";
import { assertSameTrees, filesBelow } from "../lib/testing/trees.ts";

const UPLOADS = { args: ["--allow-upload"] };

/** A folder `pics` with files of every kind, dated. */
function pictures(): DiskFolder {
  const folder = new DiskFolder();
  const names = ["a b #%|.txt", "line\nend", "-x", "deep/er/größe", "empty"];
  for (const name of names) folder.write(`pics/${name}`, name.repeat(9));
  folder.write("pics/empty", "");
  folder.write("pics/large.bin", patterned(5_000_003));
  for (const [i, name] of filesBelow(folder.path).entries()) {
    Deno.utimeSync(folder.at(name), 1, 1_000_000_000.123 + i);
  }
  return folder;
}

for (const parallel of ["1", "5"]) {
  Deno.test(`client.ts upload sends a folder, and download brings it back as it was (--parallel ${parallel})`, async () => {
    await using server = await startServer(UPLOADS);
    using here = pictures();
    const up = await runClient(
      server.port,
      ["--parallel", parallel, "upload", "pics"],
      { cwd: here.path },
    );
    assertEquals([up.code, up.stderr], [0, ""]);
    assertMatch(
      up.stdout,
      /^6 files, 5(\.0\d*)? MB sent in .* verified by xxh64\n$/,
    );
    assertSameTrees(server.folder, here.path);
    using back = new DiskFolder();
    const down = await runClient(server.port, ["--out", back.path]);
    assertEquals(down.code, 0);
    assertSameTrees(back.path, here.path);
  });
}

Deno.test("client.ts upload sends single files under their own names, whatever folder they are in", async () => {
  await using server = await startServer(UPLOADS);
  using here = pictures();
  const paths = ["pics/deep/er/größe", here.at("pics/empty"), "./pics/-x"];
  const { code } = await runClient(server.port, ["upload", ...paths], {
    cwd: here.path,
  });
  assertEquals(code, 0);
  assertEquals(filesBelow(server.folder), ["-x", "empty", "größe"]);
});

Deno.test("client.ts upload ends with 8 for a name that is taken, and the others are stored", async () => {
  await using server = await startServer({ ...UPLOADS, files: { a: "mine" } });
  using here = new DiskFolder();
  here.write("a", "new");
  here.write("b", "b");
  const one = await runClient(server.port, ["upload", "a"], { cwd: here.path });
  assertEquals([one.code, one.stdout], [8, ""]);
  assertMatch(one.stderr, /^client\.ts: a: [^\n]+\n$/);
  const two = await runClient(server.port, ["upload", "a", "b"], {
    cwd: here.path,
  });
  assertEquals(two.code, 7);
  assertEquals(filesBelow(server.folder), ["a", "b"]);
  assertEquals(Deno.readTextFileSync(`${server.folder}/a`), "mine");
});

Deno.test("client.ts upload ends with 4 where uploads are not allowed, with 3 for what is not here", async () => {
  await using server = await startServer();
  using here = new DiskFolder();
  here.write("a", "a");
  const run = (path: string) =>
    runClient(server.port, ["upload", path], { cwd: here.path });
  const refused = await run("a");
  assertEquals(refused.code, 4);
  assertMatch(
    refused.stderr,
    /^client\.ts: a: Uploads are not allowed here\n$/,
  );
  const missing = await run("nowhere");
  assertEquals(missing.code, 3);
  assertMatch(missing.stderr, /^client\.ts: Cannot send "nowhere": [^\n]+\n$/);
  assertEquals(filesBelow(server.folder), []);
});

Deno.test("client.ts upload tells a file that is too large for the server before it sends it", async () => {
  await using server = await startServer({
    args: ["--allow-upload", "--max-upload", "1000"],
  });
  using here = new DiskFolder();
  here.write("large", patterned(1001));
  const { code, stderr } = await runClient(server.port, ["upload", "large"], {
    cwd: here.path,
  });
  assertEquals(code, 4);
  assertMatch(stderr, /^client\.ts: large: .*1000 bytes\n$/);
  assertEquals(filesBelow(server.folder), []);
});
