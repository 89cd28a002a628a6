import { assert, assertEquals } from "@std/assert";
import { patterned } from "../lib/testing/content.ts";
import { DiskFolder } from "../lib/testing/disk_folder.ts";
import { startServer } from "../lib/testing/servers.ts";
import { assertSameTrees } from "../lib/testing/trees.ts";
import { eventually, within } from "../lib/testing/within.ts";

const LONG = "long/" + "n".repeat(120) + "/" + "m".repeat(200) + ".txt";
const FILES = {
  "photos/large.bin": patterned(3_000_000),
  "photos/empty": "",
  "photos/with blanks/é 日😀.txt": "text",
  "photos/-rf": "not an option",
  'photos/it\'s "quoted" & <b>': "x",
  [`photos/${LONG}`]: "long",
};

for (
  const [form, unpack] of [
    ["tar", ["tar", "-x", "-f"]],
    ["zip", ["unzip", "-q"]],
  ] as const
) {
  Deno.test({
    name: `server.ts sends a folder as a ${form} that ${
      unpack[0]
    } unpacks, every name, byte and date`,
    ignore: !isInstalled(unpack[0]),
    async fn() {
      await using server = await startServer({ files: FILES });
      for (const name of Object.keys(FILES)) {
        // An even second: zip files count in two.
        Deno.utimeSync(
          `${server.folder}/${name}`,
          1_700_000_000,
          1_700_000_000,
        );
      }
      using local = new DiskFolder();
      const archive = local.at(`photos.${form}`);
      const url = `http://127.0.0.1:${server.port}/photos/?${form}`;
      await run("curl", ["--silent", "--fail", "-OJ", url], local.path);
      assertEquals(local.list(), [`photos.${form}`]);
      await run(unpack[0], [...unpack.slice(1), archive], local.path);
      assertSameTrees(local.at("photos"), `${server.folder}/photos`);
    },
  });
}

Deno.test("server.ts holds nothing open for an archive whose reader left", async () => {
  await using server = await startServer({
    files: { "a.bin": patterned(30_000_000) },
  });
  const before = server.openDescriptors();
  const url = `http://127.0.0.1:${server.port}/?tar`;
  await run("sh", ["-c", `curl --silent '${url}' | head -c 1000`]);
  await server.stderr.until(/"GET \/\?tar HTTP\/1\.1" (?:\d+ )?gone /);
  await eventually(
    "the file to be closed",
    () => server.openDescriptors() <= before,
  );
});

function isInstalled(program: string): boolean {
  try {
    return new Deno.Command(program, { args: ["-h"] }).outputSync().code < 127;
  } catch {
    return false;
  }
}

async function run(
  program: string,
  args: readonly string[],
  cwd?: string,
): Promise<void> {
  const command = new Deno.Command(program, {
    args: [...args],
    ...(cwd !== undefined && { cwd }),
  });
  const { success, stderr } = await within(program, command.output());
  assert(success, new TextDecoder().decode(stderr));
}
