/**
 * Dates as HTTP writes them (RFC 9110 5.6.7), in milliseconds since 1970 on our side. Read strictly: what `new Date(text)`
 * would guess at is no date, and a condition on it is ignored.
 *
 * @module
 */

const MS_PER_SECOND = 1000;
/** 0000-01-01T00:00:00Z and 9999-12-31T23:59:59Z: a date has four digits for the year. */
const SECOND_MIN = -62167219200;
const SECOND_MAX = 253402300799;

/** Dates of as many seconds are remembered: that of now, in every answer, and those of the files that are asked for. */
const REMEMBERED = 256;
const rememberedSeconds = new Float64Array(REMEMBERED).fill(NaN);
const rememberedTexts: string[] = new Array(REMEMBERED).fill("");

/** `ms` as IMF-fixdate, `Sun, 06 Nov 1994 08:49:37 GMT`; parts of a second are dropped. */
export function formatHttpDate(ms: number): string {
  const second = Math.floor(ms / MS_PER_SECOND);
  const at = Math.abs(second) % REMEMBERED;
  if (rememberedSeconds[at] === second) return rememberedTexts[at]!;
  const shown = Math.min(Math.max(second, SECOND_MIN), SECOND_MAX);
  // ECMA-262 (21.4.4.43) gives this text the form of IMF-fixdate for every year of four digits.
  const text = new Date(shown * MS_PER_SECOND).toUTCString();
  rememberedSeconds[at] = second;
  rememberedTexts[at] = text;
  return text;
}

const DAY_NAMES = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const LONG_DAY_NAMES = [
  "Sunday",
  "Monday",
  "Tuesday",
  "Wednesday",
  "Thursday",
  "Friday",
  "Saturday",
];
const MONTHS = [
  "Jan",
  "Feb",
  "Mar",
  "Apr",
  "May",
  "Jun",
  "Jul",
  "Aug",
  "Sep",
  "Oct",
  "Nov",
  "Dec",
];

/** The three forms (RFC 9110 5.6.7): case matters, and so does every blank. */
const IMF_FIXDATE =
  /^([A-Z][a-z]{2}), (\d\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) GMT$/;
const RFC_850 =
  /^([A-Z][a-z]{5,8}), (\d\d)-([A-Z][a-z]{2})-(\d\d) (\d\d):(\d\d):(\d\d) GMT$/;
const ASCTIME =
  /^([A-Z][a-z]{2}) ([A-Z][a-z]{2}) ( \d|\d\d) (\d\d):(\d\d):(\d\d) (\d{4})$/;

/**
 * The time that `text` says, in one of the three forms that a recipient must know.
 *
 * @param now for the two digits that a year has in the form of RFC 850
 * @returns `undefined` if it is no date, or none that ever was (a 30th of February, a Monday that is a Tuesday)
 */
export function parseHttpDate(text: string, now: number): number | undefined {
  // Group by group what its expression says.
  let found = IMF_FIXDATE.exec(text) as string[] | null;
  if (found !== null) {
    const [, name, day, month, year, h, m, s] = found as Fields;
    return timeOf(DAY_NAMES, name, Number(year), month, day, [h, m, s]);
  }
  found = RFC_850.exec(text);
  if (found !== null) {
    const [, name, day, month, digits, h, m, s] = found as Fields;
    const year = yearOf(Number(digits), now);
    return timeOf(LONG_DAY_NAMES, name, year, month, day, [h, m, s]);
  }
  found = ASCTIME.exec(text);
  if (found !== null) {
    const [, name, month, day, h, m, s, year] = found as Fields;
    return timeOf(DAY_NAMES, name, Number(year), month, day, [h, m, s]);
  }
  return undefined;
}

/** A date that was found, and its seven groups. */
type Fields = [
  string,
  string,
  string,
  string,
  string,
  string,
  string,
  string,
];

/** RFC 9110 5.6.7: what appears to be more than 50 years ahead is the latest year in the past with the same two digits. */
function yearOf(digits: number, now: number): number {
  const thisYear = new Date(now).getUTCFullYear();
  const year = thisYear - thisYear % 100 + digits;
  return year > thisYear + 50 ? year - 100 : year;
}

function timeOf(
  dayNames: readonly string[],
  dayName: string,
  year: number,
  month: string,
  day: string,
  [hour, minute, second]: [string, string, string],
): number | undefined {
  const monthAt = MONTHS.indexOf(month);
  // 60 is a leap second in the grammar; here it is the first second of the next minute, as in POSIX.
  if (
    monthAt < 0 || Number(hour) > 23 || Number(minute) > 59 ||
    Number(second) > 60
  ) return undefined;
  const date = new Date(0);
  // Not Date.UTC: that takes the years 0 to 99 for 1900 to 1999.
  date.setUTCFullYear(year, monthAt, Number(day));
  // A 30th of February would have become the 1st or 2nd of March.
  if (date.getUTCDate() !== Number(day)) return undefined;
  if (dayNames[date.getUTCDay()] !== dayName) return undefined;
  return date.setUTCHours(Number(hour), Number(minute), Number(second));
}
