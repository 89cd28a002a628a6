import { assert, assertEquals } from "@std/assert";
import { toName } from "../names/name.ts";
import { TAR_END, tarHead, tarPadding } from "./tar.ts";

/** The fields of a ustar block, after its sum was checked as POSIX has it. */
function fieldsOf(block: Uint8Array) {
  assertEquals(block.length, 512);
  const text = (from: number, length: number) =>
    new TextDecoder().decode(block.subarray(from, from + length))
      .replace(/\0.*$/s, "");
  const number = (from: number, length: number) => {
    const digits = text(from, length);
    assert(/^[0-7]+ ?$/.test(digits), digits);
    return parseInt(digits, 8);
  };
  const sum = block.reduce(
    (sum, byte, i) => sum + (i >= 148 && i < 156 ? 0x20 : byte),
    0,
  );
  assertEquals(number(148, 8), sum);
  assertEquals(text(257, 6) + "|" + text(263, 2), "ustar|00");
  const prefix = text(345, 155);
  return {
    name: prefix === "" ? text(0, 100) : `${prefix}/${text(0, 100)}`,
    mode: number(100, 8),
    size: number(124, 12),
    mtime: number(136, 12),
    type: text(156, 1),
  };
}

/** What a reader that knows pax finds for a file, and what one sees that does not. */
function readHead(head: Uint8Array) {
  assertEquals(head.length % 512, 0);
  const first = fieldsOf(head.subarray(0, 512));
  if (first.type === "0") {
    assertEquals(head.length, 512);
    return { pax: {}, plain: first, found: first };
  }
  assertEquals(first.type, "x");
  const pax: Record<string, string> = {};
  for (let at = 512; at < 512 + first.size;) {
    const rest = head.subarray(at, 512 + first.size);
    const length = parseInt(new TextDecoder().decode(rest), 10);
    const record = new TextDecoder().decode(rest.subarray(0, length));
    const [, key = "", value = ""] = /^\d+ (\w+)=(.*)\n$/s.exec(record)!;
    pax[key] = value;
    at += length;
  }
  const plain = fieldsOf(head.subarray(head.length - 512));
  const { path = plain.name, size = plain.size, mtime = plain.mtime } = pax;
  return {
    pax,
    plain,
    found: { ...plain, name: path, size: Number(size), mtime: Number(mtime) },
  };
}

const entry = (name: string, size = 0, mtime = 0) => ({
  name: toName(name),
  size,
  mtime,
});

Deno.test("tarHead() says a short name, the size and the seconds in one block", () => {
  const { pax, found } = readHead(
    tarHead(entry("d/a b.txt", 1234, 1_700_000_000_999)),
  );
  assertEquals(pax, {});
  assertEquals(found, {
    name: "d/a b.txt",
    mode: 0o644,
    size: 1234,
    mtime: 1_700_000_000,
    type: "0",
  });
});

Deno.test("tarHead() says names of every length and script", () => {
  const IN_ONE_BLOCK = [
    "x".repeat(100),
    "d".repeat(155) + "/" + "x".repeat(100),
    "d/".repeat(60) + "x",
    "d".repeat(50) + "/" + "x".repeat(51),
  ];
  for (const name of IN_ONE_BLOCK) {
    const { pax, found } = readHead(tarHead(entry(name)));
    assertEquals(found.name, name);
    assertEquals(pax, {}, name);
  }
  const BY_PAX = [
    "x".repeat(101),
    "d".repeat(156) + "/x",
    "d".repeat(155) + "/" + "x".repeat(101),
    "ä.txt",
    "🙂/" + "文".repeat(80),
    "line\nfeed=1\n",
    "12 path=evil\n",
    `${"d".repeat(250)}/`.repeat(12) + "x",
  ];
  for (const name of BY_PAX) {
    const { pax, found, plain } = readHead(tarHead(entry(name)));
    assertEquals(found.name, name);
    assertEquals(Object.keys(pax), ["path"]);
    assert(plain.name.length <= 100 && !/[^\x20-\x7e]/.test(plain.name));
  }
});

Deno.test("tarHead() counts the digits of a pax record's length with the rest", () => {
  // Around 99 -> 100 and 999 -> 1000 the length grows by its own digits.
  for (let length = 80; length < 1200; length++) {
    const name = ("d".repeat(99) + "/").repeat(11).slice(0, length - 1) + "ä";
    assertEquals(readHead(tarHead(entry(name))).found.name, name);
  }
});

Deno.test("tarHead() leaves no '..' where a name was cut for readers without pax", () => {
  const name = "d/".repeat(49) + "..." + "x".repeat(200);
  const { plain } = readHead(tarHead(entry(name)));
  assert(plain.name.split("/").every((part) => part !== ".." && part !== "."));
});

Deno.test("tarHead() says sizes and times that ustar cannot", () => {
  const GIB_8 = 8 * 1024 ** 3;
  const CASES: [number, number, string[]][] = [
    [GIB_8 - 1, 0, []],
    [GIB_8, 0, ["size"]],
    [Number.MAX_SAFE_INTEGER, 0, ["size"]],
    // 1969, to the second below; then the last second of eleven octal digits, and the next.
    [0, -1, ["mtime"]],
    [0, -86_400_000, ["mtime"]],
    [0, (8 ** 11 - 1) * 1000, []],
    [0, 8 ** 11 * 1000, ["mtime"]],
    [GIB_8, -1, ["size", "mtime"]],
  ];
  for (const [size, mtime, keys] of CASES) {
    const { pax, found } = readHead(tarHead(entry("a", size, mtime)));
    assertEquals(Object.keys(pax), keys);
    assertEquals([found.size, found.mtime], [size, Math.floor(mtime / 1000)]);
  }
});

Deno.test("tarPadding() fills the last block with zeros", () => {
  for (
    const [size, bytes] of [[0, 0], [1, 511], [511, 1], [512, 0], [513, 511]]
  ) {
    assertEquals(tarPadding(size!).length, bytes!);
    assert(tarPadding(size!).every((byte) => byte === 0));
  }
  assertEquals(tarPadding(8 * 1024 ** 3 + 1).length, 511);
  assertEquals(TAR_END, new Uint8Array(1024));
});
