import { assert, assertEquals, assertLess, fail } from "@std/assert";
import { VERBS } from "../wire/verbs.ts";
import { Metrics, metricsMemory, type MetricsOptions } from "./metrics.ts";

function newMetrics(options: Partial<MetricsOptions> = {}): Metrics {
  return new Metrics({
    version: "1.2.3",
    startedAt: 1_700_000_000_500,
    memoryBytes: () => 50e6,
    ...options,
  });
}

const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const LABEL = `[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\[\\\\"n])*"`;
const HELP_LINE = new RegExp(`^# HELP (${NAME}) (\\S.*)$`);
const TYPE_LINE = new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram)$`);
const SAMPLE_LINE = new RegExp(
  `^(${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)\\})? (-?\\d+(?:\\.\\d+)?(?:e[+-]\\d+)?)$`,
);

/**
 * The samples in `text`, `name{labels}` -> value, read as strictly as the format is written down: every family once, with
 * HELP, TYPE and then its samples; no sample twice; each line ended by LF; buckets that grow up to the count.
 */
function samplesOf(text: string): Map<string, number> {
  const samples = new Map<string, number>();
  const families = new Set<string>();
  const lines = text.split("\n");
  assertEquals(lines.pop(), "", "the last line ends with LF");
  let [name, type] = ["", ""];
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!;
    if (line.startsWith("#")) {
      name = HELP_LINE.exec(line)?.[1] ?? fail(line);
      assert(!families.has(name), `${name} comes twice`);
      families.add(name);
      const [, typed, is = ""] = TYPE_LINE.exec(lines[++i]!) ?? [];
      assertEquals(typed, name, lines[i]!);
      type = is;
      assertEquals(type === "counter", name.endsWith("_total"), name);
      continue;
    }
    const [, of = "", labels = "", value] = SAMPLE_LINE.exec(line) ??
      fail(line);
    const suffix = type === "histogram" ? /_(bucket|sum|count)$/ : /$/;
    assertEquals(of.replace(suffix, ""), name, line);
    const key = labels === "" ? of : `${of}{${labels}}`;
    assert(!samples.has(key), `${key} comes twice`);
    samples.set(key, Number(value));
  }
  return samples;
}

Deno.test("Metrics.text() of a server that was never asked for anything is well formed, and has its zeros", () => {
  const samples = samplesOf(newMetrics().text());
  assertEquals(samples.get('landline_build_info{version="1.2.3"}'), 1);
  assertEquals(samples.get("process_start_time_seconds"), 1_700_000_000.5);
  assertEquals(samples.get("process_resident_memory_bytes"), 50e6);
  for (
    const name of [
      "landline_connections_open",
      "landline_connections_total",
      "landline_connections_refused_total",
      'landline_received_bytes_total{language="wire"}',
      'landline_sent_bytes_total{language="http"}',
      'landline_uploads_under_way{language="http"}',
      'landline_uploads_stored_total{language="wire"}',
      'landline_request_duration_seconds_count{language="http"}',
    ]
  ) assertEquals(samples.get(name), 0, name);
});

Deno.test("Metrics.text() tells what was counted", () => {
  const metrics = newMetrics();
  for (let i = 0; i < 3; i++) metrics.connected();
  metrics.disconnected();
  metrics.turnedAway();
  metrics.uploadBegan("http");
  metrics.uploadBegan("http");
  metrics.uploadBegan("wire");
  metrics.uploadEnded("http", "stored");
  metrics.uploadEnded("wire", "failed");
  metrics.request("http", "GET", 200, 0, 1000, 2);
  metrics.request("http", "GET", 206, 0, 24, 2);
  metrics.request("http", "PUT", 201, 500, 0, 30);
  metrics.request("wire", "send filelist", 200, 0, 7, 0);
  metrics.request("wire", "download", 404, 0, 0, 0);
  const samples = samplesOf(metrics.text());
  const EXPECTED: Record<string, number> = {
    "landline_connections_open": 2,
    "landline_connections_total": 3,
    "landline_connections_refused_total": 1,
    'landline_uploads_under_way{language="http"}': 1,
    'landline_uploads_under_way{language="wire"}': 0,
    'landline_uploads_stored_total{language="http"}': 1,
    'landline_uploads_failed_total{language="wire"}': 1,
    'landline_requests_total{language="http",method="GET",status="2xx"}': 2,
    'landline_requests_total{language="http",method="PUT",status="2xx"}': 1,
    'landline_requests_total{language="wire",method="send filelist",status="2xx"}':
      1,
    'landline_requests_total{language="wire",method="download",status="4xx"}':
      1,
    'landline_received_bytes_total{language="http"}': 500,
    'landline_sent_bytes_total{language="http"}': 1024,
    'landline_sent_bytes_total{language="wire"}': 7,
    'landline_request_duration_seconds_count{language="http"}': 3,
    'landline_request_duration_seconds_sum{language="http"}': 0.034,
  };
  for (const [name, value] of Object.entries(EXPECTED)) {
    assertEquals(samples.get(name), value, name);
  }
});

Deno.test("Metrics.text() puts a duration into every bucket that it fits in", () => {
  const metrics = newMetrics();
  for (const ms of [0, 1, 1.1, 5, 99, 100, 59_999, 3_600_000]) {
    metrics.request("http", "GET", 200, 0, 0, ms);
  }
  const samples = samplesOf(metrics.text());
  const buckets = [...samples].filter(([key]) =>
    key.includes('bucket{language="http"')
  ).map(([key, count]) => [/le="(.*)"/.exec(key)![1], count]);
  assertEquals(buckets, [
    ["0.001", 2],
    ["0.005", 4],
    ["0.025", 4],
    ["0.1", 6],
    ["0.5", 6],
    ["2.5", 6],
    ["10", 6],
    ["60", 7],
    ["+Inf", 8],
  ]);
  assertEquals(
    samples.get('landline_request_duration_seconds_count{language="http"}'),
    8,
  );
});

Deno.test("Metrics never tells a label that a peer chose", () => {
  const metrics = newMetrics();
  for (let i = 0; i < 10_000; i++) {
    metrics.request("http", `M${i}`, 501, 0, 0, 1);
    metrics.request("wire", `v${i}`, 501, 0, 0, 1);
  }
  // What is a verb in one language is none in the other; and these are in no table (security.md S9).
  for (const method of ["download", "__proto__", "constructor", "get", ""]) {
    metrics.request("http", method, 501, 0, 0, 1);
  }
  // A status that is none.
  for (const status of [0, -1, 99, 600, 1e9, NaN]) {
    metrics.request("http", "GET", status, 0, 0, 1);
  }
  const samples = samplesOf(metrics.text());
  const requests = [...samples].filter(([key]) =>
    key.startsWith("landline_requests_total")
  );
  assertEquals(requests, [
    [
      'landline_requests_total{language="wire",method="other",status="5xx"}',
      1e4,
    ],
    ['landline_requests_total{language="http",method="GET",status="5xx"}', 6],
    [
      'landline_requests_total{language="http",method="other",status="5xx"}',
      1e4 + 5,
    ],
  ]);
});

Deno.test("Metrics.text() has its longest text when everything happened, and stays small", () => {
  const metrics = newMetrics();
  const HTTP = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", ""];
  for (const status of [100, 200, 300, 400, 500]) {
    for (const method of HTTP) metrics.request("http", method, status, 1, 1, 1);
    for (const verb of Object.keys(VERBS)) {
      metrics.request("wire", verb, status, 1, 1, 1);
    }
  }
  const text = metrics.text();
  assertEquals(
    text.match(/^landline_requests_total/gm)?.length,
    5 * (HTTP.length + Object.keys(VERBS).length),
  );
  assertLess(text.length, 16_384);
});

Deno.test("Metrics.text() escapes what would end a label", () => {
  const version = 'a"b\\c\nd';
  const text = newMetrics({ version }).text();
  samplesOf(text);
  assert(text.includes('{version="a\\"b\\\\c\\nd"} 1\n'), text);
});

Deno.test("Metrics of any thread tells what all of them counted", () => {
  const memory = metricsMemory(3);
  const threads = [0, 1, 2].map((thread) => newMetrics({ memory, thread }));
  for (const [i, metrics] of threads.entries()) {
    for (let n = 0; n <= i; n++) {
      metrics.connected();
      metrics.request("http", "GET", 200, 1, 10, 100);
    }
  }
  // Two that add to one number at the same time would lose one: each has numbers of its own.
  const numbers = [...new Float64Array(memory)];
  const each = numbers.length / 3;
  for (const i of [0, 1, 2]) {
    const own = numbers.slice(i * each, (i + 1) * each);
    assertEquals(Math.max(...own), (i + 1) * 100);
  }
  // A connection is closed in the thread that has it.
  threads[2]!.disconnected();
  const texts = threads.map((metrics) => metrics.text());
  assertEquals(texts[1], texts[0]!);
  assertEquals(texts[2], texts[0]!);
  const samples = samplesOf(texts[0]!);
  assertEquals(samples.get("landline_connections_total"), 6);
  assertEquals(samples.get("landline_connections_open"), 5);
  assertEquals(samples.get('landline_sent_bytes_total{language="http"}'), 60);
  assertEquals(
    samples.get('landline_request_duration_seconds_sum{language="http"}'),
    0.6,
  );
});
