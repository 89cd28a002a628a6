import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { toBytes } from "../bytes/ascii.ts";
import { xxh64 } from "../io/checks.ts";
import { assertSameBytes, patterned } from "../testing/content.ts";
import { turn } from "../testing/fake_clock.ts";
import {
  MemoryServer,
  type MemoryServerOptions,
} from "../testing/memory_server.ts";
import { textOf, type WirePeer } from "../testing/wire_peer.ts";

const TOKEN = "0123456789abcdef";
const CONTENT = patterned(90);
const CHECK = xxh64(CONTENT);

Deno.test("UploadAnswers stores the body under its name and answers name and check", async () => {
  await using server = uploadServer();
  const { peer } = server.connect();
  await peer.send("upload 90 a/b c.txt\n");
  await peer.send(CONTENT);
  const { body, fields } = await peer.answer();
  assertEquals(textOf(body), "a/b c.txt\n");
  assertEquals(fields.get("xxh64"), CHECK);
  assertSameBytes(server.directory.get("a/b c.txt"), CONTENT);
  await peer.send("upload 0 empty\n");
  await peer.answer();
  assertSameBytes(server.directory.get("empty"), new Uint8Array());
  assertEquals(server.directory.partKeys, []);
});

Deno.test("UploadAnswers takes nothing where uploads are not allowed", async () => {
  await using server = new MemoryServer();
  const { peer } = server.connect();
  for (const request of ["upload 1 a\nx", `offer ${TOKEN} 1 0 a\n`]) {
    await peer.send(request);
    assertStringIncludes((await peer.answer()).line, "ERR not-allowed ");
  }
  assertEquals(server.directory.fileNames, []);
  assertEquals(server.directory.partKeys, []);
});

Deno.test("UploadAnswers leaves nothing of an upload that is cut after byte n, for every n", async () => {
  // security.md W2.
  const request = [toBytes("upload 90 a\n"), CONTENT];
  const bytes = concat(request);
  for (let cut = 0; cut < bytes.length; cut++) {
    for (const cutAs of ["reset", "end"] as const) {
      await using server = uploadServer();
      const { peer } = server.connect({
        aToB: { cutAfterBytes: cut, cutAs, chunkBytes: 13 },
      });
      await sendUntilCut(peer, bytes);
      assertEquals(server.directory.fileNames, [], `cut after ${cut}`);
      assertEquals(server.directory.partKeys, [], `cut after ${cut}`);
      assertEquals(server.directory.heldParts, 0);
    }
  }
});

Deno.test("UploadAnswers keeps only a resumable part of an offer that is cut after byte n, for every n, and resumes it", async () => {
  // security.md W2.
  const all = concat(offerOf("a", 1234));
  for (let cut = 0; cut < all.length; cut++) {
    await using server = uploadServer();
    const { peer } = server.connect({ aToB: { cutAfterBytes: cut } });
    await sendUntilCut(peer, all);
    assertEquals(server.directory.fileNames, [], `cut after ${cut}`);
    assertEquals(server.directory.heldParts, 0);
    for (const key of server.directory.partKeys) {
      const part = server.directory.part(key)!;
      // Whole parts only: what was acknowledged, never what was under way.
      assert(part.length > 0 && part.length % 30 === 0, `cut after ${cut}`);
      assertSameBytes(part, CONTENT.subarray(0, part.length));
    }
    const { peer: again } = server.connect();
    await resume(again, "a");
    assertSameBytes(server.directory.get("a"), CONTENT);
    assertEquals(server.directory.mtimeOf("a"), 1234);
    assertEquals(server.directory.partKeys, []);
  }
});

Deno.test("UploadAnswers refuses a part whose check is wrong, and takes the right one then", async () => {
  await using server = uploadServer();
  const { peer } = server.connect();
  await peer.ask(`offer ${TOKEN} 90 0 a`);
  await peer.send(`part ${TOKEN} 0 90 ${CHECK}\n`);
  await peer.send(CONTENT.toReversed());
  assertStringIncludes((await peer.answer()).line, "ERR corrupt ");
  await peer.send(`part ${TOKEN} 0 90 ${CHECK}\n`);
  await peer.send(CONTENT);
  assertEquals((await peer.answer()).line, "OK 0 offset=90");
});

Deno.test("UploadAnswers commits only what is whole and has the check of the whole", async () => {
  await using server = uploadServer();
  const { peer } = server.connect();
  for (const bytes of offerOf("a", 0).slice(0, 3)) await peer.send(bytes);
  for (let i = 0; i < 3; i++) await peer.answer();
  assertStringIncludes(
    (await peer.ask(`commit ${TOKEN} ${CHECK}`)).line,
    "ERR wrong-offset The part goes on at 60",
  );
  await peer.send(`part ${TOKEN} 60 30 ${xxh64(CONTENT.subarray(60))}\n`);
  await peer.send(CONTENT.subarray(60));
  await peer.answer();
  assertStringIncludes(
    (await peer.ask(`commit ${TOKEN} ${"0".repeat(16)}`)).line,
    "ERR corrupt ",
  );
  assertEquals(server.directory.fileNames, []);
  assertEquals(server.directory.partKeys, []);
});

Deno.test("UploadAnswers refuses parts at a wrong offset, past the size, or that were not offered, and reads on behind them", async () => {
  await using server = uploadServer();
  const { peer } = server.connect();
  await peer.ask(`offer ${TOKEN} 10 0 a`);
  const other = "f".repeat(16);
  const CASES = [
    [`part ${TOKEN} 5 1 ${other}\nx`, "ERR wrong-offset "],
    [`part ${TOKEN} 0 11 ${other}\nelevenbytes`, "ERR too-large "],
    [`part ${other} 0 1 ${other}\nx`, "ERR bad-request "],
    [`commit ${other} ${other}\n`, "ERR bad-request "],
    [`offer ${TOKEN} 10 0 b\n`, "ERR bad-request "],
    [`offer ${TOKEN} 11 0 a\n`, "ERR bad-request "],
    // Asked again on the same connection, it says where to go on.
    [`offer ${TOKEN} 10 0 a\n`, "OK 0 offset=0"],
  ] as const;
  for (const [request, refusal] of CASES) {
    await peer.send(request);
    assertStringIncludes((await peer.answer()).line, refusal);
  }
  assertEquals(textOf((await peer.ask("echo on")).body), "on\n");
});

Deno.test("UploadAnswers gives a part to one connection at a time", async () => {
  await using server = uploadServer();
  const { peer: one } = server.connect();
  const { peer: two } = server.connect();
  assertEquals((await one.ask(`offer ${TOKEN} 9 0 a`)).line, "OK 0 offset=0");
  assertStringIncludes(
    (await two.ask(`offer ${TOKEN} 9 0 a`)).line,
    "ERR busy",
  );
  await one.ask("quit");
  one.close();
  await turn();
  assertEquals((await two.ask(`offer ${TOKEN} 9 0 a`)).line, "OK 0 offset=0");
});

Deno.test("UploadAnswers removes a part that is longer than what is offered now", async () => {
  await using server = uploadServer();
  const { peer } = server.connect();
  for (const bytes of offerOf("a", 0).slice(0, 3)) await peer.send(bytes);
  for (let i = 0; i < 2; i++) await peer.answer();
  peer.close();
  await turn();
  assertEquals(server.directory.partKeys.length, 1);
  const { peer: again } = server.connect();
  assertStringIncludes(
    (await again.ask(`offer ${TOKEN} 5 0 a`)).line,
    "ERR wrong-offset ",
  );
  assertEquals((await again.ask(`offer ${TOKEN} 5 0 a`)).line, "OK 0 offset=0");
});

Deno.test("UploadAnswers lets a connection have 16 offers under way", async () => {
  await using server = uploadServer();
  const { peer } = server.connect();
  for (let i = 0; i < 16; i++) {
    const token = String(i).padStart(16, "0");
    assertEquals((await peer.ask(`offer ${token} 1 0 a${i}`)).line.length, 13);
  }
  assertStringIncludes((await peer.ask(`offer ${TOKEN} 1 0 b`)).line, "busy");
});

for (
  const [onConflict, content, stored] of [
    ["refuse", "old", undefined],
    ["rename", "old", "a (1).txt"],
    ["overwrite", "new", "a.txt"],
  ] as const
) {
  Deno.test(`UploadAnswers obeys --on-conflict ${onConflict}, also for a name that is taken meanwhile`, async () => {
    await using server = uploadServer({ uploads: { onConflict } });
    const { peer } = server.connect();
    const check = xxh64(toBytes("new"));
    // Taken between the offer and the commit.
    await peer.ask(`offer ${TOKEN} 3 0 a.txt`);
    await peer.send(`part ${TOKEN} 0 3 ${check}\nnew`);
    await peer.answer();
    server.directory.put("a.txt", "old");
    assertStored(await peer.ask(`commit ${TOKEN} ${check}`), stored);
    assertEquals(textOf(server.directory.get("a.txt")!), content);
    // Taken before.
    server.directory.put("b.txt", "old");
    await peer.send("upload 3 b.txt\nnew");
    assertStored(await peer.answer(), stored?.replace("a", "b"));
    assertEquals(textOf(server.directory.get("b.txt")!), content);
    assertEquals(server.directory.partKeys, []);
  });
}

Deno.test("UploadAnswers refuses a name that is taken before the bytes come", async () => {
  await using server = uploadServer({ files: { a: "old" } });
  const { peer } = server.connect();
  for (const line of ["upload 90 a", `offer ${TOKEN} 90 0 a`]) {
    assertStringIncludes((await peer.ask(line)).line, "ERR exists ");
    if (line.startsWith("upload")) await peer.send(CONTENT);
  }
});

Deno.test("UploadAnswers refuses names that are folders, lie in files, are hidden or ours", async () => {
  await using server = uploadServer({
    files: { "a/b": "", f: "" },
    uploads: { onConflict: "overwrite" },
  });
  const { peer } = server.connect();
  for (
    const [name, refusal] of [
      ["a", "ERR exists"],
      ["f/x", "ERR exists"],
      [".x", "ERR not-found"],
      ["a/.landline-1.part", "ERR not-found"],
    ]
  ) {
    await peer.send(`upload 1 ${name}\nx`);
    assertStringIncludes((await peer.answer()).line, refusal!);
    assertStringIncludes(
      (await peer.ask(`offer ${TOKEN} 1 0 ${name}`)).line,
      refusal!,
    );
  }
  assertEquals(server.directory.fileNames, ["a/b", "f"]);
});

Deno.test("UploadAnswers takes files up to the cap, and refuses a larger one before its bytes", async () => {
  await using server = uploadServer({ uploads: { bytesMax: 90 } });
  const { peer } = server.connect();
  await peer.send("upload 90 a\n");
  await peer.send(CONTENT);
  assertEquals((await peer.answer()).line.slice(0, 3), "OK ");
  // No byte of it was sent: a length drives neither an allocation nor a file (security.md D4).
  for (
    const line of [
      "upload 9007199254740991 b",
      "upload 91 b",
      `offer ${TOKEN} 91 0 b`,
    ]
  ) {
    const { peer } = server.connect();
    const answer = await peer.ask(line);
    assertStringIncludes(
      answer.line,
      "ERR too-large This server takes at most",
    );
  }
  assertEquals(server.directory.partKeys, []);
});

Deno.test("UploadAnswers says no-space on a full disk, leaves nothing but a resumable part, and goes on", async () => {
  // security.md D10.
  await using server = uploadServer();
  server.directory.capacityBytes = 65;
  const { peer } = server.connect();
  await peer.send("upload 90 a\n");
  await peer.send(CONTENT);
  assertStringIncludes((await peer.answer()).line, "ERR no-space ");
  assertEquals(server.directory.partKeys, []);
  for (const bytes of offerOf("a", 0).slice(0, -1)) await peer.send(bytes);
  const lines: string[] = [];
  for (let i = 0; i < 4; i++) lines.push((await peer.answer()).line);
  assertEquals(lines, [
    "OK 0 offset=0",
    "OK 0 offset=30",
    "OK 0 offset=60",
    "ERR no-space The disk is full",
  ]);
  server.directory.capacityBytes = 1000;
  peer.close();
  await turn();
  const { peer: again } = server.connect();
  await resume(again, "a");
  assertSameBytes(server.directory.get("a"), CONTENT);
});

Deno.test("UploadAnswers never shows half a file while one is on its way", async () => {
  // security.md W2.
  await using server = uploadServer({ files: { a: "old" } });
  const { peer } = server.connect();
  const { peer: reader } = server.connect();
  await peer.send(`offer ${TOKEN} 90 0 b\n`);
  await peer.answer();
  await peer.send("upload 90 c\n");
  await peer.send(CONTENT.subarray(0, 45));
  await turn();
  assertEquals(server.directory.heldParts, 2);
  assertEquals(textOf((await reader.ask("send filelist")).body), "a\n");
  assertStringIncludes((await reader.ask("download c")).line, "not-found");
});

function uploadServer(options: MemoryServerOptions = {}): MemoryServer {
  return new MemoryServer({ uploads: {}, ...options });
}

/** Sends what gets through, and lets the server notice. */
async function sendUntilCut(peer: WirePeer, bytes: Uint8Array): Promise<void> {
  await peer.send(bytes).catch(() => {});
  await peer.rest();
  await turn();
}

/** An upload of `CONTENT` in three parts: offer, part line, part, part line, part, part line, part, commit. */
function offerOf(name: string, mtime: number): Uint8Array[] {
  const pieces = [toBytes(`offer ${TOKEN} 90 ${mtime} ${name}\n`)];
  for (let at = 0; at < 90; at += 30) {
    const part = CONTENT.slice(at, at + 30);
    pieces.push(
      concat([toBytes(`part ${TOKEN} ${at} 30 ${xxh64(part)}\n`), part]),
    );
  }
  pieces.push(toBytes(`commit ${TOKEN} ${CHECK}\n`));
  return pieces;
}

/** Uploads the rest of `CONTENT`, from where the server says. */
async function resume(peer: WirePeer, name: string): Promise<void> {
  const { fields } = await peer.ask(`offer ${TOKEN} 90 1234 ${name}`);
  const offset = Number(fields.get("offset"));
  const rest = CONTENT.subarray(offset);
  if (rest.length > 0) {
    await peer.send(
      `part ${TOKEN} ${offset} ${rest.length} ${xxh64(rest)}\n`,
    );
    await peer.send(rest);
    assertEquals((await peer.answer()).line, "OK 0 offset=90");
  }
  const { body } = await peer.ask(`commit ${TOKEN} ${CHECK}`);
  assertEquals(textOf(body), name + "\n");
}

function assertStored(
  answer: { line: string; body: Uint8Array },
  stored: string | undefined,
): void {
  if (stored === undefined) assertStringIncludes(answer.line, "ERR exists ");
  else assertEquals(textOf(answer.body), stored + "\n");
}

function concat(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all: number[] = [];
  for (const piece of pieces) all.push(...piece);
  return new Uint8Array(all);
}
