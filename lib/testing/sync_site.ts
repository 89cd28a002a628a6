/**
 * A tracker and some peers with a folder each, as real processes: what tests of faults do to them, and what has to be true
 * when all is well again.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { connectToPeer } from "../programs/peer/connect.ts";
import type {
  ControlRequest,
  ControlResults,
  PeerStatus,
} from "../sync/control_messages.ts";
import { DiskFolder } from "./disk_folder.ts";
import { peerCommand, startPeer, startTracker } from "./peers.ts";
import type { Listening } from "./program_process.ts";
import { ownPort } from "./ports.ts";
import { eventually, within } from "./within.ts";
import { filesBelow } from "./trees.ts";
import { assertSameBytes } from "./content.ts";

/** How a peer of a site is started. */
export interface SitePeerOptions {
  readonly args?: readonly string[];
  /** Its folder, if it is not one of the site's. */
  readonly folder?: string;
}

/** `await using` ends all of it and removes the folders. */
export class SyncSite implements AsyncDisposable {
  readonly peers: SitePeer[] = [];
  readonly #disk = new DiskFolder();
  readonly #trackerArgs: readonly string[];
  #tracker: Listening | undefined;
  readonly #port = ownPort();

  private constructor(trackerArgs: readonly string[]) {
    this.#trackerArgs = trackerArgs;
  }

  /** @param args flags of the tracker; in them `DATA` is a folder for it */
  static async start(...args: string[]): Promise<SyncSite> {
    const site = new SyncSite(args);
    await site.startTracker();
    return site;
  }

  /** The port of the tracker, always the same. */
  get port(): number {
    return this.#port;
  }

  /** Starts the tracker, where it was before. */
  async startTracker(): Promise<void> {
    const data = this.#disk.at("tracker");
    const args = this.#trackerArgs.map((arg) => arg === "DATA" ? data : arg);
    this.#tracker = await startTracker("--port", `${this.#port}`, ...args);
  }

  /** Ends the tracker as `kill -9` does. */
  async killTracker(): Promise<void> {
    await this.#tracker?.kill();
    await this.#tracker?.[Symbol.asyncDispose]();
    this.#tracker = undefined;
  }

  /** A peer with an empty folder; it does not run yet. */
  peer(name: string, options: SitePeerOptions = {}): SitePeer {
    const folder = options.folder ?? this.#disk.at(name);
    Deno.mkdirSync(folder, { recursive: true });
    const peer = new SitePeer(this, name, folder, options.args ?? []);
    this.peers.push(peer);
    return peer;
  }

  /** Waits until all peers that run have everything that is in any of their folders. */
  async settled(): Promise<void> {
    for (const peer of this.peers) {
      if (peer.isRunning) await peer.waitForAll();
    }
  }

  /** All is well: the folders are the same, and nothing is left of what was under way. */
  async assertWell(): Promise<void> {
    await this.settled();
    const [first, ...others] = this.peers;
    const names = first!.files();
    for (const { name, folder } of others) {
      assertEquals(filesOf(folder), names, `the files of ${name}`);
      for (const file of names) {
        assertSameBytes(
          Deno.readFileSync(`${folder}/${file}`),
          Deno.readFileSync(`${first!.folder}/${file}`),
        );
      }
    }
    // What a killed run has left goes some moments after the start.
    for (const peer of this.peers) {
      await eventually(
        `no parts at ${peer.name}`,
        () => peer.parts().length === 0,
      );
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const peer of this.peers) await peer.kill();
    await this.killTracker();
    this.#disk[Symbol.dispose]();
  }
}

/** One of them. */
export class SitePeer {
  readonly name: string;
  readonly folder: string;
  readonly #site: SyncSite;
  readonly #args: readonly string[];
  #process: Listening | undefined;

  constructor(
    site: SyncSite,
    name: string,
    folder: string,
    args: readonly string[],
  ) {
    this.#site = site;
    this.name = name;
    this.folder = folder;
    this.#args = args;
  }

  get isRunning(): boolean {
    return this.#process !== undefined;
  }

  /** The process; throws Error if there is none. */
  get process(): Listening {
    if (this.#process === undefined) throw new Error(`${this.name} is down`);
    return this.#process;
  }

  async start(): Promise<this> {
    this.#process = await startPeer({
      tracker: this.#site.port,
      folder: this.folder,
      name: this.name,
      args: this.#args,
    });
    return this;
  }

  /** Ends it as `kill -9` does. */
  async kill(): Promise<void> {
    await this.#end((process) => process.kill());
  }

  /** Ends it as Ctrl-C does. */
  async stop(): Promise<void> {
    await this.#end(async (process) => {
      process.signal("SIGINT");
      await process.ended();
    });
  }

  /** Writes a file, with the folders that it needs. */
  write(path: string, content: string | Uint8Array): void {
    const place = `${this.folder}/${path}`;
    Deno.mkdirSync(place.slice(0, place.lastIndexOf("/")), { recursive: true });
    if (typeof content === "string") Deno.writeTextFileSync(place, content);
    else Deno.writeFileSync(place, content);
  }

  /** The text of a file. */
  read(path: string): string {
    return Deno.readTextFileSync(`${this.folder}/${path}`);
  }

  /** The files of its folder, sorted. */
  files(): string[] {
    return filesOf(this.folder);
  }

  /** What is on its way to it, or was. */
  parts(): string[] {
    return filesBelow(`${this.folder}/.landline`).filter((name) =>
      name.startsWith("parts/")
    );
  }

  /** Runs `peer.ts WORD --dir FOLDER MORE...`; throws Error unless it ends well. */
  async command(word: string, ...more: string[]): Promise<string> {
    const { code, stdout, stderr } = await peerCommand(
      word,
      "--dir",
      this.folder,
      ...more,
    );
    if (code !== 0) throw new Error(`peer.ts ${word}: ${stderr}`);
    return stdout;
  }

  /** What `peer.ts status` asks, without a process for each time. */
  status(): Promise<PeerStatus> {
    return this.#ask({ do: "status" });
  }

  /** Waits until all live peers have what this one has, as `peer.ts wait --all` does. */
  async waitForAll(): Promise<void> {
    await within(
      `all to have what ${this.name} has`,
      this.#ask({ do: "wait", peer: undefined }),
    );
  }

  async #ask<R extends ControlRequest>(
    request: R,
  ): Promise<ControlResults[R["do"]]> {
    const client = await connectToPeer(this.folder);
    if (client === undefined) throw new Error(`${this.name} does not answer`);
    try {
      return await client.ask(request);
    } finally {
      client.close();
    }
  }

  async #end(how: (process: Listening) => Promise<void>): Promise<void> {
    const process = this.#process;
    if (process === undefined) return;
    this.#process = undefined;
    await how(process);
    await process[Symbol.asyncDispose]();
  }
}

function filesOf(folder: string): string[] {
  return filesBelow(folder).filter((name) => !name.startsWith(".landline/"));
}
