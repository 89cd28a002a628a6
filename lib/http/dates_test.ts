import { assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { formatHttpDate, parseHttpDate } from "./dates.ts";

/** The date of RFC 9110 5.6.7. */
const EXAMPLE_MS = 784_111_777_000;
const NOW = Date.UTC(2026, 10, 21);

Deno.test("formatHttpDate() writes the date of the RFC as the RFC does", () => {
  assertEquals(formatHttpDate(EXAMPLE_MS), "Sun, 06 Nov 1994 08:49:37 GMT");
});

Deno.test("formatHttpDate() drops parts of a second, before 1970 as well", () => {
  assertEquals(
    formatHttpDate(EXAMPLE_MS + 999.9),
    "Sun, 06 Nov 1994 08:49:37 GMT",
  );
  assertEquals(formatHttpDate(-0.5), "Wed, 31 Dec 1969 23:59:59 GMT");
});

Deno.test("formatHttpDate() keeps seconds apart that share a place in its memory", () => {
  for (const second of [5, 5 + 256, -5, 5, 5 + 512, -5 - 256, 5]) {
    assertEquals(
      formatHttpDate(second * 1000),
      new Date(second * 1000).toUTCString(),
    );
  }
});

Deno.test("formatHttpDate() has four digits for the year, whatever a file system says", () => {
  assertEquals(formatHttpDate(-1e15), "Sat, 01 Jan 0000 00:00:00 GMT");
  assertEquals(formatHttpDate(8.64e15), "Fri, 31 Dec 9999 23:59:59 GMT");
  assertEquals(formatHttpDate(Infinity), "Fri, 31 Dec 9999 23:59:59 GMT");
});

Deno.test("parseHttpDate() reads the three forms of the RFC", () => {
  for (
    const text of [
      "Sun, 06 Nov 1994 08:49:37 GMT",
      "Sunday, 06-Nov-94 08:49:37 GMT",
      "Sun Nov  6 08:49:37 1994",
    ]
  ) assertStrictEquals(parseHttpDate(text, NOW), EXAMPLE_MS, text);
  assertStrictEquals(
    parseHttpDate("Wed Nov 16 08:49:37 1994", NOW),
    EXAMPLE_MS + 10 * 86_400_000,
  );
});

Deno.test("parseHttpDate() gives back what formatHttpDate() writes", () => {
  const seconds = fc.integer({ min: -62167219200, max: 253402300799 });
  fc.assert(fc.property(seconds, (second) => {
    const text = formatHttpDate(second * 1000);
    assertStrictEquals(parseHttpDate(text, NOW), second * 1000, text);
  }));
});

Deno.test("parseHttpDate() reads two digits as the last such year that is not more than 50 years ahead", () => {
  const yearOf = (text: string, now: number) =>
    new Date(parseHttpDate(text, now) ?? NaN).getUTCFullYear();
  // 2026 + 50 is 2076; the names of the days decide nothing, they must be right.
  assertEquals(yearOf("Wednesday, 01-Jan-76 00:00:00 GMT", NOW), 2076);
  assertEquals(yearOf("Saturday, 01-Jan-77 00:00:00 GMT", NOW), 1977);
  assertEquals(yearOf("Saturday, 01-Jan-00 00:00:00 GMT", NOW), 2000);
  assertEquals(
    yearOf("Friday, 01-Jan-77 00:00:00 GMT", Date.UTC(2030, 0)),
    2077,
  );
});

Deno.test("parseHttpDate() knows February, and a second that leaps", () => {
  assertEquals(
    parseHttpDate("Thu, 29 Feb 2024 00:00:00 GMT", NOW),
    Date.UTC(2024, 1, 29),
  );
  assertEquals(
    parseHttpDate("Sat, 31 Dec 2016 23:59:60 GMT", NOW),
    Date.UTC(2017, 0, 1),
  );
  assertEquals(
    parseHttpDate("Sat, 01 Jan 0000 00:00:00 GMT", NOW),
    -62167219200_000,
  );
});

Deno.test("parseHttpDate() refuses what is not quite a date, and all that new Date() would guess at", () => {
  const refused = [
    "",
    "0",
    "784111777",
    "1994-11-06T08:49:37Z",
    "1994-11-06",
    "6 Nov 1994",
    "Nov 6, 1994",
    "Sun, 06 Nov 1994 08:49:37",
    "Sun, 06 Nov 1994 08:49:37 UTC",
    "Sun, 06 Nov 1994 08:49:37 +0000",
    "Sun, 06 Nov 1994 08:49:37 gmt",
    "sun, 06 nov 1994 08:49:37 GMT",
    "SUN, 06 NOV 1994 08:49:37 GMT",
    " Sun, 06 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 08:49:37 GMT ",
    "Sun, 06 Nov 1994 08:49:37 GMT\n",
    "Sun,06 Nov 1994 08:49:37 GMT",
    "Sun,  06 Nov 1994 08:49:37 GMT",
    "Sun, 6 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 94 08:49:37 GMT",
    "Sun, 06 Nov 01994 08:49:37 GMT",
    "Sun, 06 Nov 1994 8:49:37 GMT",
    "Sun, 06 Nov 1994 24:00:00 GMT",
    "Sun, 06 Nov 1994 08:60:37 GMT",
    "Sun, 06 Nov 1994 08:49:61 GMT",
    "Sun, 00 Nov 1994 08:49:37 GMT",
    "Sun, 32 Nov 1994 08:49:37 GMT",
    "Wed, 30 Feb 2022 00:00:00 GMT",
    "Wed, 29 Feb 2023 00:00:00 GMT",
    // Another day of the week: one of the two is wrong, and nobody knows which.
    "Mon, 06 Nov 1994 08:49:37 GMT",
    "Sunday, 06 Nov 1994 08:49:37 GMT",
    "Sun, 06-Nov-94 08:49:37 GMT",
    "Sunday, 06-Nov-1994 08:49:37 GMT",
    "xSunday, 06-Nov-94 08:49:37 GMT",
    "Sunday, 06-Nov-94 08:49:37 GMTx",
    "Funday, 06-Nov-94 08:49:37 GMT",
    "xSun Nov  6 08:49:37 1994",
    "Sun Nov  6 08:49:37 19940",
    "Sun Nov 6 08:49:37 1994",
    "Sun Nov 06 08:49:37 1994 GMT",
    "Sun, 06 Non 1994 08:49:37 GMT",
    "Sun, \u0660\u0666 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT",
    "9".repeat(8000),
  ];
  for (const text of refused) {
    assertEquals(parseHttpDate(text, NOW), undefined, text.slice(0, 80));
  }
});

Deno.test("parseHttpDate() reads two digits for a day in the form of asctime as well", () => {
  // ANSI C pads with a blank, but the grammar (date3) allows 2DIGIT.
  assertEquals(parseHttpDate("Sun Nov 06 08:49:37 1994", NOW), EXAMPLE_MS);
});
