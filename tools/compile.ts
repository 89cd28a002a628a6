/**
 * `deno task compile`: a standalone program of each entry script, in dist/.
 *
 * `deno compile` puts the scripts behind a base binary (`denort`) that it downloads. Where that cannot be had, the build is
 * proved with a stand-in, the deno binary itself: type check, module graph and embedding are done, but the result does not
 * run, and this says so.
 *
 * @module
 */

import { fromFileUrl, join } from "@std/path";

const PROJECT = fromFileUrl(new URL("..", import.meta.url));

/**
 * Permissions are baked in. A binary has to serve all flags of its program, so it has those that any of them needs; who
 * wants the sandbox narrow runs the script (README, "Permissions").
 */
const PROGRAMS: readonly {
  readonly name: string;
  readonly args: readonly string[];
}[] = [
  {
    name: "server",
    args: [
      "--allow-net",
      "--allow-read",
      "--allow-write",
      "--allow-run",
      "--allow-env=PATH",
      "--allow-sys",
    ],
  },
  {
    name: "client",
    args: ["--allow-net", "--allow-read", "--allow-write", "--allow-env"],
  },
  {
    name: "chat_server",
    // --data keeps what is said.
    args: ["--allow-net", "--allow-read", "--allow-write", "--allow-sys"],
  },
  { name: "chat_client", args: ["--allow-net", "--allow-env"] },
  {
    name: "tracker",
    // --data keeps the state.
    args: ["--allow-net", "--allow-read", "--allow-write", "--allow-sys"],
  },
  {
    name: "peer",
    args: ["--allow-net", "--allow-read", "--allow-write", "--allow-sys"],
  },
];

/** Modules that no import names: threads. */
const INCLUDED = ["lib/programs/file_server_thread.ts"];

async function compile(
  name: string,
  args: readonly string[],
  base?: string,
): Promise<Deno.CommandOutput> {
  const output = join(PROJECT, "dist", `landline-${name}`);
  const include = INCLUDED.flatMap((
    path,
  ) => ["--include", join(PROJECT, path)]);
  return await new Deno.Command(Deno.execPath(), {
    args: [
      "compile",
      "--quiet",
      "--no-prompt",
      ...args,
      ...include,
      "--output",
      output,
      join(PROJECT, `${name}.ts`),
    ],
    env: base === undefined ? {} : { DENORT_BIN: base },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text + "\n"));
}

for (const { name, args } of PROGRAMS) {
  const real = await compile(name, args);
  if (real.success) {
    const help = await new Deno.Command(
      join(PROJECT, "dist", `landline-${name}`),
      { args: ["--help"] },
    ).output();
    say(
      help.success
        ? `dist/landline-${name}: built, and --help runs`
        : `dist/landline-${name}: built, but does not run`,
    );
    if (!help.success) Deno.exit(1);
    continue;
  }
  const standIn = await compile(name, args, Deno.execPath());
  if (!standIn.success) {
    Deno.stderr.writeSync(standIn.stderr);
    Deno.exit(1);
  }
  say(
    `dist/landline-${name}: built with a stand-in base but NOT run (the real base, denort, cannot be downloaded here)`,
  );
}
