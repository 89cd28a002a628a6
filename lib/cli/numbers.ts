/**
 * Numbers for people. Decimal units (1 MB is 1 000 000 bytes), as network links are sold.
 *
 * @module
 */

import { format } from "@std/fmt/bytes";
import { format as formatDuration } from "@std/fmt/duration";

/** `44.9 MB`: three digits. With options, `format` would load 14 ms of Intl. */
export function bytesText(bytes: number): string {
  return format(bytes).trimStart();
}

/** `0.085 s`, `12.3 s`, `1m 5s` */
export function timeText(ms: number): string {
  if (ms < 1000) return `${(ms / 1000).toFixed(3)} s`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return formatDuration(Math.round(ms / 1000) * 1000, {
    style: "narrow",
    ignoreZero: true,
  });
}

/** `529 MB/s` */
export function rateText(bytes: number, ms: number): string {
  return `${bytesText(ms > 0 ? Math.round(bytes / ms * 1000) : 0)}/s`;
}

/** `1 file`, `283 files` */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
