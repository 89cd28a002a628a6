import { assert, assertEquals, assertLess } from "@std/assert";
import { FakeClock, turn } from "../testing/fake_clock.ts";
import { LineLog, type LogFormat, type RequestRecord } from "./log.ts";

const RECORD: RequestRecord = {
  peer: "[::1]:9",
  request: "download a b",
  status: "ok",
  bytes: 5,
  ms: 1.26,
};
const NOW = () => new Date(0);

/** What reads the log, or stands still. */
class Sink {
  text = "";
  writes = 0;
  #go: Promise<void> = Promise.resolve();
  #resume = () => {};

  stop(): void {
    this.#go = new Promise((resolve) => this.#resume = resolve);
  }

  resume(): void {
    this.#resume();
  }

  async write(bytes: Uint8Array): Promise<number> {
    this.writes++;
    await this.#go;
    // A pipe takes what it has room for.
    const taken = bytes.subarray(0, 60_000);
    this.text += new TextDecoder().decode(taken);
    return taken.length;
  }
}

async function logged(
  format: LogFormat,
  ...records: Partial<RequestRecord>[]
): Promise<string> {
  const sink = new Sink();
  const log = new LineLog(format, sink, NOW);
  for (const record of records) log.request({ ...RECORD, ...record });
  log.note("a note");
  await turn();
  return sink.text;
}

Deno.test("LineLog writes a line a request, as text, as JSON, or not at all", async () => {
  assertEquals(
    await logged("text", {}),
    '1970-01-01T00:00:00.000Z [::1]:9 "download a b" ok 5 1.3ms\n' +
      "1970-01-01T00:00:00.000Z a note\n",
  );
  const [request, note] = (await logged("json", {})).trim().split("\n");
  assertEquals(JSON.parse(request!), {
    time: "1970-01-01T00:00:00.000Z",
    ...RECORD,
    ms: 1.3,
  });
  assertEquals(JSON.parse(note!).note, "a note");
  assertEquals(await logged("off", {}), "");
});

Deno.test("LineLog tells what happened to people in words, to programs in fields", async () => {
  const written = async (format: LogFormat) => {
    const sink = new Sink();
    new LineLog(format, sink, NOW).event("added a", { what: "added", size: 5 });
    await turn();
    return sink.text;
  };
  assertEquals(await written("text"), "1970-01-01T00:00:00.000Z added a\n");
  assertEquals(
    await written("json"),
    '{"time":"1970-01-01T00:00:00.000Z","what":"added","size":5}\n',
  );
  assertEquals(await written("off"), "");
});

Deno.test("LineLog writes what HTTP adds", async () => {
  const http = { status: 206, referer: "http://a/", agent: "curl/8" };
  const record = { request: "GET /a HTTP/1.1", status: "ok", http };
  assertEquals(
    (await logged("text", record)).split("\n")[0],
    '1970-01-01T00:00:00.000Z [::1]:9 "GET /a HTTP/1.1" 206 5 1.3ms',
  );
  for (const status of ["gone", "changed"]) {
    const [line] = (await logged("text", { ...record, status })).split("\n");
    assertEquals(line?.split('" ')[1], `${status} 5 1.3ms`);
  }
  assertEquals(JSON.parse((await logged("json", record)).split("\n")[0]!), {
    time: "1970-01-01T00:00:00.000Z",
    peer: "[::1]:9",
    request: "GET /a HTTP/1.1",
    status: "ok",
    bytes: 5,
    ms: 1.3,
    httpStatus: 206,
    referer: "http://a/",
    agent: "curl/8",
  });
});

Deno.test("LineLog writes the formats of NCSA and Apache, for every language", async () => {
  // The example of Apache's mod_log_config, in UTC.
  const NOW = () => new Date("2000-10-10T13:55:36.789Z");
  const HTTP: Partial<RequestRecord> = {
    peer: "127.0.0.1:4711",
    request: "GET /apache_pb.gif HTTP/1.0",
    bytes: 2326,
    http: {
      status: 200,
      referer: "http://www.example.com/start.html",
      agent: "Mozilla/4.08 [en] (Win98; I ;Nav)",
    },
  };
  const common =
    '127.0.0.1 - - [10/Oct/2000:13:55:36 +0000] "GET /apache_pb.gif HTTP/1.0" 200 2326';
  const wire = '::1 - - [10/Oct/2000:13:55:36 +0000] "download a b" 200 5';
  const CASES: [LogFormat, Partial<RequestRecord>, string][] = [
    ["common", HTTP, common],
    [
      "combined",
      HTTP,
      `${common} "http://www.example.com/start.html" "Mozilla/4.08 [en] (Win98; I ;Nav)"`,
    ],
    [
      "combined",
      { ...HTTP, http: { status: 304 } },
      `${common.replace(" 200 ", " 304 ")} "-" "-"`,
    ],
    ["common", {}, wire],
    ["combined", {}, `${wire} "-" "-"`],
    // No bytes are a dash, as Apache's %b has it.
    ["common", { bytes: 0 }, wire.replace(/5$/, "-")],
    ["common", { peer: "client" }, wire.replace("::1", "client")],
    // The faults of the wire protocol have their row in the table of errors.ts.
    ["common", { status: "not-found" }, wire.replace(" 200 ", " 404 ")],
    ["common", { status: "gone" }, wire.replace(" 200 ", " 499 ")],
    ["common", { status: "unheard-of" }, wire.replace(" 200 ", " 500 ")],
  ];
  for (const [format, record, line] of CASES) {
    const sink = new Sink();
    new LineLog(format, sink, NOW).request({ ...RECORD, ...record });
    await turn();
    assertEquals(sink.text, line + "\n");
  }
});

/** What reads a combined log as analysers do: a quote ends where no backslash stands in front of it. */
const COMBINED =
  /^(\S+) - - \[(\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000)\] "((?:[^"\\]|\\.)*)" (\d{3}) (\d+|-) "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)"$/;

Deno.test("LineLog escapes what could forge a line, close a quote or drive a terminal", async () => {
  // security.md L1.
  const EVIL = [
    'a\r\n1970 FAKE\x1b[2J\x00\x07\x7f\x85\x9b\u2028\u202e\u200b" ok',
    '" 200 5 "-" "-"\n::1 - - [',
    "\\",
    '\\" 200 5 "-" "',
    '\\\\"',
    "\ud800",
  ];
  for (const evil of EVIL) {
    const record = {
      request: evil,
      http: { status: 200, referer: evil, agent: evil },
    };
    for (const format of ["text", "common", "combined", "json"] as const) {
      const text = await logged(format, record);
      const [line = "", ...more] = text.trimEnd().split("\n");
      assertEquals(more.length, 1, text);
      assert(!/[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e\u200b]/.test(text));
      if (format === "combined") {
        const [, , , request, status, , referer, agent] = COMBINED.exec(line) ??
          [];
        assertEquals(status, "200", line);
        assertEquals([referer, agent], [request, request]);
      } else if (format === "text") {
        assert(/^\S+ \S+ "(?:[^"\\]|\\.)*" 200 5 1\.3ms$/.test(line), line);
      } else if (format === "json") {
        JSON.parse(line);
      }
    }
  }
});

Deno.test("LineLog cuts what a client says of itself, not what it asked for", async () => {
  const long = "x".repeat(8000);
  const record = {
    request: long,
    http: { status: 200, referer: long, agent: long },
  };
  for (const format of ["combined", "json"] as const) {
    const line = (await logged(format, record)).split("\n")[0]!;
    assertLess(line.length, 8000 + 1024 + 200);
    assert(line.includes(long));
  }
});

Deno.test("LineLog writes the lines of one turn together", async () => {
  const sink = new Sink();
  const log = new LineLog("text", sink, NOW);
  for (let i = 0; i < 100; i++) log.request(RECORD);
  await turn();
  assertEquals(sink.writes, 1);
  assertEquals(sink.text.split("\n").length, 101);
});

Deno.test("LineLog drops lines and says how many while its reader stands still, and never keeps more than two megabytes", async () => {
  const sink = new Sink();
  sink.stop();
  const log = new LineLog("text", sink, NOW);
  const COUNT = 100_000;
  for (let i = 0; i < COUNT; i++) {
    log.request({ ...RECORD, request: `${i} ${"x".repeat(50)}` });
    if (i === 10) await turn();
  }
  sink.resume();
  await turn();
  assertLess(sink.text.length, 2.2e6);
  const lines = sink.text.trimEnd().split("\n");
  const [, dropped] = / (\d+) lines dropped/.exec(lines.at(-1)!) ?? [];
  assertEquals(lines.length - 1 + Number(dropped), COUNT);
  // In order, and whole.
  for (const [i, line] of lines.slice(0, -1).entries()) {
    assert(line.includes(`"${i} x`));
  }
  log.request(RECORD);
  await turn();
  assert(sink.text.endsWith('"download a b" ok 5 1.3ms\n'));
});

Deno.test("LineLog writes nothing but JSON as JSON, also of lines that it dropped", async () => {
  const sink = new Sink();
  sink.stop();
  const log = new LineLog("json", sink, NOW);
  for (let i = 0; i < 20_000; i++) {
    log.request(RECORD);
    if (i === 10) await turn();
  }
  sink.resume();
  await turn();
  const lines = sink.text.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert(lines.at(-1).note.includes("lines dropped"));
});

Deno.test("LineLog goes on when nobody reads the log any more", async () => {
  let writes = 0;
  const log = new LineLog("text", {
    write: () => {
      writes++;
      return Promise.reject(new Deno.errors.BrokenPipe("closed"));
    },
  }, NOW);
  for (let i = 0; i < 3; i++) {
    log.request(RECORD);
    await turn();
  }
  assertEquals(writes, 3);
});

Deno.test("LineLog is flushed when its last line is written, or when nobody has read it for half a second", async () => {
  const sink = new Sink();
  const clock = new FakeClock();
  const log = new LineLog("text", sink, NOW);
  await log.flush(clock);
  log.note("read");
  await log.flush(clock);
  assert(sink.text.includes("read"), sink.text);
  sink.stop();
  log.note("not read");
  let flushed = false;
  const flushing = log.flush(clock).then(() => flushed = true);
  await clock.advance(499);
  assertEquals(flushed, false);
  await clock.advance(1);
  await flushing;
  sink.resume();
  await turn();
});
