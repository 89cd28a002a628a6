import {
  assert,
  assertEquals,
  assertLess,
  assertStringIncludes,
} from "@std/assert";
import { assertSameBytes, patterned } from "../testing/content.ts";
import type { MemoryDirectory } from "../testing/memory_directory.ts";
import { MemoryServer } from "../testing/memory_server.ts";
import { textOf } from "../testing/wire_peer.ts";

/** Several outboxes (257 KiB) long. */
const LARGE = patterned(700_000);
const NASTY = `a b#%|"'<&>\\ \n\t\x7fé😀.txt`;
const NASTY_ON_LINE = `a b#%|"'<&>\\\\ \\n\\t\\x7fé😀.txt`;

Deno.test("answerFilelist gives one escaped name a line, folder by folder, without what begins with a dot", async () => {
  await using server = new MemoryServer({
    files: { "b/2": "", [NASTY]: "", "b/1": "", ".x": "", "c/.y/z": "" },
  });
  server.directory.batchEntries = 2;
  const { peer } = server.connect();
  const { line, body } = await peer.ask("send filelist");
  assertEquals(textOf(body), `${NASTY_ON_LINE}\nb/1\nb/2\n`);
  assertEquals(line, `OK ${body.length}`);
});

Deno.test("answerFilelist of an empty folder is empty", async () => {
  await using server = new MemoryServer();
  const { peer } = server.connect();
  assertEquals((await peer.ask("send filelist")).line, "OK 0");
});

Deno.test("answerList tells size, time and version of the files below a place, and how many", async () => {
  await using server = new MemoryServer();
  for (const name of ["a", "b/1", "b/c/2", NASTY]) {
    server.directory.put(name, "12345", 1000);
  }
  server.directory.batchEntries = 1;
  const { peer } = server.connect();
  const all = await peer.ask("list");
  assertEquals(all.line, "END files=4");
  assertEquals(all.frames.length, 4);
  const inside = await peer.ask("list b");
  assertEquals(
    textOf(inside.body).replaceAll(/ \d+-5-1000-0 /g, " VERSION "),
    "5 1000 VERSION b/1\n5 1000 VERSION b/c/2\n",
  );
  assertEquals(
    textOf((await peer.ask(`list ${NASTY_ON_LINE}`)).body).split(" ")[0],
    "5",
  );
  assertStringIncludes((await peer.ask("list nowhere")).line, "ERR not-found");
});

Deno.test("answerDownload and answerRead give every byte of files with nasty names, of none, and of many outboxes", async () => {
  await using server = new MemoryServer({
    files: { [NASTY]: "x", empty: "", large: LARGE },
  });
  for (const [isAsync, readBytesMax] of [[false, 1e9], [true, 70_001]]) {
    server.directory.readsAreAsync = Boolean(isAsync);
    server.directory.readBytesMax = Number(readBytesMax);
    const { peer } = server.connect();
    for (
      const [name, content] of [
        [NASTY_ON_LINE, new Uint8Array([0x78])],
        ["empty", new Uint8Array()],
        ["large", LARGE],
      ] as const
    ) {
      const whole = await peer.ask(`download ${name}`);
      assertSameBytes(whole.body, content);
      assertStringIncludes(whole.line, `OK ${content.length} mtime=`);
      const read = await peer.ask(`read 0 999999999 ${name}`);
      assertSameBytes(read.body, content);
      assertEquals(read.fields.get("size"), String(content.length));
      assertEquals(read.fields.get("version"), whole.fields.get("version"));
    }
    assertEquals(server.directory.openFiles, 0);
  }
});

Deno.test("answerRead gives the piece that was asked for, clamped to the file, with its check", async () => {
  await using server = new MemoryServer({ files: { a: "0123456789" } });
  const { peer } = server.connect();
  // Values of the reference implementation: xxhsum -H64.
  const CASES = [
    ["read 0 0 a", "", "ef46db3751d8e999"],
    ["read 10 5 a", "", "ef46db3751d8e999"],
    ["read 3 4 a", "3456", undefined],
    ["read 8 1000 a", "89", undefined],
  ] as const;
  for (const [line, text, check] of CASES) {
    const { body, fields } = await peer.ask(line);
    assertEquals(textOf(body), text);
    if (check) assertEquals(fields.get("xxh64"), check);
  }
  assertStringIncludes((await peer.ask("read 11 1 a")).line, "ERR bad-range");
  assertEquals(server.directory.openFiles, 0);
});

Deno.test("answerDownload and answerRead write one chunk of --chunk-size at a time", async () => {
  await using server = new MemoryServer({
    files: { a: patterned(4321) },
    chunkBytes: 1000,
  });
  const { peer, serverEnd } = server.connect();
  const download = await peer.ask("download a");
  assertSameBytes(download.body, patterned(4321));
  const head = download.line.length + 1;
  assertEquals(serverEnd.writeSizes, [head + 1000, 1000, 1000, 1000, 321]);

  const { body, frames, line } = await peer.ask("read 0 4321 a");
  assertSameBytes(body, patterned(4321));
  assertEquals(frames.map(({ bytes }) => bytes), [1000, 1000, 1000, 1000, 321]);
  assertEquals(serverEnd.writeSizes.slice(5), [
    ...frames.map(({ line, bytes }) => line.length + 1 + bytes),
    line.length + 1,
  ]);
});

/** What may happen to a file between two reads. */
const CHANGES: Record<
  string,
  (directory: MemoryDirectory, content: Uint8Array) => void
> = {
  "is rewritten with as many bytes": (directory, content) =>
    directory.rewrite("a", content.toReversed()),
  "shrinks": (directory, content) =>
    directory.rewrite("a", content.subarray(0, content.length - 7)),
  "is emptied": (directory) => directory.rewrite("a", ""),
  "grows": (directory, content) =>
    directory.rewrite("a", new Uint8Array([...content, 1])),
  "is replaced": (directory, content) => directory.put("a", content),
  "is removed": (directory) => directory.remove("a"),
};

for (const [what, change] of Object.entries(CHANGES)) {
  for (const [size, chunkBytes] of [[1000, undefined], [5000, 1000]] as const) {
    for (const isCold of [false, true]) {
      const how = `${chunkBytes ?? "no"} chunks${
        isCold ? ", a cold disk" : ""
      }`;
      const content = patterned(size);
      const files = { a: content };

      Deno.test(`answerDownload ends the connection before the last byte of a file that ${what} (${how})`, async () => {
        await using server = new MemoryServer({
          files,
          ...(chunkBytes && { chunkBytes }),
        });
        server.directory.readsAreAsync = isCold;
        changeInTheMiddle(server.directory, content, change);
        const { peer } = server.connect();
        await peer.send("download a\n");
        const received = await peer.rest();
        assertLess(received.length - received.indexOf(0x0a) - 1, size);
        assertEquals(server.log.outcomes, ["download changed"]);
        assertEquals(server.directory.openFiles, 0);
      });

      Deno.test(`answerRead ends in ERR changed for a file that ${what}, and the connection goes on (${how})`, async () => {
        await using server = new MemoryServer({
          files,
          ...(chunkBytes && { chunkBytes }),
        });
        server.directory.readsAreAsync = isCold;
        changeInTheMiddle(server.directory, content, change);
        const { peer } = server.connect();
        const { line } = await peer.ask(`read 0 ${size} a`);
        assertStringIncludes(line, "ERR changed ");
        assertEquals(textOf((await peer.ask("echo on")).body), "on\n");
        assertEquals(server.directory.openFiles, 0);
      });
    }
  }

  Deno.test(`answerDigest ends in ERR changed for a file that ${what}`, async () => {
    const content = patterned(1000);
    await using server = new MemoryServer({ files: { a: content } });
    server.directory.readBytesMax = 600;
    changeInTheMiddle(server.directory, content, change);
    const { peer } = server.connect();
    const { line } = await peer.ask("digest xxh64 a");
    assertStringIncludes(line, "ERR changed ");
    assertEquals(server.directory.openFiles, 0);
  });
}

/** Changes the file just before its second half is read, or its only piece. */
function changeInTheMiddle(
  directory: MemoryDirectory,
  content: Uint8Array,
  change: (directory: MemoryDirectory, content: Uint8Array) => void,
): void {
  let done = false;
  directory.onRead = (_, offset) => {
    const isLate = offset > content.length / 2 || content.length <= 1000;
    if (done || !isLate) return;
    done = true;
    change(directory, content);
  };
}

Deno.test("answerDigest gives SHA-256 and XXH64 of the whole file, of a remembered one too", async () => {
  await using server = new MemoryServer({ files: { a: "abc", empty: "" } });
  const { peer } = server.connect();
  // FIPS 180-2 appendix B.1; the others from sha256sum and xxhsum -H64.
  const DIGESTS = {
    "digest sha256 a":
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    "digest sha256 empty":
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "digest xxh64 a": "44bc2cf5ad770999",
    "digest xxh64 empty": "ef46db3751d8e999",
  };
  for (const [line, digest] of Object.entries(DIGESTS)) {
    for (let i = 0; i < 2; i++) {
      assertEquals(textOf((await peer.ask(line)).body), digest + "\n");
    }
  }
});

Deno.test("answerRead and answerDigest compute the check of a settled file once, and of a changed one again", async () => {
  await using server = new MemoryServer({ files: { a: "abc" } });
  const { peer } = server.connect();
  let reads = 0;
  server.directory.onRead = () => void reads++;
  const digest = async () => textOf((await peer.ask("digest sha256 a")).body);
  const first = await digest();
  const readsOfOne = reads;
  assert(readsOfOne > 0);
  assertEquals(await digest(), first);
  assertEquals(reads, readsOfOne);

  server.directory.rewrite("a", "abd");
  assert(await digest() !== first);
  assertEquals(reads, 2 * readsOfOne);

  // A file that was changed a moment ago may change again without its time stamp showing it.
  server.directory.isSettled = false;
  server.directory.rewrite("a", "abe");
  await digest();
  await digest();
  assertEquals(reads, 4 * readsOfOne);
});

Deno.test("read answers refuse what is not there or not shown, with one same text", async () => {
  await using server = new MemoryServer({
    files: { "a/b": "x", ".hidden": "x", ".landline-1.part": "x" },
  });
  const { peer } = server.connect();
  const texts = new Set<string>();
  for (const verb of ["download", "read 0 1", "digest xxh64", "list"]) {
    for (const name of ["none", ".hidden", ".landline-1.part", "a/b/c"]) {
      texts.add((await peer.ask(`${verb} ${name}`)).line);
    }
  }
  assertEquals([...texts], ["ERR not-found There is no such file"]);
});
