/**
 * The real server.ts, started as a user starts it: a process of its own on a free port, serving a folder of its own.
 *
 * @module
 */

import { fromFileUrl } from "@std/path";
import { TcpChannel } from "../io/channel.ts";
import { eventually, within } from "./within.ts";
import { WirePeer } from "./wire_peer.ts";

/** How to start it. */
export interface ServerOptions {
  /** Flags, beside `--port`. */
  readonly args?: readonly string[];
  /** Of a server that is started again. Default: any free one. */
  readonly port?: number;
  /** Serve this folder, and leave it there. Default: a new one, removed at the end. */
  readonly folder?: string;
  /** Written into the folder first; names may have `/`. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** Words in front of the command: `["sh", "-c", 'ulimit -n 64; exec "$@"', "sh"]`. */
  readonly prefix?: readonly string[];
  /** Where it is started. Default: the folder it serves. */
  readonly cwd?: string;
  /** Leave its stderr unread, as a log that nobody reads. */
  readonly ignoreStderr?: boolean;
  /** Permissions and switches of `deno run`. Default: `-A`. */
  readonly denoArgs?: readonly string[];
}

const SERVER = fromFileUrl(new URL("../../server.ts", import.meta.url));

/** Starts it, and waits until it says on which port. */
export async function startServer(
  options: ServerOptions = {},
): Promise<TestServer> {
  const ownFolder = options.folder === undefined
    ? await Deno.makeTempDir({ prefix: "landline-test-" })
    : undefined;
  const folder = await Deno.realPath(options.folder ?? ownFolder!);
  await writeFiles(folder, options.files ?? {});
  const [command = "", ...args] = [
    ...options.prefix ?? [],
    Deno.execPath(),
    "run",
    ...options.denoArgs ?? ["-A"],
    SERVER,
    "--port",
    `${options.port ?? 0}`,
    ...options.args ?? [],
    folder,
  ];
  const child = new Deno.Command(command, {
    args,
    cwd: options.cwd ?? folder,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const server = new TestServer(child, folder, ownFolder, options);
  try {
    await server.started();
    return server;
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

/** Starts it with just `args`, where it cannot start, and tells how it ended. */
export async function serverOutput(
  ...args: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", SERVER, ...args],
    stdin: "null",
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) =>
    new TextDecoder().decode(bytes)
  );
  return { code, stdout: out ?? "", stderr: err ?? "" };
}

/** Writes `files` into `folder`, with the folders that they need. */
async function writeFiles(
  folder: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const path = `${folder}/${name}`;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await (typeof content === "string"
      ? Deno.writeTextFile(path, content)
      : Deno.writeFile(path, content));
  }
}

/** A server that runs; `await using` stops it and removes its folder. */
export class TestServer {
  /** The folder that it serves, absolute. */
  readonly folder: string;
  readonly stdout: TextWatch;
  readonly stderr: TextWatch;
  /** How the process ended. */
  readonly ended: Promise<Deno.CommandStatus>;
  readonly #child: Deno.ChildProcess;
  readonly #ownFolder: string | undefined;
  #port = 0;

  constructor(
    child: Deno.ChildProcess,
    folder: string,
    ownFolder: string | undefined,
    options: ServerOptions,
  ) {
    this.#child = child;
    this.folder = folder;
    this.#ownFolder = ownFolder;
    this.stdout = new TextWatch("stdout", child.stdout);
    this.stderr = new TextWatch("stderr", child.stderr, options.ignoreStderr);
    this.ended = child.status;
  }

  get port(): number {
    return this.#port;
  }

  /** Of the process. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Waits for the line that tells the port. */
  async started(): Promise<void> {
    try {
      const [, port] = await this.stdout.until(/ port (\d+)[\s\S]*\n/);
      this.#port = Number(port);
    } catch (error) {
      throw new Error(`The server did not start: ${this.stderr.text}`, {
        cause: error,
      });
    }
  }

  /** A new connection; the caller closes it. */
  async connect(hostname = "127.0.0.1"): Promise<WirePeer> {
    return new WirePeer(await TcpChannel.connect(hostname, this.#port, 10_000));
  }

  /** Its resident memory now, in bytes (Linux). */
  async residentBytes(): Promise<number> {
    const status = await Deno.readTextFile(`/proc/${this.pid}/status`);
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
  }

  /** Processor time that it has used, in milliseconds (Linux). */
  async cpuMs(): Promise<number> {
    const stat = await Deno.readTextFile(`/proc/${this.pid}/stat`);
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // utime and stime, in ticks of 10 ms.
    return (Number(fields[11]) + Number(fields[12])) * 10;
  }

  /** The bytes of the file `name` in its folder. */
  contentOf(name: string): Uint8Array {
    return Deno.readFileSync(`${this.folder}/${name}`);
  }

  /** What is directly in `folder` of its folder, sorted. */
  namesIn(folder = ""): string[] {
    return [...Deno.readDirSync(`${this.folder}/${folder}`)]
      .map(({ name }) => name).sort();
  }

  /** Its open descriptors now (Linux). */
  openDescriptors(): number {
    return [...Deno.readDirSync(`/proc/${this.pid}/fd`)].length;
  }

  /** Waits until it takes no more connections. */
  async untilDeaf(): Promise<void> {
    await eventually("the server to stop listening", async () => {
      try {
        (await this.connect()).close();
        return false;
      } catch {
        return true;
      }
    });
  }

  /** Sends it `signal`. */
  signal(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Ends it with SIGTERM, and tells how it ended. */
  async stop(): Promise<Deno.CommandStatus> {
    this.signal("SIGTERM");
    return await within("the server to stop", this.ended);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.ended;
    await this.stdout.close();
    await this.stderr.close();
    if (this.#ownFolder !== undefined) {
      await Deno.remove(this.#ownFolder, { recursive: true });
    }
  }
}

/** The text of a stream, as it comes. */
export class TextWatch {
  /** All that has come. */
  text = "";
  readonly #what: string;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #reading: Promise<void>;
  #changed = Promise.withResolvers<void>();
  #ended = false;

  constructor(
    what: string,
    stream: ReadableStream<Uint8Array>,
    ignored = false,
  ) {
    this.#what = what;
    this.#reader = stream.getReader();
    this.#reading = ignored ? Promise.resolve() : this.#read();
  }

  /** Waits until the text matches `pattern`. */
  until(pattern: RegExp): Promise<RegExpExecArray> {
    return within(`${pattern} on ${this.#what}`, this.#until(pattern));
  }

  /** Begins to read a stream that was left unread. */
  resume(): void {
    this.#reading = this.#read();
  }

  /** Waits for the end of the text. */
  async whole(): Promise<string> {
    await this.#reading;
    return this.text;
  }

  async close(): Promise<void> {
    await this.#reader.cancel();
    await this.#reading;
  }

  async #until(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.text);
      if (found !== null) return found;
      if (this.#ended) {
        throw new Error(`${this.#what} ended without ${pattern}: ${this.text}`);
      }
      await this.#changed.promise;
    }
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    for (;;) {
      const { done, value } = await this.#reader.read();
      if (value !== undefined) {
        this.text += decoder.decode(value, { stream: true });
      }
      this.#ended = done;
      this.#changed.resolve();
      this.#changed = Promise.withResolvers();
      if (done) return;
    }
  }
}
