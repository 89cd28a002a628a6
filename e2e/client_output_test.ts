import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { runClient } from "../lib/testing/clients.ts";
import { patterned } from "../lib/testing/content.ts";
import { DiskFolder } from "../lib/testing/disk_folder.ts";
import { NOBODYS_PORT } from "../lib/testing/ports.ts";
import { startServer } from "../lib/testing/servers.ts";
import { filesBelow } from "../lib/testing/trees.ts";

const FILES = {
  "a.bin": patterned(100_000),
  "b c.txt": "hello",
  "d/e\x1b[2J\n": "x",
};

function objectsIn(text: string): Record<string, unknown>[] {
  return text.trimEnd().split("\n").map((line) => JSON.parse(line));
}

Deno.test("client.ts list prints a line a file; names drive no terminal and forge no line", async () => {
  // security.md L2.
  await using server = await startServer({ files: FILES });
  const { code, stdout, stderr } = await runClient(server.port, ["list"]);
  assertEquals(code, 0);
  const lines = stdout.trimEnd().split("\n");
  assertEquals(lines.length, 3);
  assertMatch(
    lines[0]!,
    /^ +100 kB {2}20\d\d-\d\d-\d\d \d\d:\d\d:\d\d {2}a\.bin$/,
  );
  assertMatch(lines[2]!, / {2}d\/e\\x1b\[2J\\n$/);
  assertEquals(stderr, "3 files, 100 kB\n");
});

Deno.test("client.ts --json prints one object a line and nothing else, with every name as it is", async () => {
  await using server = await startServer({
    files: FILES,
    args: ["--allow-upload"],
  });
  using here = new DiskFolder();
  const run = async (...args: string[]) => {
    const { code, stdout } = await runClient(server.port, ["--json", ...args], {
      cwd: here.path,
    });
    return [code, objectsIn(stdout)] as const;
  };
  const [listCode, listed] = await run("list");
  assertEquals([listCode, listed.map(({ name }) => name)], [
    0,
    Object.keys(FILES),
  ]);
  assertEquals(listed[1]?.size, 5);
  const [code, first] = await run("--out", "x");
  assertEquals(code, 0);
  assertEquals(
    new Set(first.map(({ status }) => status)),
    new Set(["received"]),
  );
  assertEquals(
    new Set(first.map(({ name }) => name)),
    new Set(Object.keys(FILES)),
  );
  const [, second] = await run("--out", "x", "download", "b c.txt");
  assertEquals(second, [
    { name: "b c.txt", local: "b c.txt", size: 5, status: "same" },
  ]);
  here.write("up 1.txt", "up");
  const [, sent] = await run("upload", "up 1.txt");
  assertEquals(sent, [{
    path: "up 1.txt",
    name: "up 1.txt",
    size: 2,
    status: "sent",
    stored: "up 1.txt",
  }]);
  const [again, failed] = await run("upload", "up 1.txt");
  assertEquals([again, failed[0]?.status, failed[0]?.code], [
    8,
    "failed",
    "exists",
  ]);
});

Deno.test("client.ts --quiet prints nothing where nothing fails", async () => {
  await using server = await startServer({
    files: FILES,
    args: ["--allow-upload"],
  });
  using here = new DiskFolder();
  here.write("up.txt", "up");
  for (
    const args of [["--out", "x"], ["--out", "x"], ["upload", "up.txt"]]
  ) {
    const { code, stdout, stderr } = await runClient(
      server.port,
      ["--quiet", ...args],
      { cwd: here.path },
    );
    assertEquals([code, stdout, stderr], [0, "", ""], args.join(" "));
  }
  const { code, stderr } = await runClient(
    server.port,
    ["--quiet", "upload", "up.txt"],
    { cwd: here.path },
  );
  assertEquals([code, stderr === ""], [8, false], "faults are told");
});

Deno.test({
  name:
    "client.ts ends in silence when whoever reads its output has had enough",
  ignore: Deno.build.os === "windows",
  async fn() {
    const files = Object.fromEntries(
      Array.from({ length: 1000 }, (_, i) => [`${"long ".repeat(30)}${i}`, ""]),
    );
    const args = ["--allow-run", "seq *"];
    await using server = await startServer({ files, args });
    for (
      const command of [
        ["list"],
        ["--json", "list"],
        ["run", "seq", "1", "300000"],
      ]
    ) {
      const { stdout, stderr } = await runClient(server.port, command, {
        prefix: ["sh", "-c", '"$@" | head -1', "sh"],
      });
      assertEquals(stdout.split("\n").length, 2);
      assertMatch(stderr, /^(1000 files, .*\n)?$/);
    }
  },
});

Deno.test("client.ts run gives output and exit code of the command, and tells which was which", async () => {
  const args = ["--allow-run", "sh -c 'exit 7',true,false,cat *,echo *"];
  await using server = await startServer({
    files: { "a.txt": "in a\n" },
    args,
  });
  const run = (...words: string[]) => runClient(server.port, ["run", ...words]);
  assertEquals((await run("true")).code, 0);
  assertEquals((await run("false")).code, 1);
  const echoed = await run("echo", "--quiet", "--port", "x");
  assertEquals(echoed.stdout, "--quiet --port x\n");
  const { code, stdout, stderr } = await run("cat", "a.txt", "nowhere");
  assertEquals([code, stdout], [1, "in a\n"]);
  assertMatch(stderr, /nowhere/);
  const refused = await run("ls");
  assertEquals([refused.code, refused.stdout], [4, ""]);
  assertMatch(refused.stderr, /^client\.ts: .*\n$/);
});

Deno.test("client.ts echo prints what the server answers", async () => {
  await using server = await startServer();
  const words = ["echo", "hello", " there", "--quiet", "größe"];
  const { code, stdout } = await runClient(server.port, words);
  assertEquals([code, stdout], [0, "hello  there --quiet größe\n"]);
});

Deno.test("client.ts ends with 5 and says what to look at when nothing listens there", async () => {
  using here = new DiskFolder();
  here.write("a", "a");
  for (
    const args of [
      ["list"],
      ["--parallel", "5"],
      ["download", "a"],
      ["upload", "a"],
      ["echo", "a"],
      ["run", "a"],
      ["--compare"],
    ]
  ) {
    const { code, stdout, stderr } = await runClient(NOBODYS_PORT, args, {
      cwd: here.path,
    });
    assertEquals([code, stdout], [5, ""], args.join(" "));
    assertEquals(
      stderr,
      `client.ts: Cannot connect to 127.0.0.1:${NOBODYS_PORT}: nothing listens there. Is the server running, and is that its port?\n`,
    );
  }
  assertEquals(filesBelow(here.path), ["a"]);
});

Deno.test("client.ts ends with 2 for a command line that it does not understand, and says where to read on", async () => {
  for (
    const args of [
      ["fetch"],
      ["--paralel", "5"],
      ["--parallel", "0"],
      ["--parallel", "x"],
      ["--verify", "md5"],
      ["run"],
      ["upload"],
      ["--client-id", "a/b", "download"],
      ["landline://"],
    ]
  ) {
    const { code, stdout, stderr } = await runClient(1, args);
    assertEquals([code, stdout], [2, ""], args.join(" "));
    assertMatch(stderr, /^client\.ts: .+\n/, args.join(" "));
  }
});

Deno.test("client.ts --help and --version need no server", async () => {
  const help = await runClient(1, ["--help"]);
  assertEquals([help.code, help.stderr], [0, ""]);
  assertStringIncludes(help.stdout, "--parallel");
  assertStringIncludes(help.stdout, "Exit codes:");
  assertMatch((await runClient(1, ["--version"])).stdout, /^landline \d/);
});

Deno.test("client.ts --compare prints a table, draws a chart, and leaves nothing else behind", async () => {
  await using server = await startServer({ files: FILES });
  using here = new DiskFolder();
  const { code, stdout } = await runClient(
    server.port,
    ["--compare", "--parallel", "3"],
    { cwd: here.path },
  );
  assertEquals(code, 0);
  const [head, one, many, ratio] = stdout.split("\n");
  assertMatch(head!, /^connections +time +rate +files verified +bytes$/);
  assertMatch(one!, /^ +1 .* 3 +100 kB$/);
  assertMatch(many!, /^ +3 .* 3 +100 kB$/);
  assertMatch(ratio!, /^3 connections are \d+\.\d\d x as fast as one\.$/);
  assertEquals(filesBelow(here.path), ["compare.svg"]);
  const svg = Deno.readTextFileSync(here.at("compare.svg"));
  assert(svg.startsWith("<svg") && svg.trimEnd().endsWith("</svg>"));
  assertStringIncludes(svg, "3 connections");
});
