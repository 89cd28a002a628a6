import { assert, assertEquals, assertLess } from "@std/assert";
import { turn } from "../testing/fake_clock.ts";
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

Deno.test("LineLog escapes what could forge a line or drive a terminal", async () => {
  // security.md L1.
  const evil =
    'a\r\n1970 FAKE\x1b[2J\x00\x07\x7f\x85\x9b\u2028\u202e\u200b" ok';
  for (const format of ["text", "json"] as const) {
    const text = await logged(format, { request: evil });
    assertEquals(text.trimEnd().split("\n").length, 2);
    assert(!/[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e\u200b]/.test(text));
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
  const [, dropped] = /^(\d+) lines dropped/.exec(lines.at(-1)!) ?? [];
  assertEquals(lines.length - 1 + Number(dropped), COUNT);
  // In order, and whole.
  for (const [i, line] of lines.slice(0, -1).entries()) {
    assert(line.includes(`"${i} x`));
  }
  log.request(RECORD);
  await turn();
  assert(sink.text.endsWith('"download a b" ok 5 1.3ms\n'));
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
