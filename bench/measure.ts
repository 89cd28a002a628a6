/**
 * The arithmetic of a comparison: who runs when, and what the numbers say. Nothing here knows what is measured.
 *
 * A shared machine drifts from minute to minute, so times of two contenders are compared only when they were taken
 * next to each other: every round runs all contenders once (A B C, A B C, ...), a ratio is taken within each round,
 * and the median of these ratios is what is quoted. The quotient of two medians would mix fast minutes with slow ones.
 *
 * @module
 */

/** One way of doing a job, as seen by `alternate`. */
export interface Contender {
  readonly name: string;
  /** Makes ready for one run; not timed. */
  prepare?(): Promise<void>;
  /** Does the job once; gives what was measured (mostly seconds). Throws when the job failed. */
  run(): Promise<number>;
  /** Judges the result of the warm-up run; not timed. Throws when the result is not right. */
  verify?(): Promise<void>;
}

/** What came of a contender: its measurements, one a round, or why there are none. */
export interface Outcome {
  readonly name: string;
  readonly values: readonly number[];
  readonly failure?: string;
}

/**
 * The middle value; of an even number of values, the mean of the two in the middle.
 * Throws RangeError when there is none.
 */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[sorted.length >> 1];
  const lower = sorted[(sorted.length - 1) >> 1];
  if (upper === undefined || lower === undefined) {
    throw new RangeError("Cannot take the median: no values");
  }
  return (lower + upper) / 2;
}

/**
 * The median of `ours[i] / theirs[i]`: below 1 we took less. Throws RangeError when the two were not measured in the
 * same rounds (different lengths, or none).
 */
export function medianRatio(
  ours: readonly number[],
  theirs: readonly number[],
): number {
  if (ours.length !== theirs.length) {
    throw new RangeError(
      `Cannot compare: ${ours.length} rounds against ${theirs.length}`,
    );
  }
  return median(ours.map((value, round) => value / theirs[round]!));
}

/**
 * Runs every contender once to warm up (verified, not counted), then `rounds` times in turn: A B C, A B C, ...
 * A contender that throws is out, from then on and with all its values, and its outcome says why: a median of the
 * rounds that happened to work would flatter it. Gives the outcomes in the order of the contenders.
 */
export async function alternate(
  contenders: readonly Contender[],
  rounds: number,
  onProgress: (text: string) => void = () => {},
): Promise<Outcome[]> {
  const values = new Map<Contender, number[]>(
    contenders.map((contender) => [contender, []]),
  );
  const failures = new Map<Contender, string>();
  for (let round = 0; round <= rounds; round++) {
    for (const contender of contenders) {
      if (failures.has(contender)) continue;
      onProgress(
        `${
          round === 0 ? "warm-up" : `round ${round}/${rounds}`
        }: ${contender.name}`,
      );
      try {
        await contender.prepare?.();
        const value = await contender.run();
        if (round === 0) await contender.verify?.();
        else values.get(contender)!.push(value);
      } catch (error) {
        failures.set(
          contender,
          error instanceof Error ? error.message : String(error),
        );
      }
    }
  }
  return contenders.map((contender) => {
    const failure = failures.get(contender);
    return failure === undefined
      ? { name: contender.name, values: values.get(contender)! }
      : { name: contender.name, values: [], failure };
  });
}
