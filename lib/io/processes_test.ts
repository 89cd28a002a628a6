import { assert, assertEquals } from "@std/assert";
import { DiskFolder } from "../testing/disk_folder.ts";
import { within } from "../testing/within.ts";
import { findProgram, LocalProcesses } from "./processes.ts";

const PATH = "/usr/bin:/bin";

async function outputOf(
  processes: LocalProcesses,
  program: string,
  ...args: string[]
) {
  const child = processes.start(findProgram(program, PATH)!, args);
  const [out, err, status] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.ended,
  ]);
  return { out, err, ...status };
}

Deno.test("LocalProcesses runs a program in its folder, without our environment, without input", async () => {
  using folder = new DiskFolder();
  const processes = new LocalProcesses(folder.path, PATH);
  Deno.env.set("LANDLINE_TEST_SECRET", "secret");
  try {
    assertEquals((await outputOf(processes, "pwd")).out, folder.path + "\n");
    const { out } = await outputOf(processes, "env");
    const names = out.trim().split("\n").map((line) => line.split("=")[0]);
    assertEquals(
      names.filter((name) => name !== "PWD" && name !== "_").sort(),
      ["LANG", "PATH"],
    );
    assertEquals((await outputOf(processes, "cat")).out, "");
  } finally {
    Deno.env.delete("LANDLINE_TEST_SECRET");
  }
});

Deno.test("LocalProcesses passes arguments on without a shell, and gives both streams and the status", async () => {
  using folder = new DiskFolder();
  const processes = new LocalProcesses(folder.path, PATH);
  const words = ["$HOME", "*", ";id", "`id`", "a'b"];
  assertEquals(
    (await outputOf(processes, "echo", ...words)).out,
    words.join(" ") + "\n",
  );
  const { out, err, code, signal } = await outputOf(
    processes,
    "ls",
    "/nowhere",
  );
  assertEquals([out, code, signal], ["", 2, undefined]);
  assert(err.includes("/nowhere"));
});

Deno.test("LocalProcesses kills a program and everything it has started", async () => {
  using folder = new DiskFolder();
  folder.write("go", "#!/bin/sh\nsleep 1000 & echo $!\nwait\n");
  Deno.chmodSync(folder.at("go"), 0o755);
  const child = new LocalProcesses(folder.path, PATH).start(
    folder.at("go"),
    [],
  );
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  const grandchild = Number(new TextDecoder().decode(value));
  child.kill();
  const { signal } = await within("the program to die", child.ended);
  assertEquals(signal, "SIGKILL");
  // The pipe is at its end when the last process that holds it is dead.
  assertEquals((await within("its child to die", reader.read())).done, true);
  assert(!isRunning(grandchild));
  await child.stderr.cancel();
  child.kill();
});

Deno.test("findProgram looks only into absolute folders of the search path, and gives an absolute path", () => {
  using folder = new DiskFolder();
  folder.write("bin/tool", "");
  folder.write("bin/folder/x", "");
  const bin = folder.at("bin");
  assertEquals(findProgram("tool", `/none:${bin}`), `${bin}/tool`);
  assertEquals(findProgram(`${bin}/tool`, ""), `${bin}/tool`);
  // Tests run in the project's folder, where this file is.
  assert(Deno.statSync("lib/errors.ts").isFile);
  for (const path of ["lib", "./lib", "../x:lib", "lib:"]) {
    assertEquals(findProgram("errors.ts", path), undefined);
  }
  assertEquals(findProgram("folder", bin), undefined);
  assertEquals(findProgram("none", bin), undefined);
  assertEquals(findProgram(`${bin}/none`, bin), undefined);
});

function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch {
    return false;
  }
}
