import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { fromFileUrl } from "@std/path";
import { runClient } from "../lib/testing/clients.ts";
import { patterned } from "../lib/testing/content.ts";
import { DiskFolder } from "../lib/testing/disk_folder.ts";
import { NOBODYS_PORT } from "../lib/testing/ports.ts";
import { ScriptedServer } from "../lib/testing/scripted_server.ts";
import { startServer } from "../lib/testing/servers.ts";
import { StoppingProxy } from "../lib/testing/stopping_proxy.ts";
import {
  assertSameFile,
  assertSameTrees,
  filesBelow,
} from "../lib/testing/trees.ts";

const HTTP = ["--protocol", "http"];

/** security.md P2, P3, X2, U1: what means something in a URL, in a field line, on a terminal, to a shell. */
const NASTY = [
  "with blanks in it.txt",
  " blank at both ends ",
  "#hash",
  "?list",
  "a?b=c&d",
  "50%.txt",
  "%2e%2e%2fetc",
  "%",
  "a+b",
  "a;b=c",
  "http:",
  "'single' and \"double\"",
  "<img src=x onerror=alert(1)>",
  "line\nend",
  "cr\r\nX-Evil: 1",
  "tab\there",
  "back\\slash",
  "-leading-dash",
  "größe 😀",
  "e\u0301 and \u00e9",
  "\x1b[31mred",
  "$(id) `id` ; id",
  "*?[a]",
  "index.html",
  "page.html.gz",
  "metrics",
  "HTTP/1.1",
  "x".repeat(255),
  "é".repeat(127),
];

/** Of every kind: empty, small, large enough for pieces, many, nested, nasty. */
const FILES: Record<string, string | Uint8Array> = {
  "empty": "",
  "large.bin": patterned(9_000_001),
  "deep/er/and/deeper/still.txt": "down here",
  "deep/large.bin": patterned(3_500_000, 2),
  "page.html": "<p>page",
  ...Object.fromEntries(
    Array.from({ length: 100 }, (_, i) => [`many/${i}`, patterned(i * 7, i)]),
  ),
  ...Object.fromEntries(NASTY.map((name) => [`nasty/${name}`, `in ${name}`])),
};

Deno.test("client.ts --protocol http brings what the wire protocol brings, with 1 and 5 connections, over IPv4 and IPv6", async () => {
  await using server = await startServer({ files: FILES });
  // Times that are not now, to the millisecond.
  Deno.utimeSync(`${server.folder}/empty`, 1.234, 1_000_000_000.789);
  using wire = new DiskFolder();
  await runClient(server.port, ["--parallel", "5"], { cwd: wire.path });
  for (const ip of ["127.0.0.1", "::1", "localhost"]) {
    for (const parallel of ["1", "5"]) {
      using here = new DiskFolder();
      const args = [...HTTP, "--ip", ip, "--parallel", parallel];
      const { code, stdout, stderr } = await runClient(server.port, args, {
        cwd: here.path,
      });
      assertEquals([code, stderr], [0, ""]);
      assertMatch(stdout, /^134 files, 12\.\d MB in .* verified by xxh64\n$/);
      assertSameTrees(here.at("received"), server.folder);
      assertSameTrees(here.at("received"), wire.at("received"));
    }
  }
});

Deno.test("client.ts --protocol http asks in HTTP and nothing else, and many requests at once", async () => {
  const files = Object.fromEntries(
    Array.from({ length: 40 }, (_, i) => [`f${i}`, patterned(5000, i)]),
  );
  await using server = await startServer({ files });
  await using proxy = new StoppingProxy(server.port);
  using here = new DiskFolder();
  const args = [...HTTP, "--parallel", "1", "--out", here.path];
  assertEquals((await runClient(proxy.port, args)).code, 0);
  const heads = proxy.requests.split("\r\n\r\n");
  assertEquals(heads.pop(), "");
  assertEquals(heads.length, 41);
  for (const head of heads) {
    const [line, ...fields] = head.split("\r\n");
    assertMatch(line!, /^GET \/(f\d+|\?list) HTTP\/1\.1$/);
    assertEquals(fields[0], `Host: 127.0.0.1:${proxy.port}`);
  }
});

Deno.test("client.ts http://HOST:PORT/ speaks HTTP, landline:// does not", async () => {
  await using server = await startServer({ files: { a: "hello" } });
  for (
    const [scheme, request] of [
      ["http", /^GET \/\?list HTTP/],
      ["landline", /^list\n/],
    ] as const
  ) {
    await using proxy = new StoppingProxy(server.port);
    const url = `${scheme}://127.0.0.1:${proxy.port}/`;
    const { code, stdout } = await runClient(proxy.port, [url, "list"]);
    assertEquals(code, 0);
    assertMatch(stdout, / a\n$/);
    assertMatch(proxy.requests, request);
  }
});

Deno.test("client.ts --protocol http --verify sha256 tells the SHA-256 of each file", async () => {
  await using server = await startServer({
    files: { "é ?": "hello", b: patterned(5_000_000) },
  });
  using here = new DiskFolder();
  const args = [...HTTP, "--verify", "sha256", "--json", "--out", "x"];
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

Deno.test("client.ts --protocol http fetches nothing in a second run, and only what has changed in a third", async () => {
  await using server = await startServer({ files: FILES });
  using here = new DiskFolder();
  const run = () =>
    runClient(server.port, [...HTTP, "--parallel", "5"], { cwd: here.path });
  assertEquals((await run()).code, 0);
  const second = await run();
  assertEquals(second.stdout, "Nothing to fetch, 134 files the same already\n");
  await Deno.writeTextFile(`${server.folder}/many/7`, "another content");
  await Deno.writeTextFile(`${server.folder}/many/8`, "");
  await Deno.remove(here.at("received/deep/large.bin"));
  const third = await run();
  assertMatch(
    third.stdout,
    /^3 files, 3\.5 MB .* 131 files the same already\n/,
  );
  assertSameTrees(here.at("received"), server.folder);
});

Deno.test("client.ts --protocol http download takes any name, a folder too, and stores it as the wire protocol does", async () => {
  const files = Object.fromEntries(NASTY.map((name) => [name, `in ${name}`]));
  await using server = await startServer({ files });
  Deno.mkdirSync(`${server.folder}/fol der`);
  Deno.writeTextFileSync(`${server.folder}/fol der/a`, "a");
  using here = new DiskFolder();
  const args = [...HTTP, "--out", "x", "download", "--", ...NASTY, "fol der"];
  const { code, stdout, stderr } = await runClient(server.port, args, {
    cwd: here.path,
  });
  assertEquals([code, stderr], [0, ""]);
  assertMatch(stdout, new RegExp(`^${NASTY.length + 1} files`));
  assertSameTrees(here.at("x"), server.folder);
  await runClient(server.port, [...HTTP, "download", "50%.txt"], {
    cwd: here.path,
  });
  assertSameFile(here.at("client_50%.txt"), `${server.folder}/50%.txt`);
});

/** What differs from run to run: dates, rates, durations. */
function withoutTimes(text: string): string {
  return text.replace(/in [\d.]+ m?s \([^)]*\)/g, "in TIME");
}

Deno.test("client.ts --protocol http prints what the wire protocol prints, and ends with the same code", async () => {
  const files = { "a": "hello", "sub/b c": "x", "empty": "" };
  await using server = await startServer({ files });
  for (
    const [args, code] of [
      [["list"], 0],
      [["list", "sub"], 0],
      [["list", "a", "sub/b c"], 0],
      [["list", "--json"], 0],
      [["list", "nowhere"], 3],
      [["list", "a/b"], 3],
      [["list", ""], 2],
      [["download", "a"], 0],
      [["download", "empty", "sub"], 0],
      [["download", "nowhere"], 3],
      [["download", "a/b"], 3],
      [["download", ".hidden"], 3],
      [["download", "%61"], 3],
      [["download", "a?list"], 3],
      [["download", "../a"], 2],
      [["--client-id", "7", "download", "a"], 0],
      [["--out", "x", "--json"], 0],
    ] as const
  ) {
    const [wire, http] = await Promise.all([[], HTTP].map(async (protocol) => {
      using here = new DiskFolder();
      const output = await runClient(server.port, [...protocol, ...args], {
        cwd: here.path,
      });
      return {
        code: output.code,
        stderr: output.stderr,
        // In the order in which the connections bring them.
        stdout: withoutTimes(output.stdout).split("\n").sort(),
        files: filesBelow(here.path),
      };
    }));
    assertEquals(http, wire);
    assertEquals(http?.code, code, args.join(" "));
  }
});

Deno.test("client.ts --protocol http ends with 5 when nothing listens there", async () => {
  const { code, stderr } = await runClient(NOBODYS_PORT, [...HTTP, "list"]);
  assertEquals(code, 5);
  assertMatch(stderr, /^client\.ts: Cannot connect to .*nothing listens there/);
});

Deno.test("client.ts --protocol http ends with 5 and a sentence for a server of another kind", async () => {
  // security.md L2.
  for (
    const answer of [
      "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 15\r\n\r\n<!DOCTYPE html>",
      "HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<!DOCTYPE html>",
      "HTTP/1.1 503 Busy\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
      "ERR bad-request Not here\n",
      "SSH-2.0-OpenSSH_9\r\n",
      "\x1b[2J\x9b31m\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\nx",
      `HTTP/1.1 200 ${"x".repeat(40_000)}`,
      undefined,
    ]
  ) {
    await using server = new ScriptedServer((line) =>
      line.startsWith("GET ") ? answer : ""
    );
    using here = new DiskFolder();
    const args = [...HTTP, "--retries", "0", "--out", here.at("in")];
    const { code, stderr } = await runClient(server.port, args);
    assertEquals([code, filesBelow(here.path)], [5, []], `${answer}`);
    assertMatch(stderr, /^client\.ts: [^\n]+\n$/);
    assert(!/[\x00-\x09\x1b\x9b]/.test(stderr), stderr);
  }
});

Deno.test("client.ts --protocol http tells what a server refuses, with nothing that drives the terminal", async () => {
  // security.md L2.
  const text = "\x1b[2J\u202e\u200b\r";
  const bytes = new TextEncoder().encode(text).length;
  for (const [status, code] of [[403, 4], [404, 3], [500, 1], [503, 5]]) {
    await using server = new ScriptedServer((line) =>
      line.startsWith("GET ")
        ? `HTTP/1.1 ${status} x\r\nContent-Length: ${bytes}\r\n\r\n${text}`
        : ""
    );
    const output = await runClient(server.port, [...HTTP, "list"]);
    assertEquals([output.code, output.stdout], [code, ""]);
    assert(!/[\x1b\u202e\u200b\r]/.test(output.stderr), output.stderr);
  }
});

Deno.test("client.ts tells at once what cannot be done over HTTP, and ends with 2", async () => {
  for (
    const [args, sentence] of [
      [["upload", "a"], /list and download; upload needs --protocol wire/],
      [["run", "ls"], /run needs --protocol wire/],
      [["echo", "a"], /echo needs --protocol wire/],
      [[], /There is no prompt over HTTP/],
      [["landline://localhost/", "list"], /for HTTP the address is http:/],
    ] as const
  ) {
    const { code, stdout, stderr } = await runClient(1, [...HTTP, ...args]);
    assertEquals([code, stdout], [2, ""], args.join(" "));
    assertMatch(stderr, sentence);
    assertMatch(stderr, /^client\.ts: .*\nTry --help\.\n$/);
  }
});

Deno.test("client.ts --protocol http works with the permissions that README names, and asks for no other", async () => {
  await using server = await startServer({ files: FILES });
  using here = new DiskFolder();
  const denoArgs = [
    "--no-prompt",
    "--allow-net",
    "--allow-read",
    "--allow-write",
  ];
  const args = [...HTTP, "--parallel", "3", "--verify", "sha256"];
  const { code, stderr } = await runClient(server.port, args, {
    cwd: here.path,
    denoArgs,
  });
  assertEquals([code, stderr], [0, ""]);
  assertSameTrees(here.at("received"), server.folder);
});

Deno.test("client.ts --protocol http --compare measures over HTTP", async () => {
  await using server = await startServer({ files: { a: patterned(10_000) } });
  using here = new DiskFolder();
  const { code, stdout } = await runClient(
    server.port,
    [...HTTP, "--compare", "--parallel", "3"],
    { cwd: here.path },
  );
  assertEquals(code, 0);
  assertMatch(stdout, /3 connections are \d+\.\d\d x as fast as one\.\n$/);
});

interface Module {
  readonly specifier: string;
  readonly dependencies?: readonly {
    readonly code?: { readonly specifier?: string };
    readonly isDynamic?: boolean;
  }[];
}

Deno.test("client.ts loads nothing of HTTP for the wire protocol, and nothing of that for HTTP", async () => {
  // Each module is some tenths of a millisecond of every start.
  const root = new URL("../", import.meta.url).href;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", fromFileUrl(`${root}client.ts`)],
  }).output();
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as {
    modules: readonly Module[];
  };
  const loadedBy = (...entries: string[]): string[] => {
    const loaded = new Set(entries.map((entry) => root + entry));
    for (const specifier of loaded) {
      const found = modules.find((module) => module.specifier === specifier);
      for (const { code, isDynamic } of found?.dependencies ?? []) {
        if (code?.specifier && !isDynamic) loaded.add(code.specifier);
      }
    }
    return [...loaded].map((specifier) => specifier.replace(root, ""));
  };
  const always = loadedBy(
    "client.ts",
    "lib/programs/client/download.ts",
    "lib/programs/client/fetch.ts",
  );
  const isOf = (path: string) => (name: string) => name.startsWith(path);
  assert(always.length > 30 && always.includes("lib/drivers/fetch_job.ts"));
  assertEquals(always.filter(isOf("lib/http/")), []);
  assertEquals(always.filter(isOf("lib/wire/")), []);
  const http = loadedBy("lib/drivers/http_link.ts");
  assert(http.includes("lib/http/client_connection.ts"));
  // How words `key=value` are written is the same in both.
  assertEquals(http.filter(isOf("lib/wire/")), ["lib/wire/reply.ts"]);
});
