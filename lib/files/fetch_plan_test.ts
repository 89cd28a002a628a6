import { assert, assertEquals } from "@std/assert";
import { toName } from "../names/name.ts";
import {
  FetchPlan,
  type Piece,
  PIECE_BYTES,
  PlannedFile,
} from "./fetch_plan.ts";

const NONE = () => new Set<number>();

function file(name: string, size: number): PlannedFile {
  return new PlannedFile({ name: toName(name), size, mtime: 1, version: "1" });
}

function takeAll(plan: FetchPlan): Piece[] {
  const pieces: Piece[] = [];
  for (let piece; (piece = plan.take()) !== undefined;) pieces.push(piece);
  return pieces;
}

const shown = ({ file, offset, length }: Piece) =>
  `${file.name} ${offset}+${length}`;

Deno.test("FetchPlan gives the largest files first", () => {
  const plan = new FetchPlan(
    [file("b", 20), file("c", 300), file("a", 1)],
    NONE,
  );
  assertEquals(takeAll(plan).map(shown), ["c 0+300", "b 0+20", "a 0+1"]);
});

Deno.test("FetchPlan cuts a file larger than a piece, without a gap and without an empty piece", () => {
  for (
    const [size, lengths] of [
      [PIECE_BYTES, [PIECE_BYTES]],
      [PIECE_BYTES + 1, [PIECE_BYTES, 1]],
      [2 * PIECE_BYTES, [PIECE_BYTES, PIECE_BYTES]],
      [2 * PIECE_BYTES + 7, [PIECE_BYTES, PIECE_BYTES, 7]],
    ] as const
  ) {
    const pieces = takeAll(new FetchPlan([file("a", size)], NONE));
    assertEquals(pieces.map(({ length }) => length), [...lengths]);
    assertEquals(
      pieces.map(({ index, offset }) => offset === index * PIECE_BYTES),
      lengths.map(() => true),
    );
  }
});

Deno.test("FetchPlan asks for an empty file, too", () => {
  const empty = file("a", 0);
  const plan = new FetchPlan([empty], NONE);
  const [piece, ...more] = takeAll(plan);
  assert(piece !== undefined && more.length === 0);
  assertEquals(shown(piece), "a 0+0");
  assert(plan.verified(piece));
  assert(!plan.isOver);
  plan.finish(empty, "done");
  assert(plan.isOver);
});

Deno.test("FetchPlan is over at once when there is nothing to fetch", () => {
  const plan = new FetchPlan([], NONE);
  assert(plan.isOver);
  assertEquals(plan.take(), undefined);
});

Deno.test("FetchPlan gives a piece that came back before anything new", () => {
  const plan = new FetchPlan([file("a", 9), file("b", 8), file("c", 7)], NONE);
  const first = plan.take()!;
  plan.take();
  plan.giveBack(first);
  assertEquals(takeAll(plan).map(shown), ["a 0+9", "c 0+7"]);
});

Deno.test("verified() is true for the last piece of a file, and only for that", () => {
  const plan = new FetchPlan([file("a", 2 * PIECE_BYTES + 1)], NONE);
  const pieces = takeAll(plan);
  assertEquals(pieces.map((piece) => plan.verified(piece)), [
    false,
    false,
    true,
  ]);
});

Deno.test("FetchPlan skips the pieces that an earlier run has verified", () => {
  const large = file("a", 4 * PIECE_BYTES);
  const plan = new FetchPlan([large], () => new Set([0, 2]));
  const pieces = takeAll(plan);
  assertEquals(pieces.map(({ index }) => index), [1, 3]);
  assertEquals(pieces.map((piece) => plan.verified(piece)), [false, true]);
});

Deno.test("hold() makes pieces under way worthless, and gives no more of the file until restart()", () => {
  const changing = file("a", 3 * PIECE_BYTES);
  const plan = new FetchPlan([changing, file("b", 5)], NONE);
  const [one, two] = [plan.take()!, plan.take()!];
  plan.giveBack(two);
  plan.hold(changing);
  assertEquals(plan.verified(one), false);
  plan.giveBack(one);
  assertEquals(takeAll(plan).map(shown), ["b 0+5"]);
  changing.size = PIECE_BYTES + 5;
  plan.restart(changing);
  assertEquals(takeAll(plan).map(shown), [
    `a 0+${PIECE_BYTES}`,
    `a ${PIECE_BYTES}+5`,
  ]);
  assertEquals(plan.verified(one), false, "of the earlier round");
});

Deno.test("finish() counts a file once, and nothing is asked of it any more", () => {
  const failing = file("a", 3 * PIECE_BYTES);
  const other = file("b", 1);
  const plan = new FetchPlan([failing, other], NONE);
  const piece = plan.take()!;
  plan.finish(failing, "failed");
  plan.finish(failing, "failed");
  plan.finish(failing, "done");
  assertEquals(failing.state, "failed");
  plan.giveBack(piece);
  assert(!plan.isOver, "b is left");
  assertEquals(takeAll(plan).map(shown), ["b 0+1"]);
  plan.finish(other, "done");
  assert(plan.isOver);
});
