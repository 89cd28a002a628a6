import {
  assertEquals,
  assertMatch,
  assertNotMatch,
  assertStringIncludes,
} from "@std/assert";
import { runClient } from "../lib/testing/clients.ts";
import { patterned } from "../lib/testing/content.ts";
import { DiskFolder } from "../lib/testing/disk_folder.ts";
import { startServer } from "../lib/testing/servers.ts";
import {
  assertSameFile,
  assertSameTrees,
  filesBelow,
} from "../lib/testing/trees.ts";

const NASTY = [
  "with blanks in it.txt",
  " blank at both ends ",
  "#hash",
  "50%.txt",
  "%2e%2e%2fetc",
  "a|b",
  "'single' and \"double\"",
  "line\nend",
  "tab\there",
  "back\\slash",
  "-leading-dash",
  "--out",
  "größe 😀",
  "\x1b[31mred",
  "$(id) `id` ; id",
  "*?[a]",
  "CON",
  "HTTP/1.1",
];

/** Of every kind: empty, small, large enough for pieces, many, nested, nasty. */
const FILES: Record<string, string | Uint8Array> = {
  "empty": "",
  "large.bin": patterned(9_000_001),
  "deep/er/and/deeper/still.txt": "down here",
  "deep/large.bin": patterned(300_000, 2),
  ...Object.fromEntries(
    Array.from({ length: 100 }, (_, i) => [`many/${i}`, patterned(i * 7, i)]),
  ),
  ...Object.fromEntries(NASTY.map((name) => [`nasty/${name}`, name])),
};

Deno.test("client.ts brings all files, byte for byte and with their times, over IPv4 and IPv6, with 1 and 5 connections", async () => {
  await using server = await startServer({ files: FILES });
  // Times that are not now, to the millisecond.
  Deno.utimeSync(`${server.folder}/empty`, 1.234, 1_000_000_000.789);
  for (const ip of ["127.0.0.1", "::1", "localhost"]) {
    for (const parallel of ["1", "5"]) {
      using here = new DiskFolder();
      const args = ["--ip", ip, "--parallel", parallel];
      const first = await runClient(server.port, args, { cwd: here.path });
      assertEquals([first.code, first.stderr], [0, ""]);
      assertMatch(
        first.stdout,
        /^122 files, 9\.\d+ MB in .* verified by xxh64\n$/,
      );
      assertSameTrees(here.at("received"), server.folder);
    }
  }
});

Deno.test("client.ts fetches nothing in a second run, and only what has changed in a third", async () => {
  await using server = await startServer({ files: FILES });
  using here = new DiskFolder();
  const run = () =>
    runClient(server.port, ["--parallel", "5"], { cwd: here.path });
  assertEquals((await run()).code, 0);
  const readsOf = () => server.stderr.text.match(/"read .*/g) ?? [];
  const before = readsOf().length;
  const second = await run();
  assertEquals(second.stdout, "Nothing to fetch, 122 files the same already\n");
  assertEquals(readsOf().length, before);
  await Deno.writeTextFile(`${server.folder}/many/7`, "another content");
  await Deno.remove(here.at("received/deep/large.bin"));
  const third = await run();
  assertMatch(
    third.stdout,
    /^2 files, 300 kB .* 120 files the same already\n$/,
  );
  assertSameTrees(here.at("received"), server.folder);
});

Deno.test("client.ts --verify sha256 brings all files, and tells their SHA-256 with --json", async () => {
  await using server = await startServer({
    files: { a: "hello", b: patterned(5_000_000) },
  });
  using here = new DiskFolder();
  const args = ["--verify", "sha256", "--json", "--out", "x"];
  const { code, stdout } = await runClient(server.port, args, {
    cwd: here.path,
  });
  assertEquals(code, 0);
  assertStringIncludes(
    stdout,
    '"sha256":"2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"',
  );
  assertSameTrees(here.at("x"), server.folder);
});

Deno.test("client.ts download stores NAME as client_NAME in the current folder, whatever folder it is in there", async () => {
  const files = { "bio.txt": "life", "deep/er/notes.md": "below" };
  await using server = await startServer({ files });
  using here = new DiskFolder();
  const args = ["download", "bio.txt", "deep/er/notes.md"];
  const { code } = await runClient(server.port, args, { cwd: here.path });
  assertEquals(code, 0);
  assertEquals(filesBelow(here.path), ["client_bio.txt", "client_notes.md"]);
  assertSameFile(here.at("client_bio.txt"), `${server.folder}/bio.txt`);
});

Deno.test("client.ts --client-id stores bio.txt as received_bio_7.txt", async () => {
  const files = {
    "bio.txt": "life",
    "none": "no extension",
    ".rc": "a dot in front",
    "a.tar.gz": "two dots",
  };
  await using server = await startServer({ files, args: ["--hidden"] });
  using here = new DiskFolder();
  const args = ["--client-id", "7", "download", ...Object.keys(files)];
  const { code } = await runClient(server.port, args, { cwd: here.path });
  assertEquals(code, 0);
  assertEquals(filesBelow(here.path), [
    "received_.rc_7",
    "received_a.tar_7.gz",
    "received_bio_7.txt",
    "received_none_7",
  ]);
});

Deno.test("client.ts download --out keeps names, folders and all", async () => {
  const files = { "a/b/c.txt": "c", "a/d": "d", "e": "e" };
  await using server = await startServer({ files });
  using here = new DiskFolder();
  const args = ["--out", "x/y", "download", "a", "e"];
  const { code } = await runClient(server.port, args, { cwd: here.path });
  assertEquals(code, 0);
  assertSameTrees(here.at("x/y"), server.folder);
});

Deno.test("client.ts download takes any name from the command line", async () => {
  // security.md P2, P3: decoded nowhere, a separator nowhere.
  const files = Object.fromEntries(NASTY.map((name) => [name, `in ${name}`]));
  await using server = await startServer({ files });
  using here = new DiskFolder();
  const args = ["--out", "x", "download", "--", ...NASTY];
  const { code, stdout, stderr } = await runClient(server.port, args, {
    cwd: here.path,
  });
  assertEquals([code, stderr], [0, ""]);
  assertMatch(stdout, /^18 files/);
  assertSameTrees(here.at("x"), server.folder);
});

Deno.test("client.ts download ends with 3 for what is not there, in one sentence", async () => {
  await using server = await startServer({ files: { a: "a" } });
  using here = new DiskFolder();
  for (const name of ["nowhere", "a/b", ".hidden", "%61"]) {
    const { code, stderr } = await runClient(server.port, ["download", name], {
      cwd: here.path,
    });
    assertEquals([code, stderr], [
      3,
      `client.ts: "${name}": There is no such file\n`,
    ]);
  }
  assertEquals(filesBelow(here.path), []);
});

Deno.test("client.ts download refuses names that go up before it asks", async () => {
  // security.md P1, W1.
  await using server = await startServer({ files: { a: "a" } });
  using here = new DiskFolder();
  for (const name of ["../a", "/etc/passwd", "a/../../b", ""]) {
    const { code, stderr } = await runClient(server.port, ["download", name], {
      cwd: here.path,
    });
    assertEquals(code, 2, name);
    assertMatch(stderr, /^client\.ts: ("..*": )?The name .*\n$/);
  }
  assertEquals(filesBelow(here.path), []);
});

Deno.test("client.ts --on-conflict overwrites, renames or refuses what is there already", async () => {
  await using server = await startServer({ files: { "bio.txt": "new" } });
  for (
    const [rule, expected, files] of [
      ["overwrite", 0, ["bio.txt"]],
      ["rename", 0, ["bio (1).txt", "bio.txt"]],
      ["refuse", 8, ["bio.txt"]],
    ] as const
  ) {
    using here = new DiskFolder();
    here.write("x/bio.txt", "mine");
    const args = ["--on-conflict", rule, "--out", "x", "download", "bio.txt"];
    const { code } = await runClient(server.port, args, { cwd: here.path });
    assertEquals(code, expected, rule);
    assertEquals(filesBelow(here.at("x")), [...files]);
    const text = Deno.readTextFileSync(here.at("x/bio.txt"));
    assertEquals(text, rule === "overwrite" ? "new" : "mine");
  }
});

Deno.test("client.ts goes on with the others where a name cannot be stored, and ends with 7", async () => {
  const files = { "a/b": "1", "c": "2", "d": "3", "link/x": "4" };
  await using server = await startServer({ files });
  using here = new DiskFolder();
  // security.md P6, W1: a file where a folder is needed, a folder where a file is, a link that leads out.
  here.write("x/a", "mine");
  here.write("x/c/mine", "mine");
  here.write("outside/y", "mine");
  Deno.symlinkSync(here.at("outside"), here.at("x/link"));
  const { code, stdout, stderr } = await runClient(
    server.port,
    ["--out", "x"],
    {
      cwd: here.path,
    },
  );
  assertEquals(code, 7, stderr);
  assertMatch(stdout, /^1 file, .* 3 FAILED\n$/);
  assertEquals(stderr.trimEnd().split("\n").sort(), [
    "client.ts: a/b: A file is there where a folder is needed",
    "client.ts: c: A folder of that name is already there",
    "client.ts: link/x: A folder on the way is a symbolic link",
  ]);
  assertEquals(filesBelow(here.path), [
    "outside/y",
    "x/a",
    "x/c/mine",
    "x/d",
    "x/link",
  ]);
});

Deno.test("client.ts works with the permissions that README names, and asks for no other", async () => {
  await using server = await startServer({ files: FILES });
  using here = new DiskFolder();
  const denoArgs = [
    "--no-prompt",
    "--allow-net",
    "--allow-read",
    "--allow-write",
  ];
  const { code, stdout, stderr } = await runClient(
    server.port,
    ["--parallel", "3", "--verify", "sha256"],
    { cwd: here.path, denoArgs },
  );
  assertEquals([code, stderr], [0, ""]);
  assertNotMatch(stdout, /FAILED/);
  assertSameTrees(here.at("received"), server.folder);
});
