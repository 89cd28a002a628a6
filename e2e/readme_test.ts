/**
 * Runs the command lines of README.md as they stand there, but for the ports, which are free ones, and the two `npx` lines,
 * which .ci/run runs.
 */

import { assert, assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { makePictures, planPictures } from "../testdata/pictures.ts";
import { within } from "../lib/testing/within.ts";

const PROJECT = fromFileUrl(new URL("..", import.meta.url));
const README = await Deno.readTextFile(join(PROJECT, "README.md"));

/** The lines of all `sh` blocks, in order, without comments. */
const LINES = [...README.matchAll(/^```sh\n(.*?)^```$/gms)]
  .flatMap(([, block = ""]) => block.split("\n"))
  .map((line) => line.replace(/ +#.*$/, ""))
  .filter((line) => line !== "" && !line.startsWith("npx "));

/** What runs until it is stopped: servers, trackers, and peers that are given no command. */
const STAYS = /server\.ts|tracker\.ts|peer\.ts --/;

Deno.test("README.md: every command line does what a reader expects of it", async () => {
  const folder = await Deno.makeTempDir({ prefix: "landline-readme-" });
  const site = new Site(folder);
  try {
    await site.prepare();
    for (const line of LINES) {
      if (STAYS.test(line)) await site.start(line);
      else await site.run(line);
    }
    for (const made of MADE) assert(await isFile(join(folder, made)), made);
  } finally {
    await site.close();
    await Deno.remove(folder, { recursive: true });
  }
});

/** What the lines leave behind. */
const MADE = [
  "received/picture_003.png",
  "client_picture_001.png",
  "received_picture_001_7.png",
  "copies/picture_002.png",
  "compare.svg",
  "picture.png",
  "inbox/README.md",
  "picture_001.png",
  "inbox/LICENSE",
  "inbox/ARCHITECTURE.md",
  "there/LICENSE",
];

Deno.test("README.md: the two commands for new users are those that .ci/run runs", async () => {
  const ci = await Deno.readTextFile(join(PROJECT, ".ci", "run"));
  for (const task of ["demo", "test"]) {
    assert(README.includes(`npx -y deno@2.9.6 task ${task}`));
    assert(ci.includes(`npx -y deno@$version task ${task}`));
  }
  assert(ci.includes("version=2.9.6"));
});

/** A folder that looks like a fresh clone, with a few pictures, and the servers that were started in it. */
class Site {
  readonly #folder: string;
  readonly #servers: Deno.ChildProcess[] = [];
  /** The port that stands in the README -> the one it got. */
  readonly #ports = new Map<string, string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async prepare(): Promise<void> {
    for (
      const name of [
        "server.ts",
        "client.ts",
        "chat_server.ts",
        "chat_client.ts",
        "tracker.ts",
        "peer.ts",
        "lib",
        "deno.json",
        "deno.lock",
        "web",
        "README.md",
        "ARCHITECTURE.md",
        "LICENSE",
      ]
    ) {
      await Deno.symlink(join(PROJECT, name), join(this.#folder, name));
    }
    await Deno.mkdir(join(this.#folder, "testdata", "pictures"), {
      recursive: true,
    });
    // The lines name the first two.
    const pictures = join(this.#folder, "testdata", "pictures");
    await makePictures(pictures, planPictures().slice(0, 3));
  }

  /** Starts a server, on a free port in place of the one on `line`. */
  async start(line: string): Promise<void> {
    const port = /--port (\d+)/.exec(line)?.[1];
    const child = this.#shell(
      port === undefined
        ? this.#withPort(line)
        : line.replace(`--port ${port}`, "--port 0 --log off"),
      "exec ",
    );
    this.#servers.push(child);
    const reader = child.stdout.pipeThrough(new TextDecoderStream())
      .getReader();
    let text = "";
    while (!/\bport \d+\b.*\n/.test(text)) {
      const { value, done } = await within(line, reader.read());
      assert(!done, `${line}: ended`);
      text += value;
    }
    if (port !== undefined) {
      this.#ports.set(port, /\bport (\d+)\b/.exec(text)![1]!);
    }
    await reader.cancel();
  }

  /** Runs a line to its end; its exit code is 0. */
  async run(line: string): Promise<void> {
    if (line.includes("| nc ") && !await has("nc")) return;
    if (line.startsWith("curl ") && !await has("curl")) return;
    const command = /client\.ts|nc |curl /.test(line)
      ? this.#withPort(line)
      : line;
    const { code, stderr } = await within(line, this.#shell(command).output());
    assertEquals(code, 0, `${command}\n${new TextDecoder().decode(stderr)}`);
  }

  #withPort(line: string): string {
    const [port = "5000"] = /(?<=--port |localhost[ :]|\]:)\d+/.exec(line) ??
      [];
    const actual = this.#ports.get(port);
    assert(actual !== undefined, `${line}: no server was started on ${port}`);
    return line.includes(port)
      ? line.replace(port, actual)
      : line.replace("client.ts", `client.ts --port ${actual}`);
  }

  async close(): Promise<void> {
    for (const server of this.#servers) {
      server.kill("SIGTERM");
      await server.status;
    }
  }

  #shell(line: string, before = ""): Deno.ChildProcess {
    const deno = line.replaceAll(/(?<=^|\| )deno /g, `'${Deno.execPath()}' `);
    return new Deno.Command("sh", {
      args: ["-c", before + deno],
      cwd: this.#folder,
      stdin: "null",
      stdout: "piped",
      stderr: before === "" ? "piped" : "null",
    }).spawn();
  }
}

async function isFile(path: string): Promise<boolean> {
  const info = await Deno.stat(path).catch(() => undefined);
  return info?.isFile ?? false;
}

async function has(program: string): Promise<boolean> {
  const { success } = await new Deno.Command("sh", {
    args: ["-c", `command -v ${program}`],
    stdout: "null",
  }).output();
  return success;
}
