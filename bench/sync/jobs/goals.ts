/**
 * Goals that are a number, not a comparison.
 *
 * @module
 */

import type { Goal } from "../../job.ts";
import { median } from "../../measure.ts";

/** The goal that the median of `values` is at most `limit`; not measured if there are none. */
export function limitGoal(
  what: string,
  values: readonly number[] | undefined,
  limit: number,
  text: (value: number) => string,
): Goal {
  const wanted = `at most ${text(limit)}`;
  if (values === undefined || values.length === 0) {
    return { what, measured: "", wanted, met: undefined };
  }
  const value = median(values);
  return { what, measured: text(value), wanted, met: value <= limit };
}
