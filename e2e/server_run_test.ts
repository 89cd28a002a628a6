import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { startServer, type TestServer } from "../lib/testing/servers.ts";
import { eventually } from "../lib/testing/within.ts";
import { textOf } from "../lib/testing/wire_peer.ts";

const ALLOWED = [
  "--allow-run",
  "ls,uname *,sleep *,yes,cat nothing,sh",
];

/** Which processes run is read from /proc. */
const WITH_PROC = { ignore: Deno.build.os !== "linux" };

Deno.test("server.ts runs what is allowed in its folder, and streams what it prints", async () => {
  await using server = await startServer({
    args: ALLOWED,
    files: { "b.txt": "", "a.txt": "" },
  });
  assertStringIncludes(server.stdout.text, "may run: ls,uname *,sleep *");
  using peer = await server.connect();
  const ls = await peer.ask("run ls");
  assertEquals([textOf(ls.body), ls.line], ["a.txt\nb.txt\n", "END exit=0"]);
  const uname = await peer.ask("run uname -s -m");
  assertEquals(
    textOf(uname.body).split(" ")[0],
    Deno.build.os === "darwin" ? "Darwin" : "Linux",
  );
  const cat = await peer.ask("run cat nothing");
  assertEquals(cat.line, "END exit=1");
  assertEquals(cat.frames[0]?.line.split(" ")[2], "stream=stderr");
  assertStringIncludes(textOf(cat.body), "nothing");
  // Its input is at its end, so a program that asks for some does not wait.
  assertEquals((await peer.ask("run sh")).line, "END exit=0");
  await server.stderr.until(/"run uname -s -m" ok \d+ /);
});

Deno.test("server.ts gives everything that is not allowed the same answer, and runs nothing of it", async () => {
  // security.md C1.
  await using server = await startServer({ args: ALLOWED });
  using peer = await server.connect();
  const evil = `touch ${server.folder}/evil`;
  const answers = new Set<string>();
  for (
    const line of [
      evil,
      `ls;${evil}`,
      `ls; ${evil}`,
      `ls && ${evil}`,
      `ls|${evil}`,
      `ls $(${evil})`,
      `ls \`${evil}\``,
      `sh -c ${evil}`,
      `/bin/sh`,
      `../../bin/ls`,
      "ls\t-la",
      "ls -la",
      "lsx",
      "no-such-program",
    ]
  ) answers.add((await peer.ask(`run ${line}`)).line);
  assertEquals([...answers], [
    "ERR not-allowed That command is not allowed here",
  ]);
  // What is added to an open entry is an argument, whatever it looks like.
  const { body } = await peer.ask(`run uname ;${evil}`);
  assertStringIncludes(textOf(body), ";touch");
  assertEquals([...Deno.readDirSync(server.folder)].length, 0);
});

Deno.test("server.ts runs nothing unless it was told to", async () => {
  await using server = await startServer();
  using peer = await server.connect();
  assertEquals(
    (await peer.ask("run ls")).line,
    "ERR not-allowed That command is not allowed here",
  );
});

Deno.test(
  "server.ts kills a program whose client vanishes, silent or printing",
  WITH_PROC,
  async () => {
    await using server = await startServer({ args: ALLOWED });
    for (const line of ["run sleep 1000", "run yes"]) {
      const peer = await server.connect();
      await peer.send(line + "\n");
      await eventually("the program", () => childrenOf(server).length === 1);
      peer.close();
      await eventually("its end", () => childrenOf(server).length === 0);
      await server.stderr.until(new RegExp(`"${line}" gone `));
    }
  },
);

Deno.test(
  "server.ts kills a program that takes too long or prints too much, and tells why",
  WITH_PROC,
  async () => {
    await using server = await startServer({
      args: [...ALLOWED, "--run-seconds", "0.2", "--run-output", "10K"],
    });
    using peer = await server.connect();
    const slow = await peer.ask("run sleep 1000");
    assertStringIncludes(slow.line, "signal=SIGKILL reason=time-limit");
    const long = await peer.ask("run yes");
    assertEquals(long.body.length, 10 * 1024);
    assertStringIncludes(long.line, "reason=output-limit");
    assertEquals(childrenOf(server), []);
  },
);

Deno.test(
  "server.ts runs --run-at-once programs at once, and tells the next that it is busy",
  WITH_PROC,
  async () => {
    await using server = await startServer({
      args: [...ALLOWED, "--run-at-once", "1"],
    });
    using first = await server.connect();
    await first.send("run sleep 1000\n");
    await eventually("the program", () => childrenOf(server).length === 1);
    using second = await server.connect();
    assertStringIncludes((await second.ask("run ls")).line, "ERR busy ");
    assertEquals(textOf((await second.ask("echo on")).body), "on\n");
    first.close();
    await eventually("its end", () => childrenOf(server).length === 0);
    await eventually(
      "its place",
      async () => (await second.ask("run ls")).line === "END exit=0",
    );
  },
);

Deno.test("server.ts refuses to allow a program that lies in the folder that takes uploads", async () => {
  await using server = await startServer({ files: { tool: "#!/bin/sh\n" } });
  const tool = `${server.folder}/tool`;
  Deno.chmodSync(tool, 0o755);
  const args = ["--allow-upload", "--allow-run", tool];
  let message = "";
  try {
    await using other = await startServer({ args, folder: server.folder });
    message = other.stdout.text;
  } catch (error) {
    assert(error instanceof Error);
    message = error.message;
  }
  assertStringIncludes(message, "lies in the folder that takes uploads");
});

/** What the server has started and has not ended. */
function childrenOf(server: TestServer): string[] {
  const pids: string[] = [];
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = Deno.readTextFileSync(`/proc/${name}/stat`);
      const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (Number(parent) === server.pid && state !== "Z") pids.push(name);
    } catch {
      // It has ended meanwhile.
    }
  }
  return pids;
}
