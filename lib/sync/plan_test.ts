import { assert, assertEquals } from "@std/assert";
import { globalOf, localOf, recordOf, replicaId } from "../testing/records.ts";
import { isAdopted } from "./adopt.ts";
import type { Below } from "./below.ts";
import { compareRecords } from "./order.ts";
import { type OnDisk, type Plan, plan, type PlanInput } from "./plan.ts";
import type { FileRecord } from "./record.ts";
import {
  type Content,
  FOLDER_CONTENT,
  isAncestor,
  newVersion,
  reassert,
  tombstone,
} from "./versions.ts";

/**
 * All small states: two contents, a folder, tombstones of both, or nothing; three stamps, who knew whom, what was known to be
 * replaced, and the flags. Each is followed to its end.
 */

const KINDS = [
  { kind: "file", root: "A" },
  { kind: "file", root: "B" },
  { kind: "folder" },
  { kind: "file", root: null },
  { kind: "folder", root: null },
] as const;
const STAMPS = [[1000, 0, "a"], [1000, 0, "b"], [2000, 0, "a"]] as const;
const VECTORS = [{ a: 1 }, { b: 1 }, { a: 1, b: 1 }];
const EARLIER = [[], ["A"], ["folder"]];

function* records(earlierOf: readonly (readonly string[])[]) {
  yield undefined;
  for (const kind of KINDS) {
    for (const stamp of STAMPS) {
      for (const vector of VECTORS) {
        for (const earlier of earlierOf) {
          yield recordOf({ ...kind, stamp, vector, earlier });
        }
      }
    }
  }
}

/** What the disk shows where the local record is right; the first where nothing odd stands there. */
function disksOf(local: FileRecord | undefined): readonly OnDisk[] {
  return local === undefined || local.root === null
    ? ["absent", "other", "folder"]
    : [local.kind];
}

function* states(): Generator<PlanInput> {
  // What one knew that lost long ago makes no difference for the older one.
  const locals = [...records([[]])];
  for (const mine of locals) {
    for (const winner of records(EARLIER)) {
      for (const disk of disksOf(mine)) {
        for (const below of ["nothing", "going", "live"] as const) {
          for (const found of mine === undefined ? [false] : [false, true]) {
            for (const policy of ["copy", "newest"] as const) {
              const hasForeigns = disk === "absent" || disk === "file"
                ? [false]
                : disk === "folder" && (mine?.root ?? null) === null
                ? [true]
                : [false, true];
              for (const hasForeign of hasForeigns) {
                yield {
                  disk,
                  local: localOf(mine, found),
                  global: globalOf(winner),
                  below,
                  hasForeign,
                  policy,
                };
              }
            }
          }
        }
      }
    }
  }
}

/** A path of a peer, on which plans are followed. */
class Walk {
  disk: OnDisk;
  /** Bytes that are there, if it is a file. */
  content: string | undefined;
  local: FileRecord | undefined;
  global: FileRecord | undefined;
  below: Below;
  hasForeign: boolean;
  readonly copies: string[] = [];
  readonly versions: string[] = [];
  #counter = 100;

  constructor(readonly start: PlanInput) {
    this.disk = start.disk;
    this.local = start.local?.record;
    this.global = start.global?.record;
    this.content = this.disk === "file"
      ? this.local?.root ?? undefined
      : undefined;
    this.below = start.below;
    this.hasForeign = start.hasForeign;
  }

  plan(): Plan {
    return plan({
      ...this.start,
      disk: this.disk,
      local: localOf(this.local, this.start.local?.found),
      global: globalOf(this.global),
      below: this.below,
      hasForeign: this.hasForeign,
    });
  }

  act(step: Plan): void {
    switch (step.do) {
      case "observe":
        return this.#observe();
      case "wait":
        this.below = "nothing";
        return;
      case "publish":
        this.global = this.local;
        return;
      case "adopt":
        this.local = this.global;
        return;
      case "describe":
        assertEquals(this.content, this.global?.root);
        this.local = this.global;
        return;
      case "place":
        this.#lose(step.loser);
        assertEquals(this.disk, "absent");
        this.disk = "file";
        this.content = this.global?.root ?? undefined;
        this.local = this.global;
        return;
      case "makeFolder":
        if (this.disk !== "folder") {
          this.#lose(step.loser);
          assertEquals(this.disk, "absent");
        }
        this.disk = "folder";
        this.local = this.global;
        return;
      case "remove":
        assertEquals(this.disk, "file");
        this.#lose("version");
        this.local = this.global;
        return;
      case "removeFolder":
        assertEquals([this.disk, this.below], ["folder", "nothing"]);
        assert(!this.hasForeign);
        this.disk = "absent";
        this.local = step.then === "adopt" ? this.global : undefined;
        return;
      case "reassert":
        this.local = reassert(
          this.local!,
          this.global!,
          this.#maker(),
          step.knowing,
        );
        return;
      case "revive": {
        this.disk = "folder";
        const [mine, winner] = [this.local, this.global];
        const base = mine !== undefined &&
            (winner === undefined || compareRecords(mine, winner) > 0)
          ? mine
          : winner;
        this.local = this.#made(base, FOLDER_CONTENT);
      }
    }
  }

  #observe(): void {
    const content: Content | undefined = this.disk === "folder"
      ? FOLDER_CONTENT
      : this.disk === "file"
      ? { ...recordOf(), root: this.content! }
      : undefined;
    if (isAdopted(content, this.local, this.global)) this.local = this.global;
    else if (content !== undefined) {
      this.local = this.#made(this.local, content);
    } else this.local = tombstone(this.local!, this.#maker());
  }

  #made(base: FileRecord | undefined, content: Content): FileRecord {
    return newVersion(recordOf().path, base, content, this.#maker());
  }

  #maker() {
    return {
      replica: replicaId("me"),
      counter: ++this.#counter,
      now: 1500,
      witnessed: false,
    };
  }

  #lose(loser: "none" | "version" | "copy"): void {
    assertEquals(loser === "none", this.disk === "absent");
    if (loser === "copy") this.copies.push(this.content!);
    if (loser === "version") this.versions.push(this.content!);
    this.disk = "absent";
    this.content = undefined;
  }
}

Deno.test("plan() ends, loses no bytes and never goes back in the order, from all small states", () => {
  let count = 0;
  for (const state of states()) {
    count++;
    const walk = new Walk(state);
    const bytes = walk.content;
    const steps: string[] = [];
    for (;;) {
      const step = walk.plan();
      steps.push(step.do);
      if (step.do === "nothing" || step.do === "blocked") break;
      if (steps.length > 8) {
        throw new Error(`no end: ${steps} from ${JSON.stringify(state)}`);
      }
      walk.act(step);
    }
    const fail = (what: string) => {
      throw new Error(`${what} by ${steps} from ${JSON.stringify(state)}`);
    };
    if (bytes !== undefined && bytes !== walk.content) {
      if (![...walk.copies, ...walk.versions].includes(bytes)) fail("lost");
    }
    const before = state.local?.record;
    const after = walk.local;
    if (before !== undefined && after === undefined) fail("forgot");
    if (before && after && compareRecords(before, after) > 0) fail("went back");
    if (steps.at(-1) === "nothing" && walk.global && after) {
      if (compareRecords(after, walk.global) !== 0) fail("differs in the end");
    }
  }
  assert(count > 50_000, `${count} states`);
});

Deno.test("plan() keeps a conflict copy exactly of what the winner did not know", () => {
  for (const state of states()) {
    const mine = state.local?.record;
    const winner = state.global?.record;
    const step = plan(state);
    const isCopied = "loser" in step && step.loser === "copy";
    const isConflict = mine?.kind === "file" && mine.root !== null &&
      winner !== undefined && winner.root !== null &&
      compareRecords(mine, winner) < 0 && mine.root !== winner.root &&
      !isAncestor(mine, winner);
    assertEquals(isCopied, isConflict && state.policy === "copy");
    if ("loser" in step && step.loser === "version") {
      assert(isAncestor(mine!, winner!) || state.policy === "newest");
    }
    if (step.do === "remove") {
      assert(isAncestor(mine!, winner!) || state.local?.found);
    }
  }
});

Deno.test("plan() asks for a look where the disk is not what the record says", () => {
  const disks = ["absent", "file", "folder", "other"] as const;
  for (const state of states()) {
    const mine = state.local?.record;
    for (const disk of disks) {
      const hasForeign = false;
      const isRight = mine === undefined || mine.root === null
        ? disk === "absent" || disk === "other"
        : disk === mine.kind;
      const step = plan({ ...state, disk, hasForeign });
      assertEquals(step.do === "observe", !isRight);
    }
  }
});

Deno.test("plan() puts nothing over a link, a device or what is not synced", () => {
  for (const state of states()) {
    const step = plan(state);
    const mine = state.local?.record;
    const isOurs = mine !== undefined && mine.root !== null;
    if (state.disk === "other" || (state.disk === "folder" && !isOurs)) {
      assert(
        ["nothing", "publish", "adopt", "blocked", "revive", "makeFolder"]
          .includes(step.do),
        step.do,
      );
      if (state.disk === "other") {
        assert(step.do !== "revive" && step.do !== "makeFolder");
      }
    }
    if (state.hasForeign) assert(step.do !== "removeFolder");
  }
});
