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

/** Where the numbers of a thread stand in its row. */
class Layout {
  readonly connections: number;
  readonly connectionsOpen: number;
  readonly connectionsRefused: number;
  readonly of: Readonly<Record<Language, LanguageLayout>>;
  readonly cells: number;
  #next = 0;

  constructor() {
    this.connections = this.take(1);
    this.connectionsOpen = this.take(1);
    this.connectionsRefused = this.take(1);
    this.of = {
      wire: new LanguageLayout(this, METHODS.wire),
      http: new LanguageLayout(this, METHODS.http),
    };
    this.cells = this.#next;
  }

  take(count: number): number {
    const first = this.#next;
    this.#next += count;
    return first;
  }
}

class LanguageLayout {
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly msSum: number;
  /** One for each bound of a duration, and one for what is longer. */
  readonly durations: number;
  readonly uploadsUnderWay: number;
  readonly uploadsFinished: number;
  readonly uploadsFailed: number;
  /** The first of the status classes of each method. */
  readonly requests: ReadonlyMap<string, number>;
  readonly requestsOther: number;

  constructor(layout: Layout, methods: readonly string[]) {
    this.bytesIn = layout.take(1);
    this.bytesOut = layout.take(1);
    this.msSum = layout.take(1);
    this.durations = layout.take(DURATION_MS_MAX.length + 1);
    this.uploadsUnderWay = layout.take(1);
    this.uploadsFinished = layout.take(1);
    this.uploadsFailed = layout.take(1);
    this.requests = new Map(
      methods.map((method) => [method, layout.take(STATUS_CLASSES.length)]),
    );
    this.requestsOther = this.requests.get(OTHER)!;
  }
}

const LAYOUT = new Layout();

/** Numbers for as many threads: 64 bits each, which no machine we know writes in two halves. */
export function metricsMemory(threads: number): SharedArrayBuffer {
  return new SharedArrayBuffer(
    threads * LAYOUT.cells * Float64Array.BYTES_PER_ELEMENT,
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
    const row = (options.thread ?? 0) * LAYOUT.cells;
    this.#own = this.#all.subarray(row, row + LAYOUT.cells);
  }

  /** A connection was taken. */
  connected(): void {
    this.#own[LAYOUT.connections]!++;
    this.#own[LAYOUT.connectionsOpen]!++;
  }

  /** A connection that was taken is over. */
  disconnected(): void {
    this.#own[LAYOUT.connectionsOpen]!--;
  }

  /** A connection was one too many. */
  turnedAway(): void {
    this.#own[LAYOUT.connectionsRefused]!++;
  }

  uploadBegan(language: Language): void {
    this.#own[LAYOUT.of[language].uploadsUnderWay]!++;
  }

  /** @param stored whether it has its name now, and not been refused or cut short */
  uploadEnded(language: Language, stored: boolean): void {
    const { uploadsUnderWay, uploadsFinished, uploadsFailed } =
      LAYOUT.of[language];
    this.#own[uploadsUnderWay]!--;
    this.#own[stored ? uploadsFinished : uploadsFailed]!++;
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
    const at = LAYOUT.of[language];
    own[(at.requests.get(method) ?? at.requestsOther) + classOf(status)]!++;
    own[at.bytesIn]! += bytesIn;
    own[at.bytesOut]! += bytesOut;
    own[at.msSum]! += ms;
    let bound = 0;
    while (
      bound < DURATION_MS_MAX.length && ms > DURATION_MS_MAX[bound]!
    ) bound++;
    own[at.durations + bound]!++;
  }

  /** Everything, of all threads, for `/metrics`. */
  text(): string {
    const { version, startedAt, memoryBytes } = this.#options;
    const text = new Exposition();
    text.family("landline_build_info", "gauge", "Which program this is.");
    text.sample("landline_build_info", { version }, 1);
    text.family(
      "process_start_time_seconds",
      "gauge",
      "Start of the process, in seconds since 1970.",
    );
    text.sample("process_start_time_seconds", {}, startedAt / 1000);
    text.family(
      "process_resident_memory_bytes",
      "gauge",
      "Resident memory of the process.",
    );
    text.sample("process_resident_memory_bytes", {}, memoryBytes());
    this.#tellConnections(text);
    this.#tellRequests(text);
    this.#tellDurations(text);
    this.#tellBytes(text);
    this.#tellUploads(text);
    return text.toString();
  }

  #tellConnections(text: Exposition): void {
    const ROWS = [
      ["landline_connections_open", "gauge", "Connections now.", "Open"],
      ["landline_connections_total", "counter", "Connections taken.", ""],
      [
        "landline_connections_refused_total",
        "counter",
        "Connections turned away, as there were too many.",
        "Refused",
      ],
    ] as const;
    for (const [name, type, help, which] of ROWS) {
      text.family(name, type, help);
      text.sample(name, {}, this.#sum(LAYOUT[`connections${which}`]));
    }
  }

  #tellRequests(text: Exposition): void {
    const name = "landline_requests_total";
    text.family(name, "counter", "Requests answered, by status class.");
    for (const language of LANGUAGES) {
      for (const [method, first] of LAYOUT.of[language].requests) {
        for (const [i, status] of STATUS_CLASSES.entries()) {
          const count = this.#sum(first + i);
          // A hundred zeros would tell nothing.
          if (count > 0) text.sample(name, { language, method, status }, count);
        }
      }
    }
  }

  #tellDurations(text: Exposition): void {
    const name = "landline_request_duration_seconds";
    text.family(
      name,
      "histogram",
      "Time from a request to the end of its answer.",
    );
    for (const language of LANGUAGES) {
      const { durations, msSum } = LAYOUT.of[language];
      // The count is the last bucket, also while another thread is adding.
      let count = 0;
      for (const [i, ms] of [...DURATION_MS_MAX, Infinity].entries()) {
        count += this.#sum(durations + i);
        const le = ms === Infinity ? "+Inf" : `${ms / 1000}`;
        text.sample(`${name}_bucket`, { language, le }, count);
      }
      text.sample(`${name}_sum`, { language }, this.#sum(msSum) / 1000);
      text.sample(`${name}_count`, { language }, count);
    }
  }

  #tellBytes(text: Exposition): void {
    const ROWS = [
      ["landline_received_bytes_total", "Bytes of bodies received.", "bytesIn"],
      ["landline_sent_bytes_total", "Bytes of bodies sent.", "bytesOut"],
    ] as const;
    for (const [name, help, which] of ROWS) {
      text.family(name, "counter", help);
      this.#tellLanguages(text, name, which);
    }
  }

  #tellUploads(text: Exposition): void {
    const ROWS = [
      [
        "landline_uploads_under_way",
        "gauge",
        "Uploads under way.",
        "uploadsUnderWay",
      ],
      [
        "landline_uploads_finished_total",
        "counter",
        "Uploads that were stored.",
        "uploadsFinished",
      ],
      [
        "landline_uploads_failed_total",
        "counter",
        "Uploads that were refused or cut short.",
        "uploadsFailed",
      ],
    ] as const;
    for (const [name, type, help, which] of ROWS) {
      text.family(name, type, help);
      this.#tellLanguages(text, name, which);
    }
  }

  #tellLanguages(
    text: Exposition,
    name: string,
    which:
      | "bytesIn"
      | "bytesOut"
      | "uploadsUnderWay"
      | "uploadsFinished"
      | "uploadsFailed",
  ): void {
    for (const language of LANGUAGES) {
      text.sample(name, { language }, this.#sum(LAYOUT.of[language][which]));
    }
  }

  /** The number at `cell` of all rows. */
  #sum(cell: number): number {
    let sum = 0;
    for (let i = cell; i < this.#all.length; i += LAYOUT.cells) {
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

/** Puts together text in the exposition format. */
class Exposition {
  #text = "";

  /** All samples of the family `name` follow, and those of no other. */
  family(
    name: string,
    type: "counter" | "gauge" | "histogram",
    help: string,
  ): void {
    this.#text += `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
  }

  sample(
    name: string,
    labels: Readonly<Record<string, string>>,
    value: number,
  ): void {
    const pairs = Object.entries(labels)
      .map(([label, text]) => `${label}="${escapeLabel(text)}"`);
    this.#text += `${name}${
      pairs.length === 0 ? "" : `{${pairs.join(",")}}`
    } ${value}\n`;
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
