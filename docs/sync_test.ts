import { assert, assertEquals } from "@std/assert";
import { TRACKER_FLAGS } from "../lib/cli/tracker_flags.ts";
import { STALL_MS_MAX } from "../lib/drivers/tracker/tracker_session.ts";
import { HAVE_ROOTS_MAX } from "../lib/sync/peer_line.ts";
import { SOURCES_MAX } from "../lib/sync/tracker_line.ts";
import {
  BATCH_RECORDS_MAX,
  LINE_BYTES_MAX,
  WANT_ROOTS_MAX,
} from "../lib/sync/tracker_messages.ts";
import { BEAT_MS, TTL_MS } from "../lib/programs/tracker.ts";
import { PEER_NAME_MAX } from "../lib/sync/fields.ts";
import { turn } from "../lib/testing/fake_clock.ts";
import { MemoryTracker } from "../lib/testing/memory_tracker.ts";
import type { TrackerPeer } from "../lib/testing/tracker_peer.ts";
import { sectionsOf } from "../lib/testing/vectors.ts";
import { AHEAD_MS_MAX } from "../lib/tracker/puts.ts";
import { HELLO_MS_MAX } from "../lib/tracker/tracker.ts";
import { WAITS_MAX } from "../lib/tracker/waits.ts";
import markdown from "./sync.md" with { type: "text" };

const EXAMPLES = sectionsOf(markdown).flatMap(({ blocks }) => blocks)
  .filter(({ words }) => words[0] === "tracker").map(({ lines }) => lines);

/** Plays `lines` with the tracker; what is said is sent in pieces of `pieceBytes`. */
async function play(
  lines: readonly string[],
  pieceBytes: number,
): Promise<void> {
  await using tracker = await MemoryTracker.start();
  const peers = new Map<string, TrackerPeer>();
  for (const line of lines) {
    const [, who = "", mark, text = ""] = /^(\w+)([<>]) (.*)$/.exec(line) ?? [];
    assert(mark !== undefined, `This is no line of an example: "${line}"`);
    const peer = peers.get(who) ??
      tracker.connect({ peerOfB: `10.0.0.${peers.size + 1}:40000` });
    peers.set(who, peer);
    if (mark === ">") {
      for (let at = 0; at <= text.length; at += pieceBytes) {
        await peer.say((text + "\n").slice(at, at + pieceBytes));
        await turn();
      }
    } else {
      const told = await peer.next();
      if (told.m === "pong") told.digest = "…";
      assertEquals(told, JSON.parse(text), line);
    }
  }
  for (const peer of peers.values()) peer.close();
}

for (const [i, lines] of EXAMPLES.entries()) {
  Deno.test(`docs/sync.md: exchange ${i + 1} with the tracker, line by line and in pieces`, async () => {
    for (const pieceBytes of [Infinity, 7]) await play(lines, pieceBytes);
  });
}

Deno.test("docs/sync.md has an exchange with the tracker, and names every message", async () => {
  assertEquals(EXAMPLES.length, 1);
  const [, section = ""] = markdown.split("## Peer and tracker\n");
  const rows = [...section.split("\n## ")[0]!.matchAll(/^\| `([a-z]+)` +\| /gm)]
    .map(([, m]) => m!);
  const source = await Deno.readTextFile(
    new URL("../lib/sync/tracker_messages.ts", import.meta.url),
  );
  const messages = [...source.matchAll(/readonly m: "([a-z]+)"/g)]
    .map(([, m]) => m!);
  assertEquals(rows.filter((m) => messages.includes(m)), messages);
});

Deno.test("docs/sync.md names the limits that the tracker has", () => {
  const [, section = ""] = markdown.split("### Limits of the tracker\n");
  const rows = section.split("\n## ")[0]!.matchAll(
    /^\| ([^|]+?) +\| (\d+)(?: (MiB|s))? +\|$/gm,
  );
  const units: Record<string, number> = { MiB: 2 ** 20, s: 1000 };
  const limits = Object.fromEntries(
    [...rows].map(([, what = "", count, unit = ""]) => [
      what,
      Number(count) * (units[unit] ?? 1),
    ]),
  );
  assertEquals(limits, {
    "line": LINE_BYTES_MAX,
    "records of a message": BATCH_RECORDS_MAX,
    "roots in a `have`": HAVE_ROOTS_MAX,
    "roots in a `want`": WANT_ROOTS_MAX,
    "sources that are told of a content": SOURCES_MAX,
    "`wait`s of a connection": WAITS_MAX,
    "name of a peer, in characters": PEER_NAME_MAX,
    "from the connection to `hello`": HELLO_MS_MAX,
    "without taking a byte, while some wait": STALL_MS_MAX,
    "a stamp may lie ahead of the tracker's clock": AHEAD_MS_MAX,
    "heartbeat (`beatMs`)": BEAT_MS,
    "silence until a peer is gone (`ttlMs`)": TTL_MS,
    "peers, and connections (`--max-clients`)":
      TRACKER_FLAGS["max-clients"].default,
    "paths, deleted ones too (`--max-files`); 1000 bytes of each, roughly":
      TRACKER_FLAGS["max-files"].default,
  });
});
