import { assert, assertEquals } from "@std/assert";
import { cpuTime } from "../testing/cpu_time.ts";
import {
  chooseCoding,
  type Coding,
  CODINGS,
  listingForm,
  prefersHtml,
} from "./accept.ts";

const CHROME =
  "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8";
const FIREFOX =
  "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/** Accept-Encoding, what there is, what to send. */
const CHOICES: [accept: string | undefined, given: string, chosen: string][] = [
  [undefined, "br zstd gzip", "identity"],
  ["", "br zstd gzip", "identity"],
  ["gzip, deflate, br, zstd", "br zstd gzip", "br"],
  ["gzip, deflate, br, zstd", "zstd gzip", "zstd"],
  ["gzip, deflate", "br zstd gzip", "gzip"],
  ["gzip, deflate", "br zstd", "identity"],
  ["br", "", "identity"],
  ["deflate", "br zstd gzip", "identity"],
  // Weights come before our liking.
  ["br;q=0.5, gzip", "br zstd gzip", "gzip"],
  ["br;q=0.001, gzip;q=0.002", "br gzip", "gzip"],
  ["gzip;q=0.8, zstd;q=0.8", "br zstd gzip", "zstd"],
  // Nothing is said of identity: anything that is named is liked better.
  ["gzip;q=0.001", "gzip", "gzip"],
  ["identity, gzip;q=0.5", "gzip", "identity"],
  ["identity;q=0.5, gzip;q=0.4", "gzip", "identity"],
  ["identity;q=0.5, gzip;q=0.5", "gzip", "gzip"],
  ["identity;q=0, gzip", "br", "identity"],
  ["identity;q=0", "br gzip", "identity"],
  ["identity;q=0, *;q=0", "br gzip", "identity"],
  ["*", "br zstd gzip", "br"],
  ["*", "gzip", "gzip"],
  ["*;q=0", "br gzip", "identity"],
  ["br;q=0, *", "br gzip", "gzip"],
  ["gzip;q=0.1, *;q=0.5", "br gzip", "br"],
  ["gzip;q=0", "gzip", "identity"],
  ["gzip;q=1.000", "gzip", "gzip"],
  ["gzip;q=0.123", "gzip", "gzip"],
  ["gzip;q=1.", "gzip", "gzip"],
  ["gzip;q=0.", "gzip", "identity"],
  ["gzip;q=0.000", "gzip", "identity"],
  ["gzip;q=0, gzip", "gzip", "identity"],
  // Letters do not matter, nor do blanks where they are allowed.
  ["GZIP", "gzip", "gzip"],
  ["x-gzip", "gzip", "gzip"],
  ["gzip ; Q=0.5 ,\tBR;q=0.4", "br gzip", "gzip"],
  [",, gzip ,", "gzip", "gzip"],
  // What is no weight: the member is passed over.
  ["gzip;q=2", "gzip", "identity"],
  ["gzip;q=1.001", "gzip", "identity"],
  ["gzip;q=1.0000", "gzip", "identity"],
  ["gzip;q=01", "gzip", "identity"],
  ["gzip;q=q=1", "gzip", "identity"],
  ["gzip;q=0.1234", "gzip", "identity"],
  ["gzip;q=-1", "gzip", "identity"],
  ["gzip;q=", "gzip", "identity"],
  ["gzip;q=1e0", "gzip", "identity"],
  ["gzip;q=.5", "gzip", "identity"],
  ["gzip;q=0x1, br", "br gzip", "br"],
  ["xgzip, gzipx, g zip", "gzip", "identity"],
  ["__proto__, constructor", "gzip", "identity"],
];

Deno.test("chooseCoding() sends what the client weighs most, of equals what we like most (12.5.3)", () => {
  for (const [accept, given, chosen] of CHOICES) {
    const codings = given.split(" ").filter((name) => name !== "") as Coding[];
    assertEquals(chooseCoding(accept, codings), chosen, `${accept}: ${given}`);
    // The order in which they are found says nothing.
    assertEquals(chooseCoding(accept, codings.reverse()), chosen);
  }
});

const FORMS: [accept: string | undefined, form: string][] = [
  [undefined, "html"],
  ["", "html"],
  [CHROME, "html"],
  [FIREFOX, "html"],
  // curl, wget, fetch().
  ["*/*", "html"],
  ["application/json", "json"],
  ["text/plain", "text"],
  ["application/json, text/plain", "json"],
  ["text/html, application/json", "html"],
  // axios, jQuery.
  ["application/json, text/plain, */*", "json"],
  ["application/json, text/javascript, */*; q=0.01", "json"],
  ["text/plain;q=0.9, application/json;q=0.8", "text"],
  ["text/html;q=0.5, application/json", "json"],
  ["text/html;q=0.8, */*;q=0.9", "json"],
  ["application/json;q=0.9, */*;q=0.9", "json"],
  ["application/json;q=0.8, */*;q=0.9", "html"],
  ["application/json;q=0, */*", "html"],
  ["application/json;freq=0, text/plain;q=0.5", "json"],
  ["application/json;q=x", "html"],
  ["application/*", "json"],
  ["text/*", "html"],
  ["text/*, text/html;q=0", "text"],
  ["Application/JSON; charset=utf-8", "json"],
  ["application/json;version=1;q=0.2, text/html;q=0.1", "json"],
  ["image/png", "html"],
  ["text/html;q=0, application/json;q=0", "html"],
  ["application/jsonp", "html"],
];

Deno.test("listingForm() gives people HTML and scripts what they name (12.5.1)", () => {
  for (const [accept, form] of FORMS) {
    assertEquals(listingForm(accept), form, accept);
  }
});

Deno.test("prefersHtml() is true for browsers, and for nobody who takes just anything", () => {
  for (const accept of [CHROME, FIREFOX, "TEXT/HTML", "text/html;q=0.1"]) {
    assert(prefersHtml(accept), accept);
  }
  for (
    const accept of [
      undefined,
      "",
      "*/*",
      "text/*",
      "text/html;q=0",
      "application/json, */*",
      "text/htmlx",
    ]
  ) assert(!prefersHtml(accept), accept);
});

Deno.test("chooseCoding() and listingForm() look at 32 KiB of anything once", () => {
  const began = cpuTime();
  for (
    const filler of [" ", ",", ";", "q=", ";q=0", "*,", "gzip,", "\t;", ";q= "]
  ) {
    const list = filler.repeat(32 * 1024 / filler.length);
    for (const end of ["", "x", ";q=1", ";q=x"]) {
      chooseCoding("x" + list + end, CODINGS);
      chooseCoding(list + end, CODINGS);
      listingForm(list + end);
    }
  }
  assert(cpuTime() - began < 2000);
});
