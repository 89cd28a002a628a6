import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { runClient } from "../lib/testing/clients.ts";
import { DiskFolder } from "../lib/testing/disk_folder.ts";
import { NOBODYS_PORT } from "../lib/testing/ports.ts";
import { startServer } from "../lib/testing/servers.ts";
import { filesBelow } from "../lib/testing/trees.ts";

const FILES = { "bio.txt": "life\n", "a b/c d.txt": "below" };

Deno.test("client.ts obeys the commands of a pipe in order, and echoes what is none", async () => {
  const args = ["--allow-upload", "--allow-run", "echo *,false"];
  await using server = await startServer({ files: FILES, args });
  using here = new DiskFolder();
  here.write("up.txt", "from here");
  const lines = [
    "list",
    "list a b",
    "echo hello  there",
    "what is this",
    "",
    "download bio.txt",
    "download a b/c d.txt",
    "upload up.txt",
    "run echo 1 2",
    "help",
    "quit",
    "echo never",
  ];
  const { code, stdout, stderr } = await runClient(server.port, [], {
    cwd: here.path,
    stdin: lines.join("\n") + "\n",
  });
  assertEquals([code, stderr], [0, ""]);
  assertMatch(
    stdout,
    /^ +5 B +\d{4}-.* bio\.txt\n/m,
  );
  const echoes = ["\nhello  there\n", "\nwhat is this\n", "\n1 2\n"];
  for (const echo of echoes) assertStringIncludes(stdout, echo);
  assertStringIncludes(stdout, "list [NAME]");
  assertEquals(stdout.includes("never"), false);
  assertEquals(filesBelow(here.path), [
    "client_bio.txt",
    "client_c d.txt",
    "up.txt",
  ]);
  assertEquals(
    Deno.readTextFileSync(`${server.folder}/up.txt`),
    "from here",
  );
});

Deno.test("client.ts ends with the end of its input, with and without a line end", async () => {
  await using server = await startServer({ files: FILES });
  for (const stdin of ["", "echo a", "echo a\n", "echo a\r\n"]) {
    const { code, stdout } = await runClient(server.port, [], { stdin });
    assertEquals([code, stdout], [0, stdin === "" ? "" : "a\n"]);
  }
});

Deno.test("client.ts goes on behind a command that fails, and ends with the code of the last one that did", async () => {
  await using server = await startServer({ files: FILES });
  using here = new DiskFolder();
  const lines = [
    "run ls",
    "download nowhere",
    "upload nowhere",
    "list ../x",
    "upload",
    "download nowhere",
    "echo still here",
  ];
  const { code, stdout, stderr } = await runClient(server.port, [], {
    cwd: here.path,
    stdin: lines.join("\n"),
  });
  assertEquals(code, 3);
  assertEquals(stdout, "still here\n");
  assertEquals(stderr.trimEnd().split("\n").length, 6, stderr);
});

Deno.test("client.ts ends with the exit code of a command that it ran from a pipe", async () => {
  await using server = await startServer({ args: ["--allow-run", "false"] });
  const { code, stdout, stderr } = await runClient(server.port, [], {
    stdin: "run false\necho still here\n",
  });
  assertEquals([code, stdout, stderr], [1, "still here\n", ""]);
});

Deno.test("client.ts ends with 5 when there is no server for its prompt", async () => {
  const { code, stdout, stderr } = await runClient(NOBODYS_PORT, [], {
    stdin: "list\n",
  });
  assertEquals([code, stdout], [5, ""]);
  assertMatch(stderr, /^client\.ts: Cannot connect to 127\.0\.0\.1:\d+: /);
});
