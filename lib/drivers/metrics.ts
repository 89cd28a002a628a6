/**
 * What a server counts, and how Prometheus reads it (text exposition format 0.0.4).
 *
 * Counting is adding to a number in an array, as it happens for every request; names and labels are only put together
 * when somebody asks. All label values are of tables here: a peer that invents methods counts as `other`, and cannot
 * make the server keep, or tell, ever more lines.
 *
 * Threads (`--workers`) share the array. Each writes a row of its own, so that no addition gets lost; whichever thread is
 * asked tells the sum, as a scraper must not see another third of the truth with every connection.
 *
 * @module
 */

import { VERBS } from "../wire/verbs.ts";

/** A language that the port speaks. */
export type Language = "wire" | "http";

type FamilyType = "counter" | "gauge" | "histogram";

/** What `Metrics` is made of. */
export interface MetricsOptions {
  readonly version: string;
  /** When the program started, in milliseconds since 1970. */
  readonly startedAt: number;
  /** The resident memory of the process, now. */
  readonly memoryBytes: () => number;
  /** What `metricsMemory` made, where several threads count. */
  readonly memory?: SharedArrayBuffer;
  /** Which of the threads this is, from 0. */
  readonly thread?: number;
}

/** The Content-Type of `Metrics.text`. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

const OTHER = "other";

/** Values of the label `method`: those of HTTP that are answered with anything but 501, and the verbs of our own. */
const METHODS: Readonly<Record<Language, readonly string[]>> = {
  wire: [...Object.keys(VERBS), OTHER],
  http: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", OTHER],
};
const LANGUAGES: readonly Language[] = ["wire", "http"];
const STATUS_CLASSES = ["1xx", "2xx", "3xx", "4xx", "5xx"] as const;

/** Upper bounds: a small file, a page, a picture, a film, something that hangs. */
const DURATION_MS_MAX = [1, 5, 25, 100, 500, 2500, 10_000, 60_000] as const;

type FamilyRow = readonly [name: string, type: FamilyType, help: string];

/** Numbers of the whole server. */
const SERVER_NUMBERS = {
  connectionsOpen: ["landline_connections_open", "gauge", "Connections now."],
  connections: ["landline_connections_total", "counter", "Connections taken."],
  connectionsRefused: [
    "landline_connections_refused_total",
    "counter",
    "Connections turned away, as there were too many.",
  ],
} as const satisfies Record<string, FamilyRow>;

/** Numbers of each language. */
const LANGUAGE_NUMBERS = {
  bytesIn: [
    "landline_received_bytes_total",
    "counter",
    "Bytes of bodies received.",
  ],
  bytesOut: ["landline_sent_bytes_total", "counter", "Bytes of bodies sent."],
  uploadsUnderWay: [
    "landline_uploads_under_way",
    "gauge",
    "Uploads under way.",
  ],
  uploadsStored: [
    "landline_uploads_stored_total",
    "counter",
    "Uploads that were stored.",
  ],
  uploadsFailed: [
    "landline_uploads_failed_total",
    "counter",
    "Uploads that were refused or cut short.",
  ],
} as const satisfies Record<string, FamilyRow>;

const REQUESTS: FamilyRow = [
  "landline_requests_total",
  "counter",
  "Requests answered, by status class.",
];
const DURATIONS: FamilyRow = [
  "landline_request_duration_seconds",
  "histogram",
  "Time from a request to the end of its answer.",
];

/** Hands out the cells of a row. */
class Cells {
  count = 0;

  take(count: number): number {
    this.count += count;
    return this.count - count;
  }

  /** A cell for each of `keys`. */
  for<K extends string>(keys: readonly K[]): Readonly<Record<K, number>> {
    return Object.fromEntries(
      keys.map((key) => [key, this.take(1)]),
    ) as Record<K, number>;
  }
}

function languageCells(cells: Cells, methods: readonly string[]) {
  /** The first of the status classes of each method. */
  const requests: ReadonlyMap<string, number> = new Map(
    methods.map((method) => [method, cells.take(STATUS_CLASSES.length)]),
  );
  return {
    ...cells.for(keysOf(LANGUAGE_NUMBERS)),
    requests,
    requestsOther: requests.get(OTHER)!,
    durationMs: cells.take(1),
    /** One for each bound of a duration, and one for what is longer. */
    durations: cells.take(DURATION_MS_MAX.length + 1),
  };
}

const CELLS = new Cells();
const OF_SERVER = CELLS.for(keysOf(SERVER_NUMBERS));
const OF_LANGUAGE = {
  wire: languageCells(CELLS, METHODS.wire),
  http: languageCells(CELLS, METHODS.http),
};

/** Numbers for as many threads: 64 bits each, which no machine we know writes in two halves. */
export function metricsMemory(threads: number): SharedArrayBuffer {
  return new SharedArrayBuffer(
    threads * CELLS.count * Float64Array.BYTES_PER_ELEMENT,
  );
}

/** What one thread counts, and what all of them have counted. */
export class Metrics {
  readonly #options: MetricsOptions;
  /** Of all threads. */
  readonly #all: Float64Array;
  /** The row of this one. */
  readonly #own: Float64Array;

  constructor(options: MetricsOptions) {
    this.#options = options;
    this.#all = new Float64Array(options.memory ?? metricsMemory(1));
    const row = (options.thread ?? 0) * CELLS.count;
    this.#own = this.#all.subarray(row, row + CELLS.count);
  }

  /** A connection was taken. */
  connected(): void {
    this.#own[OF_SERVER.connections]!++;
    this.#own[OF_SERVER.connectionsOpen]!++;
  }

  /** A connection that was taken is over. */
  disconnected(): void {
    this.#own[OF_SERVER.connectionsOpen]!--;
  }

  /** A connection was one too many. */
  turnedAway(): void {
    this.#own[OF_SERVER.connectionsRefused]!++;
  }

  uploadBegan(language: Language): void {
    this.#own[OF_LANGUAGE[language].uploadsUnderWay]!++;
  }

  /** @param outcome whether it has its name now, was refused or cut short, or is kept to be gone on with */
  uploadEnded(
    language: Language,
    outcome: "stored" | "failed" | "parked",
  ): void {
    const cells = OF_LANGUAGE[language];
    this.#own[cells.uploadsUnderWay]!--;
    if (outcome === "stored") this.#own[cells.uploadsStored]!++;
    if (outcome === "failed") this.#own[cells.uploadsFailed]!++;
  }

  /**
   * A request is answered.
   *
   * @param method of HTTP, or a verb of the wire protocol; one that is unknown may be anything
   * @param status of HTTP, or of the table in errors.ts
   * @param ms from the request to the end of its answer
   */
  request(
    language: Language,
    method: string,
    status: number,
    bytesIn: number,
    bytesOut: number,
    ms: number,
  ): void {
    const own = this.#own;
    const cells = OF_LANGUAGE[language];
    const first = cells.requests.get(method) ?? cells.requestsOther;
    own[first + classOf(status)]!++;
    own[cells.bytesIn]! += bytesIn;
    own[cells.bytesOut]! += bytesOut;
    own[cells.durationMs]! += ms;
    let bound = 0;
    while (
      bound < DURATION_MS_MAX.length && ms > DURATION_MS_MAX[bound]!
    ) bound++;
    own[cells.durations + bound]!++;
  }

  /** Everything, of all threads, for `/metrics`. */
  text(): string {
    const { version, startedAt, memoryBytes } = this.#options;
    const text = new Exposition();
    text.single(
      ["landline_build_info", "gauge", "Which program this is."],
      1,
      { version },
    );
    text.single(
      [
        "process_start_time_seconds",
        "gauge",
        "Start of the process, in seconds since 1970.",
      ],
      startedAt / 1000,
    );
    text.single(
      [
        "process_resident_memory_bytes",
        "gauge",
        "Resident memory of the process.",
      ],
      memoryBytes(),
    );
    for (const key of keysOf(SERVER_NUMBERS)) {
      text.single(SERVER_NUMBERS[key], this.#sum(OF_SERVER[key]));
    }
    for (const key of keysOf(LANGUAGE_NUMBERS)) {
      const family = text.family(LANGUAGE_NUMBERS[key]);
      for (const language of LANGUAGES) {
        family("", { language }, this.#sum(OF_LANGUAGE[language][key]));
      }
    }
    this.#tellRequests(text);
    this.#tellDurations(text);
    return text.toString();
  }

  #tellRequests(text: Exposition): void {
    const family = text.family(REQUESTS);
    for (const language of LANGUAGES) {
      for (const [method, first] of OF_LANGUAGE[language].requests) {
        for (const [i, status] of STATUS_CLASSES.entries()) {
          const count = this.#sum(first + i);
          // A hundred zeros would tell nothing.
          if (count > 0) family("", { language, method, status }, count);
        }
      }
    }
  }

  #tellDurations(text: Exposition): void {
    const family = text.family(DURATIONS);
    for (const language of LANGUAGES) {
      const { durations, durationMs } = OF_LANGUAGE[language];
      // The count is that of the last bucket, also while another thread is adding.
      let count = 0;
      for (const [i, msMax] of [...DURATION_MS_MAX, Infinity].entries()) {
        count += this.#sum(durations + i);
        const le = msMax === Infinity ? "+Inf" : `${msMax / 1000}`;
        family("_bucket", { language, le }, count);
      }
      family("_sum", { language }, this.#sum(durationMs) / 1000);
      family("_count", { language }, count);
    }
  }

  /** The number at `cell` of all rows. */
  #sum(cell: number): number {
    let sum = 0;
    for (let i = cell; i < this.#all.length; i += CELLS.count) {
      sum += this.#all[i]!;
    }
    return sum;
  }
}

/** The index of the status class; what is no status is a fault of ours. */
function classOf(status: number): number {
  const index = Math.trunc(status / 100) - 1;
  return index >= 0 && index < STATUS_CLASSES.length
    ? index
    : STATUS_CLASSES.length - 1;
}

type Labels = Readonly<Record<string, string>>;

/** Puts together text in the exposition format. */
class Exposition {
  #text = "";

  /** Begins the family; the function adds a sample of it, and none may be added when the next has begun. */
  family([name, type, help]: FamilyRow): (
    suffix: "" | "_bucket" | "_sum" | "_count",
    labels: Labels,
    value: number,
  ) => void {
    this.#text += `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
    return (suffix, labels, value) => {
      const pairs = Object.entries(labels)
        .map(([label, text]) => `${label}="${escapeLabel(text)}"`).join(",");
      this.#text += `${name}${suffix}${
        pairs === "" ? "" : `{${pairs}}`
      } ${value}\n`;
    };
  }

  /** A family of one sample. */
  single(row: FamilyRow, value: number, labels: Labels = {}): void {
    this.family(row)("", labels, value);
  }

  toString(): string {
    return this.#text;
  }
}

/** A label's value: backslash, quote and line feed are escaped. */
function escapeLabel(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')
    .replaceAll("\n", "\\n");
}

function keysOf<T extends object>(table: T): (keyof T & string)[] {
  return Object.keys(table) as (keyof T & string)[];
}
