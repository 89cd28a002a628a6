// @ts-check
/**
 * How long something is ago, for people.
 *
 * @module
 */

/** @type {readonly (readonly [number, string])[]} */
const UNITS = [
  [86_400, "day"],
  [3600, "hour"],
  [60, "minute"],
];

/**
 * `just now`, `3 minutes ago`, `2 days ago`; `in the future` where clocks differ.
 *
 * @param {number} time milliseconds since 1970
 * @param {number} now
 */
export function ageText(time, now) {
  const seconds = (now - time) / 1000;
  if (seconds < -60) return "in the future";
  for (const [length, unit] of UNITS) {
    const count = Math.floor(seconds / length);
    if (count >= 1) return `${count} ${unit}${count === 1 ? "" : "s"} ago`;
  }
  return "just now";
}
