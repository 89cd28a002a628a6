// @ts-check
/**
 * Sizes and counts for people, the same from the server and in the browser.
 *
 * @module
 */

const UNITS = ["kB", "MB", "GB", "TB", "PB", "EB"];

/**
 * `bytes` as people say it: `7 B`, `4.1 GB`, `380 MB`. Decimal, as disks are sold and as the client prints it.
 *
 * @param {number} bytes
 */
export function sizeText(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  let value = bytes;
  let unit = -1;
  // 999.95 would be rounded to 1000.0.
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value < 99.95 ? value.toFixed(1) : value.toFixed(0)} ${
    UNITS[unit]
  }`;
}

/**
 * What is in a folder: `12 files, 3 folders, 4.1 GB`.
 *
 * @param {{ readonly files: number, readonly folders: number, readonly bytes: number }} totals
 */
export function totalsText({ files, folders, bytes }) {
  const parts = [];
  if (files > 0) parts.push(counted(files, "file"));
  if (folders > 0) parts.push(counted(folders, "folder"));
  if (files > 0) parts.push(sizeText(bytes));
  return parts.length === 0 ? "Empty" : parts.join(", ");
}

/**
 * `1 file`, `12 files`, `10 000 files`: with a thin space between thousands.
 *
 * @param {number} count
 * @param {string} noun
 */
export function counted(count, noun) {
  const digits = `${count}`.replace(/\B(?=(?:\d{3})+$)/g, "\u202f");
  return `${digits} ${noun}${count === 1 ? "" : "s"}`;
}
