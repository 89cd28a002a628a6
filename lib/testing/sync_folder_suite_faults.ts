/**
 * What a `SyncFolder` promises when others interfere, calls fail and programs are killed: each act is run again and again,
 * with the trouble before its first call, its second, and so on to the last.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { Refusal } from "../errors.ts";
import { type Name, toName } from "../names/name.ts";
import { SimCrash } from "./sim_calls.ts";
import {
  type MakeSyncSubject,
  partOf,
  type SyncFolderSubject,
} from "./sync_folder_subject.ts";

const A = toName("a");
const B = toName("b");
const META = { mtime: 1_500_000_000_123, executable: true };

interface Act {
  readonly name: string;
  /** Makes what there is before, and gives the act. */
  prepare(on: SyncFolderSubject): Promise<() => unknown>;
  /** What may be at `a` and `b` after it was cut short; `undefined`: nothing. */
  readonly outcomes: readonly (readonly (string | undefined)[])[];
  /** The call after whose look nothing can be done any more: what another program puts in place then is replaced. */
  readonly last?: string;
}

const ACTS: readonly Act[] = [
  {
    name: "place of a new file",
    prepare: async (on) => {
      const part = await partOf(on, "new");
      return () => on.folder.place(part, A, undefined, true);
    },
    outcomes: [[], ["new"]],
  },
  {
    name: "place over a file",
    prepare: async (on) => {
      on.put("a", "old");
      const [part, seen] = [await partOf(on, "new"), on.folder.look(A)];
      return () => on.folder.place(part, A, seen, true);
    },
    // Never nothing: who looks at any moment sees one or the other.
    outcomes: [["old"], ["new"]],
    last: "rename a",
  },
  {
    name: "duplicate",
    prepare: (on) => withOld(on, (seen) => on.folder.duplicate(A, B, seen)),
    outcomes: [["old"], ["old", "old"]],
  },
  {
    name: "move",
    prepare: (on) => withOld(on, (seen) => on.folder.move(A, B, seen)),
    outcomes: [["old"], ["old", "old"], [undefined, "old"]],
  },
  {
    name: "remove",
    prepare: (on) => withOld(on, (seen) => on.folder.remove(A, seen)),
    outcomes: [["old"], []],
  },
  {
    name: "describe",
    prepare: (on) => withOld(on, (seen) => on.folder.describe(A, seen, META)),
    outcomes: [["old"]],
  },
];

export function testSyncFolderFaults(
  kind: string,
  make: MakeSyncSubject,
): void {
  for (const hasLinks of [true, false]) {
    const what = hasLinks ? kind : `${kind} without hard links:`;
    for (const act of ACTS) {
      Deno.test(`${what} ${act.name} that is killed before any of its calls leaves whole files`, async () => {
        await atEachCall(make, hasLinks, act, (on, { run, at }) => {
          before(on, at, () => on.kill());
          const isCut = isThrown(run, SimCrash);
          on.restart();
          assertOutcome(on, act);
          assertNothingLost(on, act);
          return isCut;
        });
      });

      Deno.test(`${what} ${act.name} that fails in any of its calls leaves whole files, and says so`, async () => {
        await atEachCall(make, hasLinks, act, (on, { run, at }) => {
          before(on, at, () => "EIO");
          const isCut = isThrown(run, Refusal);
          on.before = undefined;
          assertOutcome(on, act);
          assertNothingLost(on, act);
          on.restart();
          assertEquals(ownLeft(on), []);
          return isCut;
        });
      });

      for (const trouble of TROUBLES) {
        Deno.test(`${what} ${act.name} loses nothing of somebody who ${trouble.name} before any of its calls`, async () => {
          await atEachCall(make, hasLinks, act, (on, { run, at }) => {
            let isLate = false;
            let isReached = false;
            before(on, at, (call, path) => {
              isReached = true;
              isLate = isUnavoidable(act, trouble, hasLinks, call, path);
              on.before = undefined;
              trouble.make(on);
            });
            let result: unknown;
            try {
              result = run();
            } catch (error) {
              // "It is not there any more" is an answer.
              assert(error instanceof Refusal, String(error));
            }
            if (isReached && !isLate) {
              assertTheirs(on, trouble, act);
              // What says that it did nothing did nothing.
              if (typeof result === "string" && result !== "done") {
                assertUntouched(on, trouble, act);
              }
            }
            assert(result !== undefined || isReached);
            return isReached;
          });
        });
      }
    }
  }
}

interface Trouble {
  readonly name: string;
  make(on: SyncFolderSubject): void;
  /** What has to be somewhere afterwards. */
  readonly theirs: string | undefined;
}

const TROUBLES: readonly Trouble[] = [
  {
    name: "gives the name to another file",
    make: (on) => on.replace("a", "theirs"),
    theirs: "theirs",
  },
  {
    name: "writes into the file",
    make: (on) => on.put(on.get("a") === undefined ? "b" : "a", "theirs"),
    theirs: "theirs",
  },
  {
    name: "takes the new name",
    make: (on) => on.replace("b", "theirs"),
    theirs: "theirs",
  },
  {
    name: "removes the file",
    make: (on) => on.get("a") === undefined ? undefined : on.remove("a"),
    theirs: undefined,
  },
];

/** What no order of calls can rule out, as `Placing` says: between the last look and the step there are microseconds. */
function isUnavoidable(
  act: Act,
  trouble: Trouble,
  hasLinks: boolean,
  call: string,
  path: string,
): boolean {
  if (trouble.theirs === undefined) return false;
  const step = `${call} ${path}`;
  if (trouble.name.startsWith("gives")) {
    // Without links nothing but a rename can give a new file its name.
    return step === act.last || (!hasLinks && step === "rename a");
  }
  if (trouble.name.startsWith("takes")) {
    return !hasLinks && step === "rename b";
  }
  // What is written into a file while it is copied is in the file that is replaced then.
  return !hasLinks && step === act.last;
}

async function withOld(
  on: SyncFolderSubject,
  act: (seen: NonNullable<ReturnType<typeof on.folder.look>>) => unknown,
): Promise<() => unknown> {
  on.put("a", "old");
  on.describe("a", META.mtime - 1, 0o644);
  const seen = on.folder.look(A)!;
  await Promise.resolve();
  return () => act(seen);
}

/** Runs the act with trouble at its first call, its second, ... until `run` says that it was not reached. */
async function atEachCall(
  make: MakeSyncSubject,
  hasLinks: boolean,
  act: Act,
  trial: (
    on: SyncFolderSubject,
    run: { run: () => unknown; at: number },
  ) => boolean,
): Promise<void> {
  for (let at = 0;; at++) {
    using on = make({ hasLinks });
    const run = await act.prepare(on);
    const isReached = trial(on, { run, at });
    on.kill();
    if (!isReached) {
      assert(at >= 3, "The act makes more calls than that");
      return;
    }
    assert(at < 100, "The act makes fewer calls than that");
  }
}

/** `trouble` before the call number `at`. */
function before(
  on: SyncFolderSubject,
  at: number,
  trouble: (call: string, path: string) => string | void,
): void {
  let calls = 0;
  on.before = (call, path) => calls++ === at ? trouble(call, path) : undefined;
}

function isThrown(
  run: () => unknown,
  type: typeof SimCrash | typeof Refusal,
): boolean {
  try {
    run();
    return false;
  } catch (error) {
    assertThrows(() => {
      throw error;
    }, type);
    return true;
  }
}

function assertOutcome(on: SyncFolderSubject, act: Act): void {
  const found = [on.get("a"), on.get("b")];
  assert(
    act.outcomes.some(([a, b]) => a === found[0] && b === found[1]),
    `a and b are ${found.join(" and ")}`,
  );
}

/** What was there is at one of the names, or among the versions. */
function assertNothingLost(on: SyncFolderSubject, act: Act): void {
  if (act.outcomes[0]?.[0] === "old") {
    assert([...contents(on)].includes("old"), "The old content is lost");
  }
}

/** What somebody has written meanwhile is where it was written, as it was. */
function assertTheirs(
  on: SyncFolderSubject,
  { theirs, name }: Trouble,
  act: Act,
): void {
  if (theirs === undefined) return;
  // Written into the file that was replaced a moment later: it is in the version that is kept.
  const isKept = name.startsWith("writes") && act.last !== undefined;
  const all = isKept ? [...contents(on)] : [on.get("a"), on.get("b")];
  assert(all.includes(theirs), `There is only ${all.join(", ")}`);
  if (name.startsWith("gives") && act.name === "describe") {
    assertEquals(on.folder.look(A)?.executable, false);
  }
}

/** The old file is at its name still, unless somebody else took it away. */
function assertUntouched(
  on: SyncFolderSubject,
  { name }: Trouble,
  act: Act,
): void {
  if (!name.startsWith("takes") || act.outcomes[0]?.[0] !== "old") return;
  assertEquals(on.get("a"), "old");
}

/** What is at the names, and what the versions have. */
function* contents(on: SyncFolderSubject): Iterable<string> {
  for (const path of ["a", "b"]) {
    const content = on.get(path);
    if (content !== undefined) yield content;
  }
  let restored = 0;
  for (const { id } of on.folder.versions()) {
    const path: Name = toName(`restored-${restored++}`);
    assertEquals(on.folder.restore(id, path), "done");
    yield on.get(path) ?? "";
  }
}

/** Files of our own that nobody will come back to. */
function ownLeft(on: SyncFolderSubject): string[] {
  return [1, 2, 3, 4, 5, 6].map((n) => `.landline/parts/+${n}`)
    .filter((path) => on.get(path) !== undefined);
}
