import { assert, assertEquals } from "@std/assert";
import { cpuTime } from "../testing/cpu_time.ts";
import {
  evaluate,
  ifRangeHolds,
  type Validators,
  versionForOneAnswer,
} from "./conditional.ts";
import { formatHttpDate } from "./dates.ts";
import { FieldLines } from "./field_lines.ts";

const MTIME = Date.UTC(2026, 10, 20, 12, 0, 0);
const NOW = MTIME + 86_400_000;
/** Changed half a second behind a whole one, as most files are. */
const THERE: Validators = { etag: '"abc"', mtimeMs: MTIME + 500 };
const SAME_SECOND = formatHttpDate(MTIME);
const SECOND_BEFORE = formatHttpDate(MTIME - 1000);
const SECOND_BEHIND = formatHttpDate(MTIME + 1000);

type Lines = Record<string, string>;

function fieldsOf(lines: Lines): FieldLines {
  const fields = new FieldLines();
  for (const [name, value] of Object.entries(lines)) fields.add(name, value);
  return fields;
}

function verdict(
  lines: Lines,
  method = "GET",
  there: Validators | undefined = THERE,
): string {
  return evaluate({ method, fields: fieldsOf(lines) }, there, NOW);
}

/** For a PUT to a name where nothing is. */
function verdictOnNothing(lines: Lines, method = "PUT"): string {
  return evaluate({ method, fields: fieldsOf(lines) }, undefined, NOW);
}

Deno.test("evaluate() lets requests without conditions go on", () => {
  for (const method of ["GET", "HEAD", "PUT", "DELETE", "POST"]) {
    assertEquals(verdict({}, method), "proceed", method);
    assertEquals(verdictOnNothing({}, method), "proceed", method);
  }
});

/** Values of a field with entity tags that name what is there, in a weak or strong comparison. */
const NAMES_IT = [
  '"abc"',
  "*",
  '"x", "abc"',
  '"abc","x"',
  ',, "x" ,\t"abc", ,',
  // A comma within a tag (R6).
  '"a,b", "abc"',
  '"x\\", "abc"',
];
const NAMES_ANOTHER = [
  '"ABC"',
  '"abcd"',
  '""',
  '"a,b"',
  '"abc,"',
  '",abc,"',
  '"x\\"',
  '"*"',
];
/** What RFC 9110 8.8.3 and 13.1 do not have. */
const GARBAGE = [
  "",
  ",",
  "abc",
  "'abc'",
  '"abc',
  'abc"',
  '"abc" "x"',
  '"abc"x',
  'w/"abc"',
  "W/abc",
  'W/ "abc"',
  "**",
  "*, *",
  '*, "abc"',
  '"abc", *',
  '"a b", "abc"',
  '"abc", x',
];

Deno.test("evaluate() answers 304 to GET and HEAD if If-None-Match names what is there (13.1.2)", () => {
  for (const tags of [...NAMES_IT, 'W/"abc"', '"x", W/"abc"']) {
    assertEquals(verdict({ "If-None-Match": tags }), "not-modified", tags);
    assertEquals(verdict({ "If-None-Match": tags }, "HEAD"), "not-modified");
  }
  for (const tags of [...NAMES_ANOTHER, ...GARBAGE]) {
    assertEquals(verdict({ "If-None-Match": tags }), "proceed", tags);
  }
});

Deno.test("evaluate() fails everything else if If-None-Match names what is there, or cannot be read", () => {
  for (const method of ["PUT", "DELETE", "POST"]) {
    for (const tags of [...NAMES_IT, 'W/"abc"', ...GARBAGE]) {
      assertEquals(verdict({ "If-None-Match": tags }, method), "failed", tags);
    }
    for (const tags of NAMES_ANOTHER) {
      assertEquals(verdict({ "If-None-Match": tags }, method), "proceed", tags);
    }
  }
});

Deno.test("evaluate() compares weakly for If-None-Match: one weak tag is enough (8.8.3.2)", () => {
  const weak = { etag: 'W/"abc"', mtimeMs: MTIME };
  for (const tags of ['"abc"', 'W/"abc"']) {
    assertEquals(
      verdict({ "If-None-Match": tags }, "GET", weak),
      "not-modified",
    );
  }
});

Deno.test("evaluate() compares strongly for If-Match: no weak tag is ever enough (8.8.3.2, 13.1.1)", () => {
  for (const method of ["GET", "HEAD", "PUT", "DELETE"]) {
    for (const tags of NAMES_IT) {
      assertEquals(verdict({ "If-Match": tags }, method), "proceed", tags);
    }
    for (const tags of [...NAMES_ANOTHER, ...GARBAGE, 'W/"abc"']) {
      assertEquals(verdict({ "If-Match": tags }, method), "failed", tags);
    }
    const weak = { etag: 'W/"abc"', mtimeMs: MTIME };
    assertEquals(verdict({ "If-Match": 'W/"abc"' }, method, weak), "failed");
    assertEquals(verdict({ "If-Match": '"abc"' }, method, weak), "failed");
    assertEquals(verdict({ "If-Match": "*" }, method, weak), "proceed");
  }
});

Deno.test("evaluate() lets If-None-Match: * make a new file only, and If-Match: * change an old one only", () => {
  assertEquals(verdictOnNothing({ "If-None-Match": "*" }), "proceed");
  assertEquals(verdictOnNothing({ "If-None-Match": '"abc"' }), "proceed");
  assertEquals(verdictOnNothing({ "If-Match": "*" }), "failed");
  assertEquals(verdictOnNothing({ "If-Match": '"abc"' }), "failed");
  assertEquals(verdictOnNothing({ "If-Match": "*" }, "DELETE"), "failed");
});

Deno.test("evaluate() counts in whole seconds: the date it gave is not before the file", () => {
  const since = (date: string) => verdict({ "If-Modified-Since": date });
  assertEquals(since(SAME_SECOND), "not-modified");
  assertEquals(since(SECOND_BEHIND), "not-modified");
  assertEquals(since(SECOND_BEFORE), "proceed");
  const unmodified = (date: string) =>
    verdict({ "If-Unmodified-Since": date }, "PUT");
  assertEquals(unmodified(SAME_SECOND), "proceed");
  assertEquals(unmodified(SECOND_BEHIND), "proceed");
  assertEquals(unmodified(SECOND_BEFORE), "failed");
});

Deno.test("evaluate() lets If-None-Match beat If-Modified-Since, either way (13.1.3, R6)", () => {
  assertEquals(
    verdict({ "If-None-Match": '"old"', "If-Modified-Since": SECOND_BEHIND }),
    "proceed",
  );
  assertEquals(
    verdict({ "If-None-Match": '"abc"', "If-Modified-Since": SECOND_BEFORE }),
    "not-modified",
  );
  assertEquals(
    verdict({ "If-None-Match": "garbage", "If-Modified-Since": SECOND_BEHIND }),
    "proceed",
  );
});

Deno.test("evaluate() lets If-Match beat If-Unmodified-Since, either way (13.1.4)", () => {
  assertEquals(
    verdict(
      { "If-Match": '"abc"', "If-Unmodified-Since": SECOND_BEFORE },
      "PUT",
    ),
    "proceed",
  );
  assertEquals(
    verdict(
      { "If-Match": '"old"', "If-Unmodified-Since": SECOND_BEHIND },
      "PUT",
    ),
    "failed",
  );
});

Deno.test("evaluate() goes on with If-None-Match when If-Match holds (13.2.2)", () => {
  assertEquals(
    verdict({ "If-Match": '"abc"', "If-None-Match": '"abc"' }),
    "not-modified",
  );
  assertEquals(
    verdict({ "If-Match": '"old"', "If-None-Match": '"abc"' }),
    "failed",
  );
  assertEquals(
    verdict({
      "If-Unmodified-Since": SAME_SECOND,
      "If-Modified-Since": SAME_SECOND,
    }),
    "not-modified",
  );
});

Deno.test("evaluate() ignores dates that are none, and If-Modified-Since where nothing is read (13.1.3, 13.1.4)", () => {
  for (const date of ["", "yesterday", "0", `${SAME_SECOND}, ${SAME_SECOND}`]) {
    assertEquals(verdict({ "If-Modified-Since": date }), "proceed");
    assertEquals(verdict({ "If-Unmodified-Since": date }, "PUT"), "proceed");
  }
  assertEquals(
    verdict({ "If-Modified-Since": SECOND_BEHIND }, "PUT"),
    "proceed",
  );
  assertEquals(
    verdict({ "If-Modified-Since": SECOND_BEHIND }, "DELETE"),
    "proceed",
  );
  assertEquals(
    verdictOnNothing({ "If-Unmodified-Since": SECOND_BEFORE }),
    "proceed",
  );
});

Deno.test("evaluate() reads dates in the forms of long ago", () => {
  assertEquals(
    verdict({ "If-Modified-Since": "Friday, 20-Nov-26 12:00:00 GMT" }),
    "not-modified",
  );
  assertEquals(
    verdict({ "If-Modified-Since": "Fri Nov 20 12:00:00 2026" }),
    "not-modified",
  );
});

function holds(ifRange: string | undefined, there = THERE, now = NOW): boolean {
  const lines = ifRange === undefined ? {} : { "If-Range": ifRange };
  return ifRangeHolds(fieldsOf(lines), there, now);
}

Deno.test("versionForOneAnswer() is no version that anything else has, but good enough for If-Match", () => {
  const etag = (token: string) => `"${versionForOneAnswer("abc", token)}"`;
  const now = { ...THERE, etag: etag("2") };
  for (const tag of [etag("1"), '"abc"']) {
    assertEquals(verdict({ "if-none-match": tag }, "GET", now), "proceed");
    assert(!ifRangeHolds(fieldsOf({ "if-range": tag }), now, NOW));
    assertEquals(verdict({ "if-match": tag }, "GET", now), "proceed");
  }
  assertEquals(verdict({ "if-none-match": etag("1") }), "proceed");
  assertEquals(verdict({ "if-match": etag("1") }), "proceed");
  assertEquals(verdict({ "if-match": '"ab~c"' }), "failed");
});

Deno.test("ifRangeHolds() lets a part be sent of just what the client has (13.1.5)", () => {
  assert(holds(undefined));
  assert(holds('"abc"'));
  assert(holds(SAME_SECOND));
});

Deno.test("ifRangeHolds() refuses every other tag, weak ones, lists, dates and garbage (R5)", () => {
  for (
    const ifRange of [
      ...NAMES_ANOTHER,
      ...GARBAGE,
      'W/"abc"',
      "*",
      '"abc", "abc"',
      '"x", "abc"',
      SECOND_BEFORE,
      SECOND_BEHIND,
      "yesterday",
    ]
  ) assert(!holds(ifRange), ifRange);
  const weak = { etag: 'W/"abc"', mtimeMs: MTIME };
  for (const ifRange of ['W/"abc"', '"abc"']) assert(!holds(ifRange, weak));
});

Deno.test("ifRangeHolds() does not trust the date of a file that changes just now (8.8.2.2)", () => {
  assert(!holds(SAME_SECOND, THERE, MTIME + 500));
  assert(!holds(SAME_SECOND, THERE, MTIME + 1999));
  assert(holds(SAME_SECOND, THERE, MTIME + 2000));
  assert(holds('"abc"', THERE, MTIME + 500));
});

Deno.test("evaluate() looks at 32 KiB of anything once", () => {
  const began = cpuTime();
  for (const filler of [" ", ",", '"', 'W/"', "W/", " ,", '"",', '"a" ']) {
    for (const end of ["", "x", '"', ",x"]) {
      const tags = filler.repeat(32 * 1024 / filler.length) + end;
      verdict({ "If-None-Match": tags });
      verdict({ "If-Match": tags });
      verdict({ "If-None-Match": '"x"' + tags });
    }
  }
  // Some 20 ms; what is quadratic takes seconds for each.
  assert(cpuTime() - began < 1000);
});
