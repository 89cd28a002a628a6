import { assert, assertEquals } from "@std/assert";
import { toName } from "../names/name.ts";
import type { PeerChange } from "../sync/peer_change.ts";
import { QUIET_STATUS } from "../testing/fake_peer.ts";
import { progressLine } from "./progress.ts";
import {
  changeText,
  peerStartUpText,
  statusText,
  versionsText,
  waitingText,
} from "./peer_text.ts";
import { SyncProgress } from "./sync_progress.ts";

function change(changes: Partial<PeerChange>): PeerChange {
  return {
    what: "added",
    kind: "file",
    path: toName("a/b.txt"),
    from: undefined,
    by: undefined,
    size: 1200,
    ...changes,
  };
}

Deno.test("changeText() says what has become of which path, and whose change it was", () => {
  const from = toName("old");
  const cases: [Partial<PeerChange>, string][] = [
    [{}, "added a/b.txt (1.2 kB)"],
    [{ by: "bob" }, "added a/b.txt (1.2 kB) from bob"],
    [{ what: "changed" }, "changed a/b.txt (1.2 kB)"],
    [{ what: "deleted", by: "bob" }, "deleted a/b.txt from bob"],
    [{ what: "moved", from }, "moved old to a/b.txt"],
    [{ what: "conflict-copy", from }, "conflict copy a/b.txt of old (1.2 kB)"],
    [{ kind: "folder", size: 0 }, "added a/b.txt/"],
    [{ kind: "folder", what: "moved", from }, "moved old/ to a/b.txt/"],
  ];
  for (const [changes, text] of cases) {
    assertEquals(changeText(change(changes)), text);
  }
});

Deno.test("changeText() lets no name drive a terminal or forge a line", () => {
  const path = toName("a\n2026 deleted\x1b[2J\u202e");
  const text = changeText(change({ path, by: "b\x07" }));
  assertEquals(
    text,
    "added a\\n2026 deleted\\x1b[2J\\u{202e} (1.2 kB) from b\\x07",
  );
});

Deno.test("peerStartUpText() has the port where scripts look for it", () => {
  const text = peerStartUpText({
    root: "/r\n",
    name: "anna",
    port: 4000,
    tracker: { host: "::1", port: 7000 },
  });
  assertEquals(
    text,
    "Syncing /r\\n as anna on port 4000, tracker [::1]:7000. Stop with Ctrl-C.\n",
  );
});

Deno.test("statusText() of a peer that has everything is short", () => {
  assertEquals(
    statusText(QUIET_STATUS, "d"),
    [
      "anna, on port 4000, replica aaaaaaaaaa",
      "tracker   [::1]:7000, connected",
      "here      0 files, 0 B, 0 folders",
      "lacking   nothing",
      "moved     0 B sent, 0 B received",
      "",
    ].join("\n"),
  );
});

Deno.test("statusText() tells all that is under way or wrong, and what to do about it", () => {
  const text = statusText({
    ...QUIET_STATUS,
    tracker: {
      address: "[::1]:7000",
      state: "away",
      text: "refused\x1b",
      offsetMs: -2500.4,
    },
    lacking: { files: 1, bytes: 2_000_000 },
    waiting: { files: 2, bytes: 3000, peers: ["bob\n", "k3f9m2x0ab"] },
    unpublished: 3,
    isScanning: true,
    held: { deletes: 30, why: "too many" },
    transfers: [{
      root: "r",
      path: "big\n",
      size: 2_000_000,
      done: 500_000,
      fetched: 500_000,
      rate: 100_000,
      sources: ["bbbbbbbbbb"],
    }],
    peers: [{ id: "bbbbbbbbbb", name: "bob", address: "[::1]:1" }],
    troubles: [{ path: "x", text: "not allowed" }],
    troublesTotal: 3,
  }, "my folder");
  for (
    const line of [
      "tracker   [::1]:7000, away: refused\\x1b, whose clock differs by -2500 ms",
      "lacking   1 file, 2 MB",
      "waiting   2 files, 3 kB, for bob\\n and k3f9m2x0ab, who are away",
      "to tell   3 changes",
      "held back 30 deletes: too many",
      "peer.ts confirm --dir my folder",
      "peer      bob, [::1]:1",
      "fetching  big\\n, 500 kB of 2 MB, 100 kB/s from 1 peer",
      "trouble   x: not allowed",
      "and 2 more",
    ]
  ) assert(text.includes(line), `${line}\n${text}`);
});

Deno.test("waitingText() says for whom, if that is known", () => {
  const waiting = { files: 1, bytes: 30 };
  assertEquals(
    [[], ["bob"], ["a", "b", "c"]].map((peers) =>
      waitingText({ ...waiting, peers })
    ),
    [
      "1 file, 30 B: nobody who has them can be reached",
      "1 file, 30 B, for bob, who is away",
      "1 file, 30 B, for a, b and c, who are away",
    ],
  );
});

Deno.test("versionsText() has one line a version, and what restore takes in front", () => {
  assertEquals(
    versionsText([{
      id: "k3-1",
      path: toName("a\tb"),
      size: 1_500_000,
      mtime: 0,
      keptAt: Date.UTC(2026, 10, 21, 5, 39, 12),
    }]),
    "k3-1  2026-11-21 05:39:12    1.5 MB  a\\tb\n",
  );
});

Deno.test("SyncProgress counts from when something was lacking until nothing is", () => {
  const progress = new SyncProgress();
  assertEquals(progress.state(QUIET_STATUS, 0), undefined);
  const lacking = (files: number, bytes: number, received: number) => ({
    ...QUIET_STATUS,
    lacking: { files, bytes },
    received,
  });
  const first = progress.state(lacking(10, 1000, 500), 1000)!;
  assertEquals([first.files, first.filesTotal], [0, 10]);
  assertEquals([first.bytes, first.bytesTotal, first.ms], [0, 1000, 0]);
  const later = progress.state({
    ...lacking(4, 400, 1200),
    transfers: [{
      root: "r",
      path: "p",
      size: 300,
      done: 100,
      fetched: 100,
      rate: 1,
      sources: ["a", "b"],
    }],
  }, 3000)!;
  assertEquals([later.files, later.filesTotal], [6, 10]);
  assertEquals([later.bytes, later.bytesTotal, later.bytesMoved], [
    700,
    1000,
    700,
  ]);
  assertEquals([later.ms, later.connections], [2000, 2]);
  assertEquals(
    progressLine(later, 200),
    "receiving  6/10 files  700 B of 1 kB (70%)  350 B/s  ETA 0.857 s  2 connections",
  );
  // More comes meanwhile.
  const more = progress.state(lacking(8, 900, 1200), 4000)!;
  assertEquals([more.files, more.filesTotal, more.bytesTotal], [2, 10, 1600]);
  assertEquals(progress.state(QUIET_STATUS, 5000), undefined);
  const again = progress.state(lacking(1, 10, 9000), 9000)!;
  assertEquals([again.filesTotal, again.bytesMoved, again.ms], [1, 0, 0]);
});
