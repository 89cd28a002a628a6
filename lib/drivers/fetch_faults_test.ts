import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertStringIncludes,
} from "@std/assert";
import { messageOf, PeerError, Refusal } from "../errors.ts";
import { checks } from "../io/checks.ts";
import { patterned } from "../testing/content.ts";
import { fetchAll } from "../testing/fetching.ts";
import { MemoryFolder } from "../testing/memory_folder.ts";
import { MemoryServer } from "../testing/memory_server.ts";
import { assertNothingWrong, assertSameFiles } from "../testing/same_files.ts";
import { type Script, scriptedChannels } from "../testing/scripted_server.ts";
import { flipping, tampered } from "../testing/tampering_channel.ts";

const FILES = { "bad": "the content that suffers", "good": "unharmed" };

/** Fetches `FILES` over a line on which `text` is changed `times` times. */
async function fetchTampered(
  text: string,
  times: number,
  verify: "xxh64" | "sha256" = "xxh64",
) {
  await using server = new MemoryServer({ files: FILES });
  const folder = new MemoryFolder();
  const received = flipping(text, times);
  const { error, outcomes } = await fetchAll({
    server,
    folder,
    verify,
    connect: () => tampered(server.connect().clientEnd, { received }),
  });
  assertEquals(error, undefined);
  assertNothingWrong(folder, server.directory);
  return outcomes;
}

for (
  const [verify, text] of [
    ["xxh64", "the content"],
    // Its digest: what arrived is judged by the strong check, too.
    ["sha256", "1a599091e4e1"],
  ] as const
) {
  Deno.test(`FetchJob fetches a file again whose ${verify} is wrong once`, async () => {
    assertEquals(await fetchTampered(text, 1, verify), [
      "bad received",
      "good received",
    ]);
  });

  Deno.test(`FetchJob reports a file whose ${verify} is wrong twice, keeps nothing of it, and goes on`, async () => {
    assertEquals(await fetchTampered(text, 2, verify), [
      "bad failed corrupt",
      "good received",
    ]);
  });
}

Deno.test("FetchJob takes a file that changed between listing and reading as it is now", async () => {
  for (
    const now of [
      "shorter",
      "the same length, as it was",
      "longer".repeat(20),
      "",
    ]
  ) {
    const files = { ...FILES, "bad": "a text of the same length." };
    await using server = new MemoryServer({ files });
    const folder = new MemoryFolder();
    const { outcomes, error } = await fetchAll({
      server,
      folder,
      onListed: () => server.directory.rewrite("bad", now),
    });
    assertEquals(error, undefined);
    assertEquals(outcomes, ["bad received", "good received"]);
    assertSameFiles(folder, server.directory);
  }
});

for (
  const [times, outcome] of [[1, "received"], [2, "received"], [
    99,
    "failed changed",
  ]] as const
) {
  Deno.test(`FetchJob begins a file anew that changes while it is sent: ${times} times, ${outcome}`, async () => {
    await using server = new MemoryServer({ files: FILES });
    const folder = new MemoryFolder();
    let left: number = times;
    server.directory.onRead = (name) => {
      if (name !== "bad" || left-- <= 0) return;
      server.directory.rewrite(name, `another content ${left}`);
    };
    const { outcomes, error } = await fetchAll({ server, folder });
    assertEquals(error, undefined);
    assertEquals(outcomes, [`bad ${outcome}`, "good received"]);
    assertNothingWrong(folder, server.directory);
    // It is not asked for ever.
    const reads = server.log.requests.filter(({ request }) =>
      request.endsWith("bad")
    );
    assert(reads.length <= 12, `${reads.length} requests`);
  });
}

Deno.test("FetchJob never mixes two versions of a file that is replaced while it is sent in pieces", async () => {
  const [before, after] = [patterned(9_000_000, 1), patterned(9_000_001, 2)];
  await using server = new MemoryServer({ files: { large: before } });
  const folder = new MemoryFolder();
  let isReplaced = false;
  server.directory.onRead = (_, offset) => {
    if (isReplaced || offset < 5_000_000) return;
    isReplaced = true;
    server.directory.put("large", after);
  };
  const { outcomes, error } = await fetchAll({
    server,
    folder,
    connections: 2,
  });
  assertEquals([error, isReplaced], [undefined, true]);
  assertEquals(outcomes, ["large received"]);
  assertSameFiles(folder, server.directory);
});

Deno.test("FetchJob takes a file of many pieces that has become a small one as it is now", async () => {
  const files = { large: patterned(13_000_000) };
  await using server = new MemoryServer({ files });
  const folder = new MemoryFolder();
  const { outcomes, error } = await fetchAll({
    server,
    folder,
    connections: 2,
    onListed: () => server.directory.rewrite("large", "small now"),
  });
  assertEquals([error, outcomes], [undefined, ["large received"]]);
  assertSameFiles(folder, server.directory);
});

Deno.test("FetchJob reports a file that is gone after listing, and goes on", async () => {
  await using server = new MemoryServer({ files: FILES });
  const folder = new MemoryFolder();
  const { outcomes, error } = await fetchAll({
    server,
    folder,
    onListed: () => server.directory.remove("bad"),
  });
  assertEquals(error, undefined);
  assertEquals(outcomes, ["bad failed not-found", "good received"]);
  assertSameFiles(folder, server.directory);
});

Deno.test("FetchJob reports a file that cannot get its name, and goes on", async () => {
  await using server = new MemoryServer({ files: FILES });
  const folder = new MemoryFolder();
  folder.taken.add("bad");
  const { outcomes, error } = await fetchAll({ server, folder });
  assertEquals(error, undefined);
  assertEquals(outcomes, ["bad failed exists", "good received"]);
  assertNothingWrong(folder, server.directory);
});

Deno.test("FetchJob ends with one sentence when the disk is full, and no half file has a name", async () => {
  // security.md D10.
  for (const capacityBytes of [0, 20, 100_000, 5_000_000]) {
    const files = {
      ...FILES,
      mid: patterned(200_000),
      large: patterned(6_000_000),
    };
    await using server = new MemoryServer({ files });
    const folder = new MemoryFolder();
    folder.capacityBytes = capacityBytes;
    const { outcomes, error, job } = await fetchAll({
      server,
      folder,
      connections: 3,
      retries: 5,
    });
    assertInstanceOf(error, Refusal);
    assertEquals([error.code, error.message], ["no-space", "The disk is full"]);
    assert(outcomes.every((outcome) => outcome.endsWith("received")));
    assertEquals(job.connections, 0);
    assertNothingWrong(folder, server.directory);
  }
});

/** What is fetched from servers that break the rules: one small file, and one of two pieces. */
const SIZES = { small: 10, large: 5_000_000 };
const LISTED = Object.entries(SIZES).map(([name, size]) =>
  `${size} 1 v ${name}\n`
).join("");

/** An answer that is right but for its length and for `wrong`. */
function piece(length: number, wrong: Record<string, string> = {}): string {
  const body = "x".repeat(length);
  const sum = checks.xxh64(new TextEncoder().encode(body));
  const fields = { xxh64: sum, mtime: "1", version: "v", ...wrong };
  const text = Object.entries(fields).map(([key, value]) => ` ${key}=${value}`);
  return `DATA ${length}\n${body}END${text.join("")}\n`;
}

/** A server that lists properly and answers `read` with what `read` gives. */
function reading(read: (length: number, size: string) => string): Script {
  return (line) => {
    const [verb, , length, name] = line.split(" ");
    return verb === "list"
      ? `DATA ${LISTED.length}\n${LISTED}END files=2\n`
      : read(Number(length), `${SIZES[name as keyof typeof SIZES]}`);
  };
}

const RULE_BREAKERS: Record<string, Script> = {
  "sends more than it was asked for": reading((n, size) =>
    piece(n + 1, { size })
  ),
  "sends less, and says that is all": reading((n, size) =>
    piece(n - 1, { size })
  ),
  "says nothing of the size": reading((n) => piece(n)),
  "says nothing of the version": reading((n, size) =>
    piece(n, { size }).replace(" version=v", "")
  ),
  ...Object.fromEntries(
    ["-5", "0x0", "", "0.5", "1e1", "9007199254740993"].map((size) => [
      `says that the size is "${size}"`,
      reading(() => piece(0, { size })),
    ]),
  ),
  "answers a read with OK": reading((n) => `OK ${n}\n${"x".repeat(n)}`),
  "answers nonsense": reading(() => "HTTP/1.1 200 OK\n\n"),
  "answers a length past all numbers": reading(() =>
    "DATA 99999999999999999999\n"
  ),
  "answers a negative length": reading(() => "DATA -5\nEND\n"),
  "answers what was not asked": reading(() => "END\n".repeat(50)),
  "refuses what was not asked": reading(() => "ERR not-found x\n".repeat(50)),
  "ends in the middle of each piece": (line) =>
    line.startsWith("list") ? reading(() => "")(line, 0) : undefined,
};

Deno.test("FetchJob writes what a scripted server sends that keeps the rules: the next tests test something", async () => {
  await using server = new MemoryServer();
  const folder = new MemoryFolder();
  const script = reading((n, size) => piece(n, { size }));
  await fetchAll({ server, folder, connect: scriptedChannels(script) });
  assertEquals([...folder.files.keys()].sort(), ["large", "small"]);
});

for (const [what, script] of Object.entries(RULE_BREAKERS)) {
  Deno.test(`FetchJob writes nothing from a server that ${what}, and comes to an end`, async () => {
    // security.md D4, S2, T2.
    await using server = new MemoryServer();
    const folder = new MemoryFolder();
    const { error, results } = await fetchAll({
      server,
      folder,
      connections: 2,
      retries: 2,
      connect: scriptedChannels(script),
    });
    assert(
      error instanceof PeerError ||
        results.length === 2 &&
          results.every(({ status }) => status === "failed"),
      `${messageOf(error)}`,
    );
    assertEquals([...folder.files.keys()], []);
    assertEquals([folder.openFiles, folder.overrunBytes], [0, 0]);
  });
}

Deno.test("FetchJob gives up a file of which every answer has another version, however large it is said to be", async () => {
  // security.md D4, T2.
  await using server = new MemoryServer();
  const folder = new MemoryFolder();
  let asked = 0;
  const connect = scriptedChannels(reading(() => {
    const size = ++asked * 1e14;
    return piece(0, { size: `${size}`, version: `${asked}` });
  }));
  const { outcomes, error } = await fetchAll({ server, folder, connect });
  assertEquals(error, undefined);
  assertEquals(outcomes, ["large failed changed", "small failed changed"]);
  assert(asked < 20, `${asked} pieces were asked for`);
  assertEquals(folder.openFiles, 0);
});

Deno.test("FetchJob tells what the server said when it ends the connection unasked", async () => {
  await using server = new MemoryServer();
  const stopping = "ERR stopping The server is stopping; closing\n";
  const { error } = await fetchAll({
    server,
    folder: new MemoryFolder(),
    connect: scriptedChannels(reading(() => stopping)),
  });
  assertInstanceOf(error, PeerError);
  assertStringIncludes(error.message, "is stopping");
});
