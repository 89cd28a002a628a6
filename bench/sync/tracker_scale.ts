/**
 * `deno run -A bench/sync/tracker_scale.ts`: one tracker, 100 000 records, 500 peers, on one machine. What the tracker takes
 * of memory, how long a herd takes to join, and how long a change takes until every peer has heard of it.
 *
 * The peers are scripts that only read: 500 real ones would measure themselves.
 *
 * @module
 */

import { fromFileUrl } from "@std/path";
import { seededNumbers } from "../../lib/testing/fuzzing_bytes.ts";
import { hello, record } from "../../lib/testing/tracker_peer.ts";

const TRACKER = fromFileUrl(new URL("../../tracker.ts", import.meta.url));
const RECORDS = 100_000;
const PEERS = 500;
/** So many of them know nothing when they come; the others come back. */
const NEWCOMERS = 25;
const CHANGES = 200;
const BATCH = 500;

/** The end of `snap`, `upd` and `ok`. */
const TOLD = /"seq":(\d+)(?:,"more":(true|false))?\}\n/g;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A peer that remembers only the last number it was told, and when. */
class Listener {
  readonly #connection: Deno.TcpConn;
  seq = 0;
  epoch = "";
  #wanted: { seq: number; resolve: (at: number) => void } | undefined;

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  static async join(
    port: number,
    name: string,
    more: object,
  ): Promise<Listener> {
    const connection = await Deno.connect({ port });
    connection.setNoDelay(true);
    const listener = new Listener(connection);
    await listener.say(hello(name, more));
    void listener.#read();
    return listener;
  }

  async say(message: object): Promise<void> {
    const bytes = encoder.encode(JSON.stringify(message) + "\n");
    for (let done = 0; done < bytes.length;) {
      done += await this.#connection.write(bytes.subarray(done));
    }
  }

  /** When it knew everything up to `seq`. */
  reached(seq: number): Promise<number> {
    return new Promise((resolve) => {
      if (this.seq >= seq) resolve(performance.now());
      else this.#wanted = { seq, resolve };
    });
  }

  close(): void {
    this.#connection.close();
  }

  async #read(): Promise<void> {
    const bytes = new Uint8Array(256 * 1024);
    let tail = "";
    try {
      for (;;) {
        const count = await this.#connection.read(bytes);
        if (count === null) return;
        const text = tail + decoder.decode(bytes.subarray(0, count));
        this.#take(text);
        tail = text.slice(-200);
      }
    } catch {
      // Closed.
    }
  }

  /** The last number of a line is that up to which everything is known; a tail that is looked at twice does no harm. */
  #take(text: string): void {
    if (this.epoch === "") {
      this.epoch = /"epoch":"([^"]+)"/.exec(text)?.[1] ?? "";
    }
    for (const [, seq, more] of text.matchAll(TOLD)) {
      if (more !== "true") this.seq = Math.max(this.seq, Number(seq));
    }
    const wanted = this.#wanted;
    if (wanted === undefined || this.seq < wanted.seq) return;
    this.#wanted = undefined;
    wanted.resolve(performance.now());
  }
}

function say(text: string): void {
  Deno.stdout.writeSync(encoder.encode(text + "\n"));
}

/** Resident memory of a process, in MB. */
function memoryOf(pid: number, key = "VmRSS"): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(new RegExp(`${key}:\\s+(\\d+)`).exec(status)?.[1]) / 1000;
}

function secondsSince(began: number): string {
  return `${((performance.now() - began) / 1000).toFixed(1)} s`;
}

/** A run that hangs is no figure. */
const WITHIN_MS = 240_000;

const tracker = new Deno.Command(Deno.execPath(), {
  args: ["run", "-A", TRACKER, "--port", "0", "--log", "off", ...Deno.args],
  stdout: "piped",
}).spawn();
setTimeout(() => {
  tracker.kill("SIGKILL");
  say(`Not done within ${WITHIN_MS / 1000} s`);
  Deno.exit(1);
}, WITHIN_MS);
const reader = tracker.stdout.getReader();
const started = decoder.decode((await reader.read()).value);
const port = Number(/port (\d+)/.exec(started)?.[1]);
say(`Tracker: ${memoryOf(tracker.pid).toFixed(0)} MB`);

const first = await Listener.join(port, "first", { folder: "f" });
let began = performance.now();
const random = seededNumbers(7);
for (let at = 0; at < RECORDS; at += BATCH) {
  const records = Array.from({ length: BATCH }, (_, index) => {
    const folder = `photos/${2000 + random(25)}/trip ${random(400)}`;
    return record(`${folder}/IMG_${at + index}.jpeg`, "first", 1e12 + at);
  });
  await first.say({ m: "put", id: at, records });
}
await first.reached(RECORDS);
await first.say({ m: "have", seq: RECORDS });
say(
  `${RECORDS} records put in ${secondsSince(began)}: ${
    memoryOf(tracker.pid).toFixed(0)
  } MB`,
);

began = performance.now();
const listeners = await Promise.all(
  Array.from({ length: PEERS }, (_, at) => {
    const isNew = at < NEWCOMERS;
    const more = isNew ? {} : { epoch: first.epoch, seq: RECORDS };
    return Listener.join(port, `${at}p`, { folder: "f", ...more });
  }),
);
await Promise.all(listeners.map((listener) => listener.reached(RECORDS)));
await Promise.all(
  listeners.map((listener) => listener.say({ m: "have", seq: RECORDS })),
);
say(
  `${PEERS} peers joined, ${NEWCOMERS} of them told everything, in ${
    secondsSince(began)
  }: ${memoryOf(tracker.pid).toFixed(0)} MB`,
);

const beating = setInterval(() => {
  for (const listener of [first, ...listeners]) {
    void listener.say({ m: "ping", time: 1, sent: 0, received: 0, left: 0 });
  }
}, 5000);
const latencies: number[] = [];
for (let at = 1; at <= CHANGES; at++) {
  const seq = RECORDS + at;
  const put = { m: "put", id: 0, records: [record(`c${at}`, "first", 2e12)] };
  put.records[0].s[0] = Date.now();
  const began = performance.now();
  await first.say(put);
  const times = await Promise.all(
    listeners.map((listener) => listener.reached(seq)),
  );
  for (const time of times) latencies.push(time - began);
  for (const listener of listeners) void listener.say({ m: "have", seq });
  await new Promise((resolve) => setTimeout(resolve, 50));
}
clearInterval(beating);
latencies.sort((a, b) => a - b);
const quantile = (part: number) =>
  latencies[Math.floor(part * (latencies.length - 1))]!.toFixed(1);
say(
  `${CHANGES} changes told to ${PEERS}: p50 ${quantile(0.5)} ms, p99 ${
    quantile(0.99)
  } ms, max ${quantile(1)} ms; ${
    memoryOf(tracker.pid).toFixed(0)
  } MB, at most ${memoryOf(tracker.pid, "VmHWM").toFixed(0)} MB`,
);
for (const listener of [first, ...listeners]) listener.close();
tracker.kill("SIGTERM");
await tracker.status;
Deno.exit();
