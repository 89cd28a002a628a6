/**
 * The file server without an outside: our drivers between channels and a folder in memory, with a clock moved by hand.
 *
 * @module
 */

import { parseAllowList } from "../commands/allow_list.ts";
import { CheckMemo } from "../drivers/check_memo.ts";
import { FileService } from "../drivers/file_service.ts";
import {
  HttpService,
  type HttpServiceOptions,
} from "../drivers/http/http_service.ts";
import type { Metrics } from "../drivers/metrics.ts";
import { BufferPool } from "../drivers/outbox.ts";
import type { RunRules } from "../drivers/run_answers.ts";
import { Server } from "../drivers/server.ts";
import { busyLine, WireSession } from "../drivers/wire_session.ts";
import type { UploadRules } from "../drivers/upload_answers.ts";
import { checks } from "../io/checks.ts";
import type { Log, RequestRecord } from "../io/log.ts";
import { toRefusal } from "../io/os_faults.ts";
import type { ServerTimes } from "../wire/server_connection.ts";
import { FakeClock } from "./fake_clock.ts";
import { FakeProcesses } from "./fake_processes.ts";
import { HttpPeer } from "./http_peer.ts";
import {
  channelPair,
  type ChannelPairOptions,
  type MemoryChannel,
} from "./memory_channel.ts";
import { MemoryDirectory } from "./memory_directory.ts";
import { WirePeer } from "./wire_peer.ts";

/** How it differs from a read-only server with the deadlines of `TIMES`. */
export interface MemoryServerOptions {
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly chunkBytes?: number;
  /** Take uploads, by these rules. */
  readonly uploads?: Partial<UploadRules>;
  /** As `--allow-run`; every program is found in `/bin`. */
  readonly allowRun?: string;
  readonly run?: Partial<RunRules>;
  readonly clientsMax?: number;
  readonly metrics?: Metrics;
  /** How HTTP differs from its defaults. */
  readonly http?: Partial<HttpServiceOptions>;
}

/** Deadlines of a `MemoryServer`: far enough apart that a test can tell which one it was. */
export const TIMES: ServerTimes = {
  idleMsMax: 600_000,
  lineMsMax: 30_000,
  stallMsMax: 60_000,
};

/** A client, and both ends of its connection. */
export interface MemoryClient {
  readonly peer: WirePeer;
  readonly clientEnd: MemoryChannel;
  readonly serverEnd: MemoryChannel;
}

/** A client in HTTP, and both ends of its connection. */
export interface MemoryBrowser extends Omit<MemoryClient, "peer"> {
  readonly peer: HttpPeer;
}

/** A log that can be asked. */
export class LogRecorder implements Log {
  readonly wantsRequests = true;
  readonly requests: RequestRecord[] = [];
  readonly notes: string[] = [];

  request(record: RequestRecord): void {
    this.requests.push(record);
  }

  note(text: string): void {
    this.notes.push(text);
  }

  /** What became of each request: `VERB status`. */
  get outcomes(): string[] {
    return this.requests.map(({ request, status }) =>
      `${request.split(" ")[0]} ${status}`
    );
  }
}

/** `await using` ends it. */
export class MemoryServer {
  readonly clock = new FakeClock();
  readonly directory = new MemoryDirectory();
  readonly log = new LogRecorder();
  readonly processes = new FakeProcesses();
  readonly server: Server;
  #tokens = 0;

  constructor(options: MemoryServerOptions = {}) {
    for (const [name, content] of Object.entries(options.files ?? {})) {
      this.directory.put(name, content);
    }
    const sources = {
      directory: this.directory,
      checks,
      memo: new CheckMemo(),
      chunkBytes: options.chunkBytes,
      uploads: options.uploads &&
        { onConflict: "refuse", bytesMax: 1e9, ...options.uploads } as const,
      newToken: () => `one-shot-token-${++this.#tokens}`,
      log: this.log,
      metrics: options.metrics,
      clock: this.clock,
      toRefusal,
    };
    const service = new FileService({
      ...sources,
      run: options.allowRun === undefined ? undefined : {
        allowed: parseAllowList(options.allowRun).map((entry) => ({
          ...entry,
          path: `/bin/${entry.program}`,
        })),
        processes: this.processes,
        msMax: 10_000,
        bytesMax: 1000,
        atOnceMax: 2,
        ...options.run,
      },
    });
    const http = new HttpService({
      ...sources,
      indexName: "index.html",
      spa: false,
      listings: true,
      archives: true,
      compress: false,
      cors: false,
      fields: [],
      mayDelete: false,
      allowedHosts: [],
      ...options.http,
    });
    const pool = new BufferPool(options.chunkBytes);
    this.server = new Server({
      clock: this.clock,
      log: this.log,
      pool,
      times: TIMES,
      clientsMax: options.clientsMax ?? 100,
      newSession: (channel) =>
        new WireSession(channel, pool, this.clock, TIMES, service.connection()),
      busyLine,
      http,
      metrics: options.metrics,
    });
  }

  /** A new connection. Direction `aToB` is what the client sends, `bToA` what it is sent. */
  connect(options: ChannelPairOptions = {}): MemoryClient {
    const [clientEnd, serverEnd] = this.#connect(options);
    return { peer: new WirePeer(clientEnd), clientEnd, serverEnd };
  }

  /** The same for a client that will speak HTTP. */
  browse(options: ChannelPairOptions = {}): MemoryBrowser {
    const [clientEnd, serverEnd] = this.#connect(options);
    return { peer: new HttpPeer(clientEnd), clientEnd, serverEnd };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.stop(0);
  }

  #connect(
    options: ChannelPairOptions,
  ): [client: MemoryChannel, server: MemoryChannel] {
    const ends = channelPair({ peerOfB: "client", ...options });
    this.server.accept(ends[1]);
    return ends;
  }
}
