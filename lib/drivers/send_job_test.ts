import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { messageOf, PeerError } from "../errors.ts";
import { assertSameBytes, patterned } from "../testing/content.ts";
import { turn } from "../testing/fake_clock.ts";
import { STALL_MS } from "../testing/fetching.ts";
import { channelPair } from "../testing/memory_channel.ts";
import { MemoryServer } from "../testing/memory_server.ts";
import { scriptedChannels } from "../testing/scripted_server.ts";
import { LocalMemory, sendAll } from "../testing/sending.ts";
import { flipping, tampered } from "../testing/tampering_channel.ts";
import { PART_BYTES_MAX } from "../wire/verbs.ts";

const UPLOADS = { uploads: {} };
const text = (content: string) => new TextEncoder().encode(content);
const MIXED = {
  "empty": new Uint8Array(),
  "small.txt": text("hello"),
  "deep/er/odd # %20 \n.txt": text("down here"),
  "some.bin": patterned(PART_BYTES_MAX + 5),
};

/** What is stored is what was to be sent. */
function assertNothingWrong(
  server: MemoryServer,
  files: Readonly<Record<string, Uint8Array>>,
): void {
  for (const name of server.directory.fileNames) {
    assertSameBytes(server.directory.get(name), files[name]!);
  }
}

function assertAllStored(
  server: MemoryServer,
  files: Readonly<Record<string, Uint8Array>>,
): void {
  assertEquals(server.directory.fileNames, Object.keys(files).sort());
  assertNothingWrong(server, files);
  assertEquals(server.directory.partKeys, []);
}

for (const connections of [1, 3]) {
  Deno.test(`SendJob stores every file with its time over ${connections} connections`, async () => {
    await using server = new MemoryServer(UPLOADS);
    const local = new LocalMemory(MIXED);
    const { error, outcomes, job, connectedAt } = await sendAll({
      server,
      local,
      connections,
    });
    assertEquals(error, undefined);
    assertAllStored(server, MIXED);
    for (const { name, mtime } of local.files) {
      assertEquals(server.directory.mtimeOf(name), mtime);
    }
    assertEquals(outcomes[3], "some.bin sent as some.bin");
    assertEquals(outcomes.length, 4);
    assertEquals(connectedAt.length, connections);
    assertEquals(job.bytes, PART_BYTES_MAX + 19);
    assertEquals([job.connections, local.openFiles], [0, 0]);
    assertEquals(server.clock.timers, 1, "only the server's");
    await turn();
    assertEquals(server.server.clients, 0);
  });
}

Deno.test("SendJob closes the connection it was given when there is nothing to send", async () => {
  await using server = new MemoryServer(UPLOADS);
  const { clientEnd } = server.connect();
  const local = new LocalMemory({});
  await sendAll({ server, local, connect: () => clientEnd });
  assert(clientEnd.isClosed);
});

const TWO_PARTS = { "two.bin": patterned(2 * PART_BYTES_MAX + 7) };

/** Where each request begins in what the client sends. */
async function requestOffsets(): Promise<number[]> {
  await using server = new MemoryServer(UPLOADS);
  const offsets: number[] = [];
  let bytes = 0;
  const sent = (piece: Uint8Array) => {
    const beginning = new TextDecoder().decode(piece.subarray(0, 7));
    if (/^(offer|part|commit) /.test(beginning)) offsets.push(bytes);
    bytes += piece.length;
  };
  const local = new LocalMemory(TWO_PARTS);
  // Room for all of it: every write is taken whole.
  const connect = () =>
    tampered(
      server.connect({ aToB: { capacityBytes: 1e9 } }).clientEnd,
      { sent },
    );
  await sendAll({ server, local, connect });
  return [...offsets, bytes];
}

Deno.test("SendJob leaves no half file when it is cut off at any request, and the next run goes on at the last part that was acknowledged", async () => {
  const offsets = await requestOffsets();
  assertEquals(offsets.length, 6, "offer, three parts, commit, and the end");
  const resumed = new Set<number>();
  for (const cut of offsets.flatMap((at) => [at - 1, at, at + 1])) {
    if (cut <= 0 || cut >= offsets.at(-1)!) continue;
    await using server = new MemoryServer(UPLOADS);
    const first = await sendAll({
      server,
      local: new LocalMemory(TWO_PARTS),
      connect: () => server.connect({ aToB: { cutAfterBytes: cut } }).clientEnd,
    });
    assert(first.error instanceof Error, `cut after ${cut} is noticed`);
    assertEquals(server.directory.fileNames, []);
    await turn();
    const [part] = server.directory.partKeys;
    const there = part === undefined ? 0 : server.directory.part(part)!.length;
    const second = await sendAll({ server, local: new LocalMemory(TWO_PARTS) });
    assertEquals(second.error, undefined);
    assertAllStored(server, TWO_PARTS);
    assertEquals(second.job.resumedBytes, there);
    assertEquals(second.job.bytes, TWO_PARTS["two.bin"].length - there);
    resumed.add(there);
  }
  assertEquals([...resumed].sort((a, b) => a - b), [
    0,
    PART_BYTES_MAX,
    2 * PART_BYTES_MAX,
    2 * PART_BYTES_MAX + 7,
  ]);
});

Deno.test("SendJob goes on by itself on new connections, as long as each one brings something", async () => {
  await using server = new MemoryServer(UPLOADS);
  const { error, connectedAt } = await sendAll({
    server,
    local: new LocalMemory(TWO_PARTS),
    retries: 1,
    connect: () =>
      server.connect({ aToB: { cutAfterBytes: PART_BYTES_MAX + 150 } })
        .clientEnd,
  });
  assertEquals(error, undefined);
  assertAllStored(server, TWO_PARTS);
  assertEquals(connectedAt.length, 3);
});

Deno.test("SendJob gives the file of a connection that dies to the others", async () => {
  await using server = new MemoryServer(UPLOADS);
  const { error, outcomes } = await sendAll({
    server,
    local: new LocalMemory(MIXED),
    connections: 2,
    connect: (n) =>
      server.connect(n === 1 ? { aToB: { cutAfterBytes: 10 } } : {}).clientEnd,
  });
  assertEquals([error, outcomes.length], [undefined, 4]);
  assertAllStored(server, MIXED);
});

Deno.test("SendJob waits longer after every failure in a row, and gives up after --retries", async () => {
  await using server = new MemoryServer(UPLOADS);
  const { error, connectedAt } = await sendAll({
    server,
    local: new LocalMemory(MIXED),
    retries: 4,
    connect(n) {
      if (n > 0) throw new Error("Nothing listens there");
      const { clientEnd } = server.connect();
      clientEnd.reset();
      return clientEnd;
    },
  });
  assertEquals(messageOf(error), "Nothing listens there");
  const pauses = connectedAt.map((at, i) => at - (connectedAt[i - 1] ?? 0));
  assertEquals(pauses.slice(1), [200, 400, 800, 1600]);
});

for (
  const [times, outcome] of [[1, "sent as bad"], [
    99,
    "failed corrupt",
  ]] as const
) {
  Deno.test(`SendJob sends a part again that did not arrive as it was sent: ${times} times, ${outcome}`, async () => {
    await using server = new MemoryServer(UPLOADS);
    const files = { bad: text("the content that suffers"), good: text("x") };
    const sent = flipping("the content", times);
    const { error, outcomes } = await sendAll({
      server,
      local: new LocalMemory(files),
      connect: () => tampered(server.connect().clientEnd, { sent }),
    });
    assertEquals(error, undefined);
    assertEquals(outcomes, [`bad ${outcome}`, "good sent as good"]);
    assertNothingWrong(server, files);
  });
}

Deno.test("SendJob offers a file again when the server has a part that is longer", async () => {
  await using server = new MemoryServer(UPLOADS);
  const local = new LocalMemory({ a: text("short") });
  const [{ name, token }] = local.files as [typeof local.files[0]];
  const part = server.directory.receive(name, token);
  part.append(text("longer than the file"));
  part.close();
  const { outcomes, job } = await sendAll({ server, local });
  assertEquals(outcomes, ["a sent as a"]);
  assertAllStored(server, { a: text("short") });
  assertEquals(job.resumedBytes, 0);
});

Deno.test("SendJob stores nothing of a file whose part at the server is another's", async () => {
  await using server = new MemoryServer(UPLOADS);
  const local = new LocalMemory({ a: text("what is sent") });
  const [{ name, token }] = local.files as [typeof local.files[0]];
  const part = server.directory.receive(name, token);
  part.append(text("other"));
  part.close();
  // The whole is found wrong at the end; the second attempt begins anew.
  const { outcomes } = await sendAll({ server, local });
  assertEquals(outcomes, ["a sent as a"]);
  assertAllStored(server, { a: text("what is sent") });
});

for (
  const [what, now] of [
    ["changes", patterned(2 * PART_BYTES_MAX, 2)],
    ["becomes shorter", patterned(PART_BYTES_MAX + 1)],
    ["becomes empty", new Uint8Array()],
  ] as const
) {
  Deno.test(`SendJob reports a file that ${what} while it is sent, stores nothing of it, and goes on`, async () => {
    await using server = new MemoryServer(UPLOADS);
    const files = { bad: patterned(2 * PART_BYTES_MAX), good: text("x") };
    const local = new LocalMemory(files);
    local.onRead = (file, offset) => {
      if (file.name === "bad" && offset > 0) local.change(file, now);
    };
    const { error, outcomes } = await sendAll({ server, local });
    assertEquals(error, undefined);
    assertEquals(outcomes, ["bad failed changed", "good sent as good"]);
    assertEquals(server.directory.fileNames, ["good"]);
    assertEquals(local.openFiles, 0);
  });
}

Deno.test("SendJob reports a file that cannot be opened, and goes on", async () => {
  await using server = new MemoryServer(UPLOADS);
  const local = new LocalMemory({ bad: text("gone"), good: text("x") });
  local.change(local.files[0]!, undefined);
  const { error, outcomes, connectedAt } = await sendAll({ server, local });
  assertEquals(error, undefined);
  assertEquals(outcomes, ["bad failed not-found", "good sent as good"]);
  assertEquals(connectedAt.length, 1);
});

Deno.test("SendJob reports a name that is taken, and goes on; the file that has it stays as it is", async () => {
  await using server = new MemoryServer({ ...UPLOADS, files: { bad: "mine" } });
  const local = new LocalMemory({ bad: text("new"), good: text("x") });
  const { outcomes } = await sendAll({ server, local });
  assertEquals(outcomes, ["bad failed exists", "good sent as good"]);
  assertSameBytes(server.directory.get("bad"), text("mine"));
});

Deno.test("SendJob tells the name that a file got where the server renames", async () => {
  await using server = new MemoryServer({
    uploads: { onConflict: "rename" },
    files: { "bio.txt": "mine" },
  });
  const local = new LocalMemory({ "bio.txt": text("new") });
  const { outcomes } = await sendAll({ server, local });
  assertEquals(outcomes, ["bio.txt sent as bio (1).txt"]);
});

Deno.test("SendJob reports every file to a server that takes none", async () => {
  await using server = new MemoryServer();
  const { error, outcomes } = await sendAll({
    server,
    local: new LocalMemory({ a: text("1"), b: text("2") }),
  });
  assertEquals(error, undefined);
  assertEquals(outcomes, ["a failed not-allowed", "b failed not-allowed"]);
});

Deno.test("SendJob reports a file that does not fit on the server's disk, and goes on", async () => {
  // security.md D10.
  await using server = new MemoryServer(UPLOADS);
  server.directory.capacityBytes = 1_500_000;
  const files = { large: TWO_PARTS["two.bin"], small: text("fits") };
  const { error, outcomes } = await sendAll({
    server,
    local: new LocalMemory(files),
  });
  assertEquals(error, undefined);
  assertEquals(outcomes, ["large failed no-space", "small sent as small"]);
  assertNothingWrong(server, files);
});

Deno.test("SendJob takes the refusal of a server that is full for a lost connection, not for the file's", async () => {
  await using server = new MemoryServer(UPLOADS);
  const full = scriptedChannels(() => "ERR busy It has its clients; closing\n");
  const { error, outcomes } = await sendAll({
    server,
    local: new LocalMemory(MIXED),
    connections: 2,
    connect: (n) => n === 0 ? server.connect().clientEnd : full(),
  });
  assertEquals(error, undefined);
  assertEquals(outcomes.length, 4);
  assertAllStored(server, MIXED);
});

Deno.test("SendJob notices a server that stands still, within the time it was given", async () => {
  await using server = new MemoryServer(UPLOADS);
  const [silent] = channelPair();
  const { error, connectedAt } = await sendAll({
    server,
    local: new LocalMemory(MIXED),
    retries: 1,
    connect: (n) => n === 0 ? silent : server.connect().clientEnd,
  });
  assertEquals(error, undefined);
  assertAllStored(server, MIXED);
  const lostAfter = connectedAt[1]! - connectedAt[0]!;
  assert(lostAfter > STALL_MS && lostAfter <= STALL_MS + 500, `${lostAfter}`);
});

for (
  const [what, answer] of [
    ["speaks another protocol", "220 ftp.example ready\n"],
    ["claims to have more than the file", "OK 0 offset=99999999999\n"],
    ["claims to have less than nothing", "OK 0 offset=-5\n"],
    ["claims to have what is no number", "OK 0 offset=x\n"],
  ] as const
) {
  Deno.test(`SendJob comes to an end with a server that ${what}`, async () => {
    await using server = new MemoryServer();
    const local = new LocalMemory({ a: text("content") });
    let lines = 0;
    const connect = scriptedChannels((line) => {
      lines++;
      return line.startsWith("offer") ? answer : "ERR internal x\n";
    });
    const { error, outcomes } = await sendAll({ server, local, connect });
    assert(error instanceof PeerError || outcomes[0]?.startsWith("a failed"));
    assert(lines < 10);
    assertEquals(local.openFiles, 0);
  });
}

Deno.test("abort() ends the job at once; what was acknowledged stays at the server", async () => {
  await using server = new MemoryServer(UPLOADS);
  const local = new LocalMemory({ ...MIXED, ...TWO_PARTS });
  const { error, job } = await sendAll({
    server,
    local,
    connections: 2,
    onFile: (_, job) => job.abort(),
  });
  assertEquals(error, undefined);
  assert(server.directory.fileNames.length < 5);
  assertNothingWrong(server, { ...MIXED, ...TWO_PARTS });
  assertEquals([job.connections, local.openFiles], [0, 0]);
});

Deno.test("SendJob tells what the server said when it ends the connection unasked", async () => {
  await using server = new MemoryServer();
  const { error } = await sendAll({
    server,
    local: new LocalMemory({ a: text("1") }),
    connect: scriptedChannels(() =>
      "ERR stopping The server is stopping; closing\n"
    ),
  });
  assertInstanceOf(error, PeerError);
  assert(error.message.includes("is stopping"));
});

Deno.test("SendJob knows a file as sent whose commit was obeyed, though the answer was lost", async () => {
  await using server = new MemoryServer(UPLOADS);
  const files = { "a.txt": text("hello") };
  const answersBefore = "OK 0 offset=0\nOK 0 offset=5\n".length;
  const { error, outcomes } = await sendAll({
    server,
    local: new LocalMemory(files),
    retries: 1,
    connect: (n) =>
      server.connect(n === 0 ? { bToA: { cutAfterBytes: answersBefore } } : {})
        .clientEnd,
  });
  assertEquals(error, undefined);
  assertEquals(outcomes, ["a.txt sent as a.txt"]);
  assertAllStored(server, files);
});

Deno.test("SendJob waits for a part that the server still holds for a connection that was lost", async () => {
  await using server = new MemoryServer(UPLOADS);
  const files = { "a.txt": text("hello") };
  const local = new LocalMemory(files);
  const { token, name } = local.files[0]!;
  const { peer } = server.connect();
  await peer.send(`offer ${token} 5 1 ${name}\npart ${token} 0 5 `);
  await turn();
  const sending = sendAll({ server, local });
  for (let i = 0; i < 20; i++) await turn();
  peer.close();
  const { error, outcomes } = await sending;
  assertEquals(error, undefined);
  assertEquals(outcomes, ["a.txt sent as a.txt"]);
  assertAllStored(server, files);
});
