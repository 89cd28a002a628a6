/**
 * Arbitrary texts, names and requests for properties (fast-check), nasty on purpose: blanks, escapes, control characters,
 * what looks like HTTP, and every plane of Unicode come up often.
 *
 * @module
 */

import fc from "fast-check";
import { toBytes } from "../bytes/ascii.ts";
import { type Name, PART_BYTES_MAX, toName } from "../names/name.ts";
import type { Request } from "../wire/verbs.ts";

const NASTY = [
  "\\",
  "/",
  " ",
  "\n",
  "\r",
  "\t",
  "\x1b",
  "\x7f",
  "\x85",
  "\u202e",
  "\u2028",
  "\u061c",
  ".",
  "#",
  "%2e",
  "|",
  '"',
  "=",
  "\\n",
  " HTTP/1.1",
];

// fast-check's own "binary" strings cost a second to set up.
const ASTRAL = fc.integer({ min: 0x10000, max: 0x10ffff });
const BASIC = fc.integer({ min: 0, max: 0xffff - 0x800 }).map((code) =>
  // Half a surrogate pair is no character.
  code < 0xd800 ? code : code + 0x800
);
const CHARACTER = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0x20, max: 0x7e }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 0xff }) },
  { weight: 1, arbitrary: BASIC },
  { weight: 1, arbitrary: ASTRAL },
).map((code) => String.fromCodePoint(code));

/** Well-formed text of any characters. */
export function anyText(maxLength = 40): fc.Arbitrary<string> {
  return fc.array(
    fc.oneof({ weight: 3, arbitrary: CHARACTER }, {
      weight: 1,
      arbitrary: fc.constantFrom(...NASTY),
    }),
    { maxLength },
  ).map((pieces) => pieces.join(""));
}

/** Text that can stand on a line as it is: no LF, no CR at its end. */
export function anyLineText(maxLength = 40): fc.Arbitrary<string> {
  return anyText(maxLength).map((text) =>
    text.replaceAll("\n", "").replace(/\r+$/, "")
  );
}

/** Names that `toName` takes. */
export function anyName(): fc.Arbitrary<Name> {
  return fc.array(anyText(12), { minLength: 1, maxLength: 4 }).map((parts) =>
    toName(
      parts.flatMap((part) => part.replaceAll("\0", "").split("/"))
        .map((part) => part === "" || /^\.\.?$/.test(part) ? `x${part}` : part)
        .map((part) => toBytes(part).length > PART_BYTES_MAX ? "long" : part)
        .join("/"),
    )
  );
}

/** Every request there is. */
export function anyRequest(): fc.Arbitrary<Request> {
  const name = anyName();
  const count = fc.maxSafeNat();
  const hex = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((value) =>
    value.toString(16).padStart(16, "0")
  );
  const verb = <V extends Request["verb"]>(verb: V) => fc.constant(verb);
  return fc.oneof<fc.Arbitrary<Request>[]>(
    fc.record({ verb: verb("send filelist") }),
    fc.record({
      verb: verb("list"),
      place: fc.oneof(name, fc.constant("" as const)),
    }),
    fc.record({ verb: verb("download"), name }),
    fc.record({ verb: verb("read"), offset: count, length: count, name }),
    fc.record({
      verb: verb("digest"),
      algorithm: fc.constantFrom("sha256" as const, "xxh64" as const),
      name,
    }),
    fc.record({ verb: verb("upload"), length: count, name }),
    fc.record({
      verb: verb("offer"),
      token: hex,
      size: count,
      mtime: count,
      name,
    }),
    fc.record({
      verb: verb("part"),
      token: hex,
      offset: count,
      length: fc.nat(1024 * 1024),
      xxh64: hex,
    }),
    fc.record({ verb: verb("commit"), token: hex, xxh64: hex }),
    fc.record({ verb: verb("run"), line: anyLineText() }),
    fc.record({ verb: verb("echo"), text: anyLineText() }),
    fc.record({ verb: verb("help") }),
    fc.record({ verb: verb("quit") }),
  );
}
