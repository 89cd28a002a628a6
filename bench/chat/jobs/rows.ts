/**
 * Rows of values that are not times of whole programs.
 *
 * @module
 */

import type { Report, Row } from "../../job.ts";
import { median } from "../../measure.ts";

/** A row of the median and the spread of `values`; `rate` stands in the last column. */
export function spreadRow(
  contender: string,
  values: readonly number[],
  text: (value: number) => string,
  rate = "",
): Row {
  return {
    contender,
    result: text(median(values)),
    spread: `${text(Math.min(...values))} - ${text(Math.max(...values))}`,
    rate,
  };
}

/** What is reported of a job that has only us, and failed: nothing that was promised is kept then. */
export function failedReport(what: string, failure: string): Report {
  return {
    rows: [{ contender: "landline", result: failure, spread: "", rate: "" }],
    goals: [{ what, measured: failure, wanted: "no failure", met: false }],
  };
}

export function milliseconds(ms: number): string {
  return `${ms.toFixed(1)} ms`;
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
