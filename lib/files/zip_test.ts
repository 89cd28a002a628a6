import { assert, assertEquals } from "@std/assert";
import { joinBytes } from "../bytes/join.ts";
import { toName } from "../names/name.ts";
import { ZipWriter } from "./zip.ts";

const entry = (name: string, size = 0, mtime = 0) => ({
  name: toName(name),
  size,
  mtime,
});

/** What the central directory says of a file (APPNOTE 4.3.12), with numbers of zip64 put where they belong. */
interface Central {
  name: string;
  size: number;
  offset: number;
  dosTime: number;
  /** Of the extra field "UT". */
  seconds: number | undefined;
  version: number;
}

/** Reads `bytes`, which end a zip file and begin at `start` of it, as APPNOTE 4.3 has it. */
function readEnd(bytes: Uint8Array, start: number): Central[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const u16 = (at: number) => view.getUint16(at, true);
  const u32 = (at: number) => view.getUint32(at, true);
  const u64 = (at: number) => Number(view.getBigUint64(at, true));
  const end = bytes.length - 22;
  assertEquals(u32(end), 0x06054b50);
  let [count, length, offset] = [u16(end + 10), u32(end + 12), u32(end + 16)];
  if (end >= 76 && u32(end - 20) === 0x07064b50) {
    const record = u64(end - 12) - start;
    assertEquals(record, end - 76);
    assertEquals([u32(record), u64(record + 4)], [0x06064b50, 44]);
    [count, length, offset] = [
      u64(record + 32),
      u64(record + 40),
      u64(record + 48),
    ];
  }
  let at = offset - start;
  const last = at + length;
  const found: Central[] = [];
  while (at < last) {
    assertEquals(u32(at), 0x02014b50);
    let [size, offset] = [u32(at + 24), u32(at + 42)];
    assertEquals(u32(at + 20), size, "stored: both sizes are the same");
    const [nameBytes, extraBytes] = [u16(at + 28), u16(at + 30)];
    const name = new TextDecoder().decode(
      bytes.subarray(at + 46, at + 46 + nameBytes),
    );
    let seconds: number | undefined;
    let extra = at + 46 + nameBytes;
    for (const to = extra + extraBytes; extra < to;) {
      const [id, fieldBytes] = [u16(extra), u16(extra + 2)];
      if (id === 0x5455) seconds = view.getInt32(extra + 5, true);
      let field = extra + 4;
      if (id === 1) {
        if (size === 0xffffffff) [size, field] = [u64(field), field + 16];
        if (offset === 0xffffffff) [offset, field] = [u64(field), field + 8];
        assertEquals(field, extra + 4 + fieldBytes, "no number too many");
      }
      extra += 4 + fieldBytes;
    }
    const [version, dosTime] = [u16(at + 6), u32(at + 12)];
    found.push({ name, size, offset, dosTime, seconds, version });
    at = extra;
  }
  assertEquals(found.length, count);
  return found;
}

/** The end of a zip file of `entries`, whose contents are only said to be there, as it is read. */
function centralOf(...entries: ReturnType<typeof entry>[]): Central[] {
  const writer = new ZipWriter();
  let offset = 0;
  for (const entry of entries) {
    offset += writer.begin(entry, entry.mtime).length + entry.size;
    offset += writer.finish(0).length;
  }
  return readEnd(joinBytes([...writer.end()]), offset);
}

Deno.test("ZipWriter without a file makes the empty zip file", () => {
  const bytes = joinBytes([...new ZipWriter().end()]);
  assertEquals(bytes.length, 22);
  assertEquals(readEnd(bytes, 0), []);
});

Deno.test("ZipWriter tells names, sizes, places and times", () => {
  const found = centralOf(
    entry("d/a.txt", 5, 1_700_000_000_999),
    entry("ä🙂", 7, 0),
  );
  assertEquals(found.map(({ name, size, offset }) => [name, size, offset]), [
    ["d/a.txt", 5, 0],
    ["ä🙂", 7, 30 + 7 + 9 + 5 + 16],
  ]);
  assertEquals(found[0]!.seconds, 1_700_000_000);
});

Deno.test("ZipWriter says in DOS time what DOS can say, and in UTC what 32 bits can", () => {
  const CASES: [string, string, boolean][] = [
    ["2023-11-14T22:13:21Z", "2023-11-14T22:13:20", true],
    ["1980-01-01T00:00:00Z", "1980-01-01T00:00:00", true],
    ["1979-12-31T23:59:59Z", "1980-01-01T00:00:00", true],
    ["1960-06-01T00:00:00Z", "1980-01-01T00:00:00", true],
    ["1850-06-01T00:00:00Z", "1980-01-01T00:00:00", false],
    ["2038-01-19T03:14:07Z", "2038-01-19T03:14:06", true],
    ["2038-01-19T03:14:08Z", "2038-01-19T03:14:08", false],
    ["2107-12-31T23:59:59Z", "2107-12-31T23:59:58", false],
    ["2300-01-01T00:00:00Z", "2107-12-31T23:59:58", false],
  ];
  for (const [time, dos, inUtc] of CASES) {
    const mtime = Date.parse(time);
    const [{ dosTime, seconds } = { dosTime: 0, seconds: 0 }] = centralOf(
      entry("a", 0, mtime),
    );
    const pad = (value: number) => `${value}`.padStart(2, "0");
    const day = [
      1980 + (dosTime >>> 25),
      pad(dosTime >>> 21 & 15),
      pad(dosTime >>> 16 & 31),
    ];
    const clock = [
      pad(dosTime >>> 11 & 31),
      pad(dosTime >>> 5 & 63),
      pad((dosTime & 31) * 2),
    ];
    assertEquals(`${day.join("-")}T${clock.join(":")}`, dos);
    assertEquals(seconds, inUtc ? mtime / 1000 : undefined, time);
  }
});

Deno.test("ZipWriter uses 64 bits for just what needs them", () => {
  const LARGE = 0xffffffff;
  const found = centralOf(
    entry("small", 1),
    entry("below", LARGE - 1),
    entry("large", LARGE),
    entry("behind", 3),
    entry("huge", 2 ** 45),
    entry("last", 0),
  );
  assertEquals(found.map(({ name, size, version }) => [name, size, version]), [
    ["small", 1, 20],
    ["below", LARGE - 1, 20],
    ["large", LARGE, 45],
    ["behind", 3, 45],
    ["huge", 2 ** 45, 45],
    ["last", 0, 45],
  ]);
  // Where each is: heads of 30 bytes, 20 more in zip64, 9 for the time; tails of 16, or 24.
  const sizeOf = (name: string, size: number) =>
    30 + name.length + 9 + size + (size >= LARGE ? 20 + 24 : 16);
  let offset = 0;
  for (const { name, size, offset: told } of found) {
    assertEquals(told, offset, name);
    offset += sizeOf(name, size);
  }
});

Deno.test("ZipWriter counts more files than 16 bits can, over many pages", () => {
  const found = centralOf(
    ...Array.from({ length: 65_536 }, (_, i) => entry(`f${i}`)),
  );
  assertEquals(found.length, 65_536);
  assert(found.every(({ name }, i) => name === `f${i}`));
});

Deno.test("ZipWriter writes no name that Windows would take for a path out of the folder", () => {
  // security.md P3: on Linux these are letters of a name like any other.
  const names = centralOf(
    entry("..\\..\\evil.bat"),
    entry("C:evil.bat"),
    entry("d/10:30.txt"),
  ).map(({ name }) => name);
  assertEquals(names, ["..%5C..%5Cevil.bat", "C%3Aevil.bat", "d/10:30.txt"]);
});
