/**
 * The transfer alone, without tracker and engine: one process has a file, others get it, verify it and write it to a tmpfs.
 *
 *     deno run -A bench/sync/transfer_bench.ts [RECEIVERS] [MEBIBYTES]
 *
 * Prints the time until all have it, megabytes a second, the processor's time of each process, its memory at most, and
 * what the first holder sent.
 *
 * @module
 */

import process from "node:process";
import { TextLineStream } from "@std/streams/text-line-stream";
import { Transfer } from "../../lib/drivers/sync/transfer/transfer.ts";
import { TcpChannel } from "../../lib/io/channel.ts";
import { systemClock } from "../../lib/io/clock.ts";
import { DiskSyncFolder } from "../../lib/io/sync/disk_folder.ts";
import { toName } from "../../lib/names/name.ts";
import { blockLogFor, rootOf } from "../../lib/sync/blocks.ts";
import type { BlockList } from "../../lib/sync/index_store.ts";
import type { FileRecord } from "../../lib/sync/record.ts";
import type { PeerInfo } from "../../lib/sync/tracker_messages.ts";

const PATH = toName("big.bin");
const MEBI = 1024 * 1024;

/** What the children say. */
type Word =
  | { readonly m: "here"; readonly port: number }
  | { readonly m: "has"; readonly record: FileRecord }
  | { readonly m: "began" }
  | {
    readonly m: "done";
    readonly cpuMs: number;
    readonly rssMB: number;
    readonly sent: number;
    readonly received: number;
  };

/** What they are told. */
type Order =
  | { readonly m: "peers"; readonly peers: readonly PeerInfo[] }
  | {
    readonly m: "sources";
    readonly root: string;
    readonly whole: readonly string[];
    readonly part: readonly string[];
  }
  | { readonly m: "fetch"; readonly record: FileRecord }
  | { readonly m: "report" };

async function parent(receivers: number, mebibytes: number): Promise<void> {
  const site = await Deno.makeTempDir({ dir: "/dev/shm" });
  const children = Array.from(
    { length: receivers + 1 },
    (_, i) => new Child(`${site}/${i}`, String.fromCharCode(97 + i).repeat(10)),
  );
  try {
    await makeFile(`${site}/0/big.bin`, mebibytes * MEBI);
    const ports = await Promise.all(children.map((one) => one.port.promise));
    const peers = children.map(({ id }, i) => ({
      id,
      name: id,
      host: "127.0.0.1",
      port: ports[i]!,
    }));
    const [first, ...others] = children as [Child, ...Child[]];
    for (const one of children) one.tell({ m: "peers", peers });
    const record = await first.record.promise;
    const part = new Set<string>();
    const tellSources = () => {
      for (const one of others) {
        one.tell({
          m: "sources",
          root: record.root!,
          whole: [first.id],
          part: [...part],
        });
      }
    };
    for (const one of others) {
      one.began = () => {
        part.add(one.id);
        tellSources();
      };
    }
    const begun = performance.now();
    tellSources();
    for (const one of others) one.tell({ m: "fetch", record });
    await Promise.all(others.map((one) => one.done.promise));
    const seconds = (performance.now() - begun) / 1000;
    first.tell({ m: "report" });
    const words = await Promise.all(children.map((one) => one.done.promise));
    const bytes = mebibytes * MEBI * receivers;
    print(
      `${receivers} x ${mebibytes} MiB: ${seconds.toFixed(2)} s, ` +
        `${(bytes / seconds / 1e6).toFixed(0)} MB/s in all, first sent ${
          (words[0]!.sent / 2 ** 30).toFixed(2)
        } GiB`,
    );
    for (const [i, { cpuMs, rssMB, sent, received }] of words.entries()) {
      print(
        `  ${i === 0 ? "first" : `peer ${i}`}: ${
          (cpuMs / 1000).toFixed(2)
        } CPU-s, ${rssMB} MB, sent ${(sent / 1e6).toFixed(0)} MB, received ${
          (received / 1e6).toFixed(0)
        } MB`,
      );
    }
  } finally {
    for (const one of children) await one.end();
    await Deno.remove(site, { recursive: true });
  }
}

/** A peer in a process of its own. */
class Child {
  readonly id: string;
  readonly port = Promise.withResolvers<number>();
  readonly record = Promise.withResolvers<FileRecord>();
  readonly done = Promise.withResolvers<Extract<Word, { m: "done" }>>();
  began: () => void = () => {};
  readonly #process: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;

  constructor(folder: string, id: string) {
    this.id = id;
    Deno.mkdirSync(folder);
    this.#process = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", import.meta.filename!, "child", folder, id],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#writer = this.#process.stdin.getWriter();
    void this.#listen();
  }

  tell(order: Order): void {
    void this.#writer.write(
      new TextEncoder().encode(JSON.stringify(order) + "\n"),
    );
  }

  async end(): Promise<void> {
    await this.#writer.close().catch(() => {});
    await this.#process.status;
  }

  async #listen(): Promise<void> {
    for await (const word of wordsOf<Word>(this.#process.stdout)) {
      if (word.m === "here") this.port.resolve(word.port);
      else if (word.m === "has") this.record.resolve(word.record);
      else if (word.m === "began") this.began();
      else this.done.resolve(word);
    }
  }
}

async function child(path: string, id: string): Promise<void> {
  const folder = new DiskSyncFolder(path);
  const lists = new Map<string, BlockList>();
  const transfer = new Transfer({
    world: {
      clock: systemClock,
      network: { connect: TcpChannel.connect },
      chance: { number: Math.random, letters: () => "a" },
    },
    index: { placesOf: () => [] },
    folder,
    holdings: {
      open: (root) => lists.has(root) ? folder.open(PATH) : undefined,
      list: (root) => lists.get(root),
      changed: () => {},
      began: () => say({ m: "began" }),
      want: () => {},
      bad: (peer, why) => complain(`${id}: ${peer} is ${why}`),
    },
    identity: { replica: id, folder: "bench" },
    log: complain,
  });
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  void (async () => {
    for await (const conn of listener) {
      void transfer.serve(new TcpChannel(conn), new Uint8Array(0));
    }
  })();
  say({ m: "here", port: (listener.addr as Deno.NetAddr).port });
  let cpuBefore = 0;
  for await (const order of wordsOf<Order>(Deno.stdin.readable)) {
    if (order.m === "peers") {
      transfer.setPeers(order.peers);
      const digested = await folder.digest(PATH, blockLogFor);
      cpuBefore = cpuMs();
      if (digested === undefined) continue;
      const { blockLog, hashes, seen: { size, mtime } } = digested;
      const root = rootOf(size, blockLog, hashes);
      lists.set(root, { root, size, blockLog, hashes });
      const record: FileRecord = {
        path: PATH,
        kind: "file",
        size,
        mtime,
        executable: false,
        root,
        blockLog,
        stamp: { phys: 0, logical: 0, by: id },
        vector: {},
        earlier: [],
      };
      say({ m: "has", record });
    } else if (order.m === "sources") {
      transfer.setSources(order.root, order.whole, order.part);
    } else if (order.m === "fetch") {
      const { signal } = new AbortController();
      void transfer.fetch(order.record, signal).then(async ({ part, list }) => {
        await part.finish({ mtime: 0, executable: false });
        folder.place(part, PATH, undefined, false);
        lists.set(list.root, list);
        report(transfer, cpuBefore);
      });
    } else report(transfer, cpuBefore);
  }
  Deno.exit(0);
}

function report({ sent, received }: Transfer, cpuBefore: number): void {
  const status = Deno.readTextFileSync("/proc/self/status");
  const rssKB = Number(/VmHWM:\s+(\d+)/.exec(status)![1]);
  say({
    m: "done",
    cpuMs: cpuMs() - cpuBefore,
    rssMB: Math.round(rssKB / 1024),
    sent,
    received,
  });
}

/** Of this process, user and system. */
function cpuMs(): number {
  const { system, user } = process.cpuUsage();
  return (system + user) / 1000;
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(line + "\n"));
}

function complain(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(line + "\n"));
}

function say(word: Word): void {
  print(JSON.stringify(word));
}

async function* wordsOf<T>(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<T> {
  const lines = stream.pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLineStream());
  for await (const line of lines) yield JSON.parse(line);
}

/** Bytes of which no two blocks are alike. */
async function makeFile(path: string, size: number): Promise<void> {
  const bytes = new Uint8Array(MEBI);
  for (let at = 0; at < bytes.length; at += 65_536) {
    crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  }
  using file = await Deno.create(path);
  for (let done = 0; done < size; done += MEBI) {
    for (let at = 0; at < MEBI; at += 131_072) {
      new DataView(bytes.buffer).setFloat64(at, done + at);
    }
    await file.write(bytes);
  }
}

if (Deno.args[0] === "child") await child(Deno.args[1]!, Deno.args[2]!);
else await parent(Number(Deno.args[0] ?? 1), Number(Deno.args[1] ?? 1024));
