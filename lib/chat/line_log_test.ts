import { assert, assertEquals } from "@std/assert";
import { seededNumbers } from "../testing/fuzzing_bytes.ts";
import { LineBuffer } from "./line_buffer.ts";
import { LineLog } from "./line_log.ts";

/** Puts a line of `text` under `id`. */
function put(log: LineLog, id: number, text: string, key?: string): void {
  const line = new LineBuffer();
  line.putText(text + "\n");
  log.put(id, line.view, 0, line.length, key);
}

/** IDs and texts above `id`. */
function above(log: LineLog, id: number): [number, string][] {
  const found: [number, string][] = [];
  const cursor = log.above(id);
  for (let at = cursor.id; at !== undefined; cursor.next(), at = cursor.id) {
    found.push([at, new TextDecoder().decode(cursor.line).slice(0, -1)]);
  }
  return found;
}

Deno.test("LineLog gives lines above an ID, and the ID below the last ones, as a list would", () => {
  const random = seededNumbers(1);
  const log = new LineLog();
  const lines: [number, string][] = [];
  let id = 0;
  for (let i = 0; i < 3000; i++) {
    id += 1 + random(3);
    const text = `${id} ${"x".repeat(random(40) === 0 ? 4000 : random(60))}`;
    put(log, id, text);
    lines.push([id, text]);
  }
  assertEquals(log.length, lines.length);
  assertEquals(log.last, id);
  for (let round = 0; round < 200; round++) {
    const from = random(id + 10);
    assertEquals(above(log, from), lines.filter(([id]) => id > from));
    const count = random(4000);
    const below = lines.at(-count - 1)?.[0] ?? 0;
    if (count < lines.length) assertEquals(log.before(count), below);
    else assertEquals(log.before(count), 0);
  }
});

Deno.test("LineLog keeps to its bounds by letting the oldest go, and knows how many at most", () => {
  const log = new LineLog();
  for (let id = 1; id <= 10_000; id++) {
    put(log, id * 2, "x".repeat(99));
    log.keep(100_000);
  }
  assert(log.bytes <= 100_000 && log.bytes > 80_000);
  const [first] = above(log, 0)[0]!;
  assertEquals(log.goneAbove(0), first / 2 - 1);
  assertEquals(log.goneAbove(first - 2), 0);
  assertEquals(log.goneAbove(first - 3), 1);
  log.forget(first - 2);
  assertEquals(log.goneAbove(0), 0);
});

Deno.test("LineLog keeps its newest chunk, however small its bounds are", () => {
  const log = new LineLog();
  put(log, 1, "x".repeat(5000));
  log.keep(10, 0);
  assertEquals(log.length, 1);
});

Deno.test("LineCursor stays valid whatever is put and let go meanwhile, and counts what went", () => {
  const log = new LineLog();
  const cursor = log.above(0);
  assertEquals(cursor.id, undefined);
  for (let id = 1; id <= 1000; id++) put(log, id, `${id}`);
  const seen: number[] = [];
  const step = () => {
    const { id } = cursor;
    if (id === undefined) return false;
    assertEquals(new TextDecoder().decode(cursor.line), `${id}\n`);
    seen.push(id);
    cursor.next();
    return true;
  };
  for (let i = 0; i < 10; i++) step();
  log.keep(Infinity, 300);
  for (let id = 1001; id <= 1010; id++) put(log, id, `${id}`);
  while (step());
  // The chunk that it was in is gone through to its end.
  assertEquals(
    seen.slice(0, 128),
    Array.from({ length: 128 }, (_, i) => i + 1),
  );
  assertEquals(seen.at(-1), 1010);
  assertEquals(seen.length + cursor.takeGone(), 1010);
  assertEquals(cursor.takeGone(), 0);
  put(log, 1011, "1011");
  assert(step());
});

Deno.test("LineCursor tells the KEY of a line, where there is one", () => {
  const log = new LineLog();
  put(log, 1, "a", "key");
  put(log, 2, "b");
  const cursor = log.above(0);
  assertEquals([cursor.id, cursor.key], [1, "key"]);
  cursor.next();
  assertEquals([cursor.id, cursor.key], [2, undefined]);
});
