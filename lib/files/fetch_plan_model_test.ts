import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { toName } from "../names/name.ts";
import {
  FetchPlan,
  isWanted,
  type Piece,
  PIECE_BYTES,
  PlannedFile,
} from "./fetch_plan.ts";

/** What happens to the plan; the numbers choose a connection, a file or a size among those that are there. */
type Step =
  | "take"
  | "verify"
  | "lose connection"
  | "corrupt"
  | "change"
  | "fail";

const step = fc.tuple(
  fc.constantFrom<Step>(
    "take",
    "take",
    "take",
    "verify",
    "verify",
    "lose connection",
    "corrupt",
    "change",
    "fail",
  ),
  fc.nat(1000),
  fc.nat(1000),
);

const PIECES_MAX = 5;
const PIECES_AHEAD = 3;

/** The truth about what has arrived, kept beside the plan. */
class Model {
  readonly files: PlannedFile[];
  readonly plan: FetchPlan;
  readonly connections: Piece[][];
  /** Indexes that are verified, of the round that counts. */
  readonly #arrived = new Map<PlannedFile, Set<number>>();
  readonly finished = new Map<PlannedFile, "done" | "failed">();
  readonly #held = new Set<PlannedFile>();

  constructor(sizes: readonly number[], connections: number, resumed: number) {
    this.files = sizes.map((size, i) =>
      new PlannedFile({ name: toName(`f${i}`), size, mtime: 1, version: "1" })
    );
    this.plan = new FetchPlan(this.files, (file) => {
      assertEquals(file.state, "waiting", "no part is opened for nothing");
      const last = piecesOf(file) - 1;
      // As the caller does: only large files, and never the last piece of all.
      const verified = new Set(
        file.isLarge
          ? [0, 1, 2, 3, 4].filter((i) => i < last && (resumed >> i & 1) === 1)
          : [],
      );
      this.#arrived.set(file, new Set(verified));
      return verified;
    });
    this.connections = Array.from({ length: connections }, () => []);
  }

  do([step, a, b]: [Step, number, number]): void {
    const connection = this.connections[a % this.connections.length]!;
    const first = connection[0];
    switch (step) {
      case "take":
        if (connection.length < PIECES_AHEAD) this.take(connection);
        return;
      case "verify":
        return this.verify(connection);
      case "lose connection":
        for (const piece of connection.splice(0)) this.plan.giveBack(piece);
        return;
      case "corrupt":
        if (first === undefined) return;
        return this.plan.giveBack(connection.shift()!);
      case "change": {
        // Seen in an answer; the new size comes later, in another one.
        if (first === undefined || first.file.state !== "waiting") return;
        const { file } = first;
        if (this.#held.has(file)) return this.#restart(file, b);
        // What an answer of an earlier round says is not listened to.
        if (!isWanted(first)) return;
        this.#held.add(file);
        return this.plan.hold(file);
      }
      case "fail":
        if (first !== undefined) this.#finish(first.file, "failed");
        return;
      default:
        throw step satisfies never;
    }
  }

  take(connection: Piece[]): boolean {
    const piece = this.plan.take();
    if (piece === undefined) return false;
    const { file, index, offset, length, round } = piece;
    assert(!this.#held.has(file), "nothing is asked of a file that is held");
    assertEquals(file.state, "waiting");
    assertEquals(offset, index * PIECE_BYTES);
    assertEquals(length, Math.min(PIECE_BYTES, file.size - offset));
    assert(!this.#arrived.get(file)!.has(index), "it is not fetched twice");
    for (const other of this.connections.flat()) {
      assert(
        other.file !== file || other.index !== index || other.round !== round,
        "nobody else fetches it",
      );
    }
    connection.push(piece);
    return true;
  }

  verify(connection: Piece[]): void {
    const piece = connection.shift();
    if (piece === undefined) return;
    const { file, index, round } = piece;
    const counts = file.state === "waiting" && round === file.round;
    if (counts) this.#arrived.get(file)!.add(index);
    const whole = this.plan.verified(piece);
    assertEquals(
      whole,
      counts && this.#arrived.get(file)!.size === piecesOf(file),
    );
    if (whole) this.#finish(file, "done");
  }

  /** No more accidents: everything that is left arrives. */
  finishQuietly(): void {
    for (const file of this.#held) this.#restart(file, 7);
    for (;;) {
      for (const connection of this.connections) {
        while (connection.length > 0) this.verify(connection);
      }
      if (!this.take(this.connections[0]!)) return;
    }
  }

  #restart(file: PlannedFile, pieces: number): void {
    this.#held.delete(file);
    file.size = sizeOf(pieces);
    this.plan.restart(file);
  }

  #finish(file: PlannedFile, state: "done" | "failed"): void {
    this.plan.finish(file, state);
    this.#held.delete(file);
    if (this.finished.has(file)) return;
    this.finished.set(file, state);
  }
}

function piecesOf(file: PlannedFile): number {
  return Math.max(1, Math.ceil(file.size / PIECE_BYTES));
}

/** 0 to 5 pieces, the last one whole or not. */
function sizeOf(n: number): number {
  return n % PIECES_MAX * PIECE_BYTES + [0, 1, PIECE_BYTES - 1][n % 3]!;
}

Deno.test("FetchPlan loses no byte and ends every file once, whatever connections do", () => {
  const anySizes = fc.array(fc.nat(1000).map(sizeOf), { maxLength: 12 });
  fc.assert(
    fc.property(
      anySizes,
      fc.integer({ min: 1, max: 4 }),
      fc.nat(31),
      fc.array(step, { maxLength: 200 }),
      (sizes, connections, resumed, steps) => {
        const model = new Model(sizes, connections, resumed);
        for (const step of steps) {
          model.do(step);
          assertEquals(
            model.plan.isOver,
            model.finished.size === model.files.length,
          );
        }
        model.finishQuietly();
        assert(model.plan.isOver);
        assertEquals(model.finished.size, model.files.length);
        for (const [file, state] of model.finished) {
          assertEquals(file.state, state);
        }
      },
    ),
    { numRuns: 3000 },
  );
});
