/**
 * A long cable in one process: a TCP proxy that adds a round trip and a limit of bits a second, the same for whoever
 * is measured behind it (nginx, an rsync daemon, ours).
 *
 *     deno run -A bench/link.ts --target '[::1]:5000' --rtt 10 --rate 1e9 --port 0
 *
 * The model: every byte read from one side leaves at `max(now, departure of the byte before it, on any connection) +
 * 8 / rate` and arrives half a round trip later; each direction has its own such clock. A connection costs what a TCP
 * handshake costs: what the caller sends counts from one round trip after its connect, what the target sends from one
 * and a half. The cable takes in at most `QUEUE_MS` worth of bytes more than it can send (a router's queue, shared by
 * all connections), and keeps at most one window of any one connection; beyond that it stops reading, so that a slow
 * reader slows its own sender, and memory is bounded by connections x 2 x window.
 *
 * Not modelled: loss, TCP slow start, headers (the rate is that of payload). Each of them would cost every peer more.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { Alarm } from "./alarm.ts";

/** Bytes taken from a socket at once, and so the grain of the model (store and forward): 64 KiB are 0.5 ms at 1 Gbit/s. */
const READ_BYTES = 64 * 1024;
/** Bytes given to a socket at once. */
const WRITE_BYTES = 256 * 1024;
/** The shared queue in front of the cable: one usual round trip, what a router is commonly given. */
const QUEUE_MS = 10;
/** What is due this soon is delivered along with what is due now. */
const EARLY_MS = 0.1;

interface Cable {
  readonly rttMs: number;
  readonly bytesPerMs: number;
}

const alarm = new Alarm();

/** One direction of the cable, shared by all connections: the clock of departures, and what is under way, in order. */
class Lane {
  #lastDepartureMs = 0;
  readonly #underWay: {
    pipe: Pipe;
    end: number;
    last: boolean;
    dueMs: number;
  }[] = [];
  #delivering = false;
  #turn: Promise<void> | undefined;

  constructor(readonly cable: Cable) {}

  /** Resolves when the shared queue has room; those who wait go on together, so that no connection starves. */
  room(): Promise<void> | undefined {
    if (this.#turn === undefined && this.#backlogMs() >= QUEUE_MS) {
      this.#turn = (async () => {
        while (this.#backlogMs() >= QUEUE_MS) {
          await alarm.at(this.#lastDepartureMs - QUEUE_MS + EARLY_MS);
        }
        this.#turn = undefined;
      })();
    }
    return this.#turn;
  }

  #backlogMs(): number {
    return this.#lastDepartureMs - performance.now();
  }

  /** Puts on the cable the `bytes` that end at position `end` of `pipe`'s stream; `last` marks the end of the stream. */
  send(pipe: Pipe, bytes: number, end: number, last: boolean): void {
    const { bytesPerMs, rttMs } = this.cable;
    this.#lastDepartureMs = Math.max(performance.now(), this.#lastDepartureMs) +
      bytes / bytesPerMs;
    this.#underWay.push({
      pipe,
      end,
      last,
      dueMs: this.#lastDepartureMs + rttMs / 2,
    });
    if (!this.#delivering) this.#deliver();
  }

  /** One loop for all connections: all bytes travel equally long, so they arrive in the order in which they left. */
  async #deliver(): Promise<void> {
    this.#delivering = true;
    while (this.#underWay.length > 0) {
      await alarm.at(this.#underWay[0]!.dueMs);
      const nowMs = performance.now() + EARLY_MS;
      let arrived = 0;
      for (
        ;
        arrived < this.#underWay.length &&
        this.#underWay[arrived]!.dueMs <= nowMs;
        arrived++
      ) {
        const { pipe, end, last } = this.#underWay[arrived]!;
        pipe.arrive(end, last);
      }
      this.#underWay.splice(0, arrived);
    }
    this.#delivering = false;
  }
}

/** Rings of closed connections, to be used again: fresh memory costs page faults that no cable has. */
const spareRings: Uint8Array<ArrayBuffer>[] = [];

/**
 * One connection in one direction: a ring that is read into at `#readEnd` and written from at `#written`; the bytes up
 * to `#arrived` are out of the cable. All three count from the start of the stream and only grow.
 */
class Pipe {
  readonly #ring: Uint8Array<ArrayBuffer>;
  #readEnd = 0;
  #arrived = 0;
  #written = 0;
  #endArrived = false;
  #aborted = false;
  #wakeReader = () => {};
  #wakeWriter = () => {};

  constructor(
    readonly source: Deno.TcpConn,
    readonly target: Deno.TcpConn,
    readonly lane: Lane,
  ) {
    // All that the lane can hold, so that one connection alone can fill the cable.
    const { rttMs, bytesPerMs } = lane.cable;
    const windowBytes = Math.ceil((rttMs / 2 + QUEUE_MS) * bytesPerMs) +
      2 * READ_BYTES;
    this.#ring = spareRings.pop() ?? new Uint8Array(windowBytes);
  }

  /** Called by the lane: the bytes up to `end` are out of the cable; with `last`, nothing follows. */
  arrive(end: number, last: boolean): void {
    this.#arrived = end;
    this.#endArrived = last;
    this.#wakeWriter();
  }

  /** Carries the bytes, and then the end of the stream. Throws when either connection fails. */
  async run(): Promise<void> {
    const halves = [this.#read(), this.#write()];
    Promise.allSettled(halves).then(() => spareRings.push(this.#ring));
    await Promise.all(halves);
  }

  /** Ends both halves; the connections must be closed as well, or a pending read goes on. */
  abort(): void {
    this.#aborted = true;
    this.#wakeReader();
    this.#wakeWriter();
  }

  async #read(): Promise<void> {
    const ring = this.#ring;
    while (!this.#aborted) {
      const room = this.lane.room();
      if (room !== undefined) await room;
      const free = ring.length - (this.#readEnd - this.#written);
      if (free === 0) {
        await new Promise<void>((resolve) => this.#wakeReader = resolve);
        continue;
      }
      const start = this.#readEnd % ring.length;
      const length = Math.min(READ_BYTES, free, ring.length - start);
      const bytes = await this.source.read(
        ring.subarray(start, start + length),
      );
      this.#readEnd += bytes ?? 0;
      // An end of stream travels like a byte: it must not overtake the data before it.
      this.lane.send(this, bytes ?? 0, this.#readEnd, bytes === null);
      if (bytes === null) return;
    }
  }

  async #write(): Promise<void> {
    const ring = this.#ring;
    while (!this.#aborted) {
      if (this.#arrived === this.#written) {
        if (this.#endArrived) return await this.target.closeWrite();
        await new Promise<void>((resolve) => this.#wakeWriter = resolve);
        continue;
      }
      const start = this.#written % ring.length;
      const length = Math.min(
        this.#arrived - this.#written,
        WRITE_BYTES,
        ring.length - start,
      );
      this.#written += await this.target.write(
        ring.subarray(start, start + length),
      );
      this.#wakeReader();
    }
  }
}

/** Carries one connection from its accept to its end. Never throws: a side that vanishes is an end like another. */
async function carry(
  caller: Deno.TcpConn,
  target: Deno.ConnectOptions,
  up: Lane,
  down: Lane,
): Promise<void> {
  const begunMs = performance.now();
  const rttMs = up.cable.rttMs;
  let callee: Deno.TcpConn;
  try {
    callee = await Deno.connect(target);
  } catch {
    caller.close();
    return;
  }
  caller.setNoDelay(true);
  callee.setNoDelay(true);
  const pipes = [
    new Pipe(caller, callee, up),
    new Pipe(callee, caller, down),
  ] as const;
  try {
    await Promise.all([
      alarm.at(begunMs + rttMs).then(() => pipes[0].run()),
      alarm.at(begunMs + 1.5 * rttMs).then(() => pipes[1].run()),
    ]);
  } catch {
    // Reset by one side: the other learns it by the close below.
  } finally {
    for (const pipe of pipes) pipe.abort();
    caller.close();
    callee.close();
  }
}

/** Splits `HOST:PORT`, with an IPv6 host in brackets. Throws TypeError. */
function parseTarget(text: string): { hostname: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  if (match === null) {
    throw new TypeError(
      `Cannot read target "${text}": write HOST:PORT or [IPv6]:PORT`,
    );
  }
  return { hostname: match[1] ?? match[2]!, port: Number(match[3]) };
}

async function main(): Promise<void> {
  const flags = parseArgs(Deno.args, {
    string: ["target", "rtt", "rate", "port"],
  });
  const target = parseTarget(String(flags.target ?? ""));
  const rttMs = Number(flags.rtt ?? 10);
  const bitsPerSecond = Number(flags.rate ?? 1e9);
  if (!(rttMs >= 0) || !(bitsPerSecond > 0)) {
    throw new TypeError("Cannot build this cable: give --rtt MS --rate BITS");
  }
  const cable: Cable = { rttMs, bytesPerMs: bitsPerSecond / 8 / 1000 };
  const up = new Lane(cable);
  const down = new Lane(cable);
  // The same family as the target, so that a peer behind the cable is called as it is without.
  const hostname = target.hostname.includes(":") ? "::1" : "127.0.0.1";
  const listener = Deno.listen({ hostname, port: Number(flags.port ?? 0) });
  const text =
    `Cable to ${flags.target}: ${rttMs} ms, ${bitsPerSecond} bit/s, on ${hostname} port ${listener.addr.port}\n`;
  Deno.stdout.writeSync(new TextEncoder().encode(text));
  for await (const caller of listener) carry(caller, target, up, down);
}

if (import.meta.main) await main();
