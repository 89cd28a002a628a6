// @ts-check
/**
 * Moments for people, in the time zone of who looks at them.
 *
 * @module
 */

/** @type {Intl.DateTimeFormat | undefined} */
let times;
/** @type {Intl.DateTimeFormat | undefined} */
let days;

/** `14:03`, as one writes it there. @param {number} time */
export function timeText(time) {
  times ??= new Intl.DateTimeFormat(undefined, {
    hour: "2-digit",
    minute: "2-digit",
  });
  return times.format(time);
}

/**
 * `Friday, 21 November 2025`; the page speaks English, and a word like "Today" would be wrong tomorrow.
 *
 * @param {number} time
 */
export function dayText(time) {
  days ??= new Intl.DateTimeFormat("en-GB", {
    weekday: "long",
    day: "numeric",
    month: "long",
    year: "numeric",
  });
  return days.format(time);
}
