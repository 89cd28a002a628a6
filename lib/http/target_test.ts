import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { FAULTS, Refusal } from "../errors.ts";
import { anyName, anyText } from "../testing/arbitrary.ts";
import { cpuTime } from "../testing/cpu_time.ts";
import { HttpRefusal } from "./status.ts";
import {
  isAuthority,
  parseTarget,
  pathOfPlace,
  type Place,
  placeOf,
} from "./target.ts";

/** The name that `path` names, with `/` behind that of a folder; or the status it is refused with, and why. */
function placed(path: string): string {
  try {
    const { name, isFolder } = placeOf(path);
    return name + (isFolder ? "/" : "");
  } catch (error) {
    if (error instanceof HttpRefusal) return `${error.status} ${error.message}`;
    if (!(error instanceof Refusal)) throw error;
    return `${FAULTS[error.code].status} ${error.message}`;
  }
}

function assertPlaced(table: Readonly<Record<string, string>>): void {
  for (const [path, expected] of Object.entries(table)) {
    assertEquals(placed(path), expected, path);
  }
}

const NO_DOTS = '400 The name has a part ".."';
const NO_DOT = '400 The name has a part "."';
const NO_SLASH = "400 A name cannot contain an encoded slash";
const NO_UTF8 = "400 The path is not percent-encoded UTF-8";
const NO_NUL = "400 The name contains NUL";
const NO_ROOT = "400 The name is an absolute path";
const NO_PART = "400 The name has an empty part";

Deno.test("placeOf() decodes names once (RFC 3986 2.4)", () => {
  assertPlaced({
    "/": "/",
    "/a": "a",
    "/a/": "a/",
    "/a/b.txt": "a/b.txt",
    "/to%20do.txt": "to do.txt",
    "/a b": "a b",
    "/%23": "#",
    "/%3F": "?",
    "/%3f": "?",
    "/100%25": "100%",
    "/a%2Bb+c": "a+b+c",
    "/%C3%A9": "é",
    "/%c3%a9": "é",
    "/é": "é",
    "/%F0%9F%98%80/😀": "😀/😀",
    "/%41%2Etxt": "A.txt",
    "/a&b=c;d,e:f@g": "a&b=c;d,e:f@g",
    "/~'()*!$": "~'()*!$",
    "/%22%3Cimg%20src=x%20onerror=alert(1)%3E": '"<img src=x onerror=alert(1)>',
    "/%7F%1B%0D%0A": "\x7f\x1b\r\n",
    "/%EF%BB%BFa": "\ufeffa",
    "/ ": " ",
    "/%20": " ",
    "/...": "...",
    "/..a/a..": "..a/a..",
  });
});

Deno.test("placeOf() keeps names with a dot in front: whether they are served is said elsewhere", () => {
  assertPlaced({
    "/.git/config": ".git/config",
    "/%2egit/config": ".git/config",
    "/.landline-x": ".landline-x",
  });
});

Deno.test("placeOf() refuses to leave the folder, however it is written (security.md P1)", () => {
  assertPlaced({
    "/..": NO_DOTS,
    "/../": NO_DOTS,
    "/../x": NO_DOTS,
    "/a/../b": NO_DOTS,
    "/a/..": NO_DOTS,
    "/%2e%2e/x": NO_DOTS,
    "/%2E%2E/x": NO_DOTS,
    "/.%2e/x": NO_DOTS,
    "/%2e./x": NO_DOTS,
    "/..%2f": NO_SLASH,
    "/..%2fx": NO_SLASH,
    "/a%2f..%2fx": NO_SLASH,
    "/%2e%2e%2fx": NO_SLASH,
    "/%2fetc/passwd": NO_SLASH,
    "/.": NO_DOT,
    "/./a": NO_DOT,
    "/%2e/a": NO_DOT,
    "/a/.": NO_DOT,
  });
});

Deno.test("placeOf() decodes once only, so that what was encoded twice is a name (security.md P2)", () => {
  assertPlaced({
    "/%252e%252e/x": "%2e%2e/x",
    "/%25252e": "%252e",
    "/.%252e/": ".%2e/",
    "/a%252fb": "a%2fb",
    "/per%2520cent.txt": "per%20cent.txt",
    "/per%20cent.txt": "per cent.txt",
    "/%2500": "%00",
  });
});

Deno.test("placeOf() takes a backslash for a letter (security.md P3)", () => {
  assertPlaced({
    "/a\\b": "a\\b",
    "/a%5cb": "a\\b",
    "/..\\x": "..\\x",
    "/..%5Cx": "..\\x",
    "/C:/x": "C:/x",
    "/%5c%5cserver/share": "\\\\server/share",
  });
});

Deno.test("placeOf() refuses NUL (security.md P4)", () => {
  assertPlaced({
    "/%00": NO_NUL,
    "/a%00.txt": NO_NUL,
    "/a/%00/": NO_NUL,
    "/a\0": NO_NUL,
  });
});

Deno.test("placeOf() refuses what is not percent-encoded UTF-8 (security.md P5)", () => {
  const table: Record<string, string> = {};
  for (
    const broken of ["%", "%2", "%g0", "%0g", "%-1", "%+1", "% 1", "%u0041"]
      .concat("%ff", "%80", "%e9", "%c0%ae%c0%ae", "%e0%80%ae", "%ed%a0%80")
      .concat("%f4%90%80%80", "%c3", "%e2%82", "%c3/%a9", "é%", "%C0%AF")
  ) {
    table[`/${broken}`] = NO_UTF8;
    table[`/a/${broken}/b`] = NO_UTF8;
  }
  assertPlaced(table);
});

Deno.test("placeOf() refuses empty parts, so that no path is taken for a host (security.md X3)", () => {
  assertPlaced({
    "//": "400 The name is empty",
    "//evil.example": NO_ROOT,
    "//evil.example/%2e%2e/sub": NO_ROOT,
    "/a//b": NO_PART,
    "/a//": NO_PART,
    "///": NO_ROOT,
  });
});

Deno.test("placeOf() takes names as long as a file system has them, and no longer", () => {
  const part = "x".repeat(255);
  const long = Array(12).fill(part).join("/");
  assertPlaced({
    [`/${part}`]: part,
    [`/${long}`]: long,
    [`/${"%78".repeat(255)}`]: part,
    [`/${part}x`]: "400 A part of the name is too long",
    [`/${"%C3%A9".repeat(128)}`]: "400 A part of the name is too long",
    [`/${"x".repeat(4096)}`]: "400 The name is too long",
    [`/${long}/x`]: "400 The name is too long",
    [`/${"a/".repeat(2048)}`]: "400 The name is too long",
  });
});

Deno.test("placeOf() tells a folder from a file by the slash alone (security.md P9)", () => {
  assertEquals(placeOf("/hello.txt"), place("hello.txt", false));
  assertEquals(placeOf("/hello.txt/"), place("hello.txt", true));
  assertEquals(placed("/hello.txt/x"), "hello.txt/x");
  assertEquals(placed("/hello.txt%2f"), NO_SLASH);
});

function place(name: string, isFolder: boolean): Place {
  return { name: name as Place["name"], isFolder };
}

Deno.test("placeOf() of pathOfPlace() is the place, for every name there is", () => {
  fc.assert(fc.property(anyName(), fc.boolean(), (name, isFolder) => {
    const path = pathOfPlace({ name, isFolder });
    assert(/^\/[!-~]+$/.test(path) && !/[?#"<>\\]/.test(path), path);
    assertEquals(placeOf(path), { name, isFolder });
  }));
  assertEquals(placeOf(pathOfPlace({ name: "", isFolder: true })).name, "");
});

Deno.test("placeOf() gives a place inside or a refusal, whatever the path", () => {
  const piece = fc.constantFrom(
    "%",
    "25",
    "2e",
    "2f",
    "5c",
    "00",
    ".",
    "/",
    "a",
  );
  const path = fc.oneof(
    fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join("")),
    anyText(),
  ).map((path) => `/${path}`);
  fc.assert(
    fc.property(path, (path) => {
      const text = placed(path);
      if (/^400 [A-Z]/.test(text) || text === "/") return;
      const parts = text.replace(/\/$/, "").split("/");
      assert(!parts.some((part) => ["", ".", ".."].includes(part)), text);
      assert(!text.includes("\0"));
    }),
    { numRuns: 1000 },
  );
});

Deno.test("pathOfPlace() writes paths that stay on this host and this path", () => {
  const paths: Record<string, string> = {
    "a b#?%.txt": "/a%20b%23%3F%25.txt",
    "é/\\": "/%C3%A9/%5C",
    "a:b": "/a%3Ab",
    "\r\nSet-Cookie: x": "/%0D%0ASet-Cookie%3A%20x",
    "\\evil.example": "/%5Cevil.example",
  };
  for (const [name, path] of Object.entries(paths)) {
    assertEquals(pathOfPlace(place(name, false)), path);
    assertEquals(pathOfPlace(place(name, true)), path + "/");
  }
});

Deno.test("parseTarget() splits at the first question mark, and decodes nothing", () => {
  assertEquals(parseTarget("GET", "/%3f?a?b%20"), {
    path: "/%3f",
    query: "a?b%20",
  });
  assertEquals(parseTarget("GET", "/"), { path: "/", query: undefined });
});

Deno.test("parseTarget() refuses what is no path with 400", () => {
  for (const target of ["*", "", "a", "y:443", "http:/a", "http//a", "?a"]) {
    const refusal = assertThrows(() => parseTarget("GET", target), HttpRefusal);
    assertEquals(refusal.status, 400);
  }
});

Deno.test("isAuthority() takes hosts with and without a port, and nothing else", () => {
  for (
    const host of ["x", "x:1", "a.b-c_d", "127.0.0.1:5000", "[::1]", "[::1]:80"]
      .concat("[fe80::1%25eth0]", "x:", "x%20y", "[::ffff:1.2.3.4]")
  ) {
    assert(isAuthority(host), host);
  }
  for (
    const text of ["", ":80", "x y", "x/", "a@b", "::1", "[::1", "::1]", "[x]"]
      .concat(
        "x:a",
        "x:123456",
        "[]",
        "x:1:2",
        "é",
        "x\0",
        "x\n",
        "[::1]x",
        "#",
      )
  ) {
    assert(!isAuthority(text), text);
  }
});

Deno.test("isAuthority() takes no time over what is nearly a host (security.md D5)", () => {
  const began = cpuTime();
  for (const unit of ["a", "[", ":", "%25", "1", ".", "a:"]) {
    const much = unit.repeat(30_000 / unit.length);
    for (const text of [much, `${much}\0`, `[${much}`, `[::1%25${much}\0`]) {
      isAuthority(text);
    }
  }
  assert(cpuTime() - began < 1000);
});
