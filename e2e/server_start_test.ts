import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { qrCode } from "../lib/cli/qr.ts";
import { serverOutput, startServer } from "../lib/testing/servers.ts";
import { textOf } from "../lib/testing/wire_peer.ts";

Deno.test("server.ts --port 0 tells its port and answers there, on IPv4 and IPv6", async () => {
  await using server = await startServer({ files: { "a.txt": "hello" } });
  for (const hostname of ["127.0.0.1", "::1"]) {
    using peer = await server.connect(hostname);
    const { line, body } = await peer.ask("send filelist");
    assertEquals([line, textOf(body)], ["OK 6", "a.txt\n"]);
    const authority = `${
      hostname === "::1" ? "[::1]" : hostname
    }:${server.port}`;
    assertMatch(
      server.stdout.text.replaceAll(authority, "HERE"),
      /^ {2}http:\/\/HERE\/ +landline:\/\/HERE\/$/m,
    );
  }
  assertStringIncludes(server.stdout.text, "read-only");
});

Deno.test("server.ts prints one sentence and exits with 1 when its port is in use", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr;
  for (const more of [[], ["--workers", "2"], ["--bind", "127.0.0.1"]]) {
    assertEquals(await serverOutput("--port", String(port), ...more), {
      code: 1,
      stdout: "",
      stderr:
        `server.ts: Port ${port} is in use by another program. Choose another with --port, or --port 0 for any free one.\n`,
    });
  }
});

Deno.test("server.ts does not share its port with another server.ts, whatever their --workers", async () => {
  await using server = await startServer({ args: ["--workers", "2"] });
  for (const workers of ["1", "2"]) {
    const { code, stdout, stderr } = await serverOutput(
      "--port",
      String(server.port),
      "--workers",
      workers,
    );
    assertEquals([code, stdout], [1, ""]);
    assertStringIncludes(stderr, "is in use");
  }
});

Deno.test("server.ts --allow-upload DIR serves DIR", async () => {
  await using server = await startServer({
    args: ["--allow-upload"],
    files: { "here.txt": "" },
    cwd: "/",
  });
  using peer = await server.connect();
  assertEquals(textOf((await peer.ask("send filelist")).body), "here.txt\n");
  await peer.send("upload 2 new.txt\nhi");
  await peer.answer();
  assertEquals(Deno.readTextFileSync(`${server.folder}/new.txt`), "hi");
  assertStringIncludes(server.stdout.text, "uploads allowed");
});

Deno.test("server.ts --bind narrows where it can be reached", async () => {
  await using server = await startServer({ args: ["--bind", "::1"] });
  (await server.connect("::1")).close();
  await assertRejects(() => server.connect("127.0.0.1"));
  assert(!server.stdout.text.includes("127.0.0.1"));
});

Deno.test("server.ts --workers 2 serves from both threads, and stops", async () => {
  await using server = await startServer({
    args: ["--workers", "2"],
    files: { "a.txt": "hello" },
  });
  const peers = await Promise.all(
    Array.from({ length: 40 }, () => server.connect()),
  );
  try {
    for (const peer of peers) {
      assertEquals(textOf((await peer.ask("download a.txt")).body), "hello");
    }
  } finally {
    for (const peer of peers) peer.close();
  }
  assertEquals((await server.stop()).code, 0);
});

Deno.test("server.ts says in a sentence what is wrong with its command line, without a stack", async () => {
  const CASES: [string[], number, RegExp][] = [
    [["/nowhere/at/all"], 3, /Cannot serve "\/nowhere\/at\/all": No such/],
    [["a", "b"], 2, /Only one folder/],
    [["--prot", "1"], 2, /--port/],
    [["--allow-run", "no-such-program"], 2, /no such program/],
    [["--allow-run", ","], 2, /Cannot allow ""/],
    [["--header", "X-A: b\r\nX-B: c"], 2, /b\\r\\nX-B/],
    [["--header", "Content-Length: 0"], 2, /cannot say Content-Length/],
    [["--index", "../x"], 2, /--index is the name of a file/],
    [["--allow-host", "http://x/"], 2, /--allow-host is a host's name/],
    [["--log", "apache"], 2, /off, text, common, combined, json/],
  ];
  for (const [args, code, pattern] of CASES) {
    const output = await serverOutput("--port", "0", ...args);
    assertEquals([output.code, output.stdout], [code, ""], args.join(" "));
    assertMatch(output.stderr, pattern);
    assert(!/^\s+at |file:\/\//m.test(output.stderr), output.stderr);
  }
});

Deno.test("server.ts --qr draws the address below the start-up text, without escapes in a pipe", async () => {
  await using server = await startServer({ args: ["--qr", "-b", "127.0.0.1"] });
  const url = `http://127.0.0.1:${server.port}/`;
  const [text] = await server.stdout.until(new RegExp(`\n${url}\n`));
  assertEquals(text, `\n${url}\n`);
  const code = server.stdout.text.slice(
    server.stdout.text.indexOf("Ctrl-C.\n"),
  );
  assertEquals(
    code,
    `Ctrl-C.\n${await qrCode(url, false)}${url}\n`,
  );
});
