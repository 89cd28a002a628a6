import { assert, assertEquals } from "@std/assert";
import type { HttpPeer } from "../../testing/http_peer.ts";
import { MemoryServer } from "../../testing/memory_server.ts";

const SECRET = "not for you";
const FILES = {
  "a.txt": "fine",
  "sub/a.txt": "fine",
  ".hidden": SECRET,
  ".git/config": SECRET,
  "sub/.env": SECRET,
  ".landline-1.part": SECRET,
};

/** Every way to ask for something that only reads. */
const WAYS: readonly (readonly [string, string, Record<string, string>])[] = [
  ["GET", "", {}],
  ["HEAD", "", {}],
  ["GET", "", { Range: "bytes=0-3" }],
  ["GET", "", { Range: "bytes=0-0,2-2" }],
  ["GET", "", { "If-None-Match": "*" }],
  ["GET", "", { "Landline-Check": "xxh64" }],
  ["GET", "", { "Accept-Encoding": "gzip", Accept: "text/html" }],
  ["GET", "?sha256", {}],
  ["GET", "?list", {}],
  ["GET", "?json", {}],
  ["GET", "?simple", {}],
  ["GET", "?tar", {}],
  ["GET", "?zip", {}],
];

/** Paths that lead nowhere, and why (security.md P1 to P5, P9, P10). */
const HOSTILE: readonly string[] = [
  // Out of the folder, encoded in any way.
  "/..",
  "/../",
  "/../.hidden",
  "/../../../../../etc/passwd",
  "/sub/../a.txt",
  "/sub/../../a.txt",
  "/./a.txt",
  "/sub/./a.txt",
  "/sub/..",
  "/%2e%2e/a.txt",
  "/.%2e/a.txt",
  "/%2e./a.txt",
  "/%2e%2e%2fa.txt",
  "/..%2f..%2fetc%2fpasswd",
  "/sub%2f..%2fa.txt",
  "/sub%2fa.txt",
  "/%2fetc/passwd",
  "//etc/passwd",
  "//a.txt",
  "/sub//a.txt",
  "///",
  // Decoded twice, they would be files.
  "/%252e%252e/a.txt",
  "/.%252e/a.txt",
  "/%25252e%25252e/a.txt",
  "/a%252etxt",
  "/%2561.txt",
  // Separators of other systems.
  "/..\\a.txt",
  "/..%5ca.txt",
  "/sub\\a.txt",
  "/sub%5ca.txt",
  "/C:/a.txt",
  "/C:%5ca.txt",
  "/\\\\host\\share",
  // What ends a string, elsewhere.
  "/a.txt%00",
  "/a.txt%00.png",
  "/%00",
  "/sub%00/a.txt",
  // What is not UTF-8.
  "/%c0%ae%c0%ae/a.txt",
  "/%ed%a0%80",
  "/%ff",
  "/%e2%82",
  "/%f8%88%80%80%80",
  // What is not percent-encoded.
  "/%",
  "/%2",
  "/%zz",
  "/%u002e",
  "/a.txt%",
  // A slash too many, a file that is no folder.
  "/a.txt/",
  "/a.txt/x",
  "/a.txt/..",
  "/a.txt%2f",
  // What begins with a dot, and what is ours.
  "/.hidden",
  "/%2ehidden",
  "/.git/config",
  "/.git/",
  "/sub/.env",
  "/.landline-1.part",
  "/.landline",
  "/.landline/",
  "/sub/.landline/page.css",
  // Too long, in a part and as a whole.
  "/" + "x".repeat(256),
  "/" + "%C3%A9".repeat(128),
  "/" + "x/".repeat(1700) + "x",
  // A name, a stream, a device of somebody else.
  "/a.txt::$DATA",
  "/CON",
  "/file:///etc/passwd",
  "/~root",
  "/;/a.txt",
  "/a.txt;x=y",
];

Deno.test("HttpService gives nothing for hostile names, however it is asked, and goes on", async () => {
  // security.md P1, P2, P3, P4, P5, P9, P10.
  await using server = new MemoryServer({ files: FILES });
  const { peer } = server.browse();
  for (const path of HOSTILE) {
    for (const [method, query, fields] of WAYS) {
      const how = `${method} ${path}${query} ${JSON.stringify(fields)}`;
      const answer = await peer.ask(`${method} ${path}${query}`, fields);
      assert(answer.status === 400 || answer.status === 404, how);
      assert(!answer.text.includes(SECRET) && !answer.text.includes("fine"));
      assert(!answer.fields.has("location"), how);
      assertEquals(answer.fields.has("connection"), false, how);
    }
  }
  assertEquals(server.log.notes, []);
  assertEquals(server.directory.openFiles, 0);
});

Deno.test("HttpService takes bytes in an address that are no text for no request", async () => {
  await using server = new MemoryServer({ files: FILES });
  for (
    const path of [
      [0x00],
      [0x61, 0x00],
      [0x61, 0x0d, 0x62],
      [0x61, 0x09],
      [0x1b],
      [0x7f],
      [0xff],
      [0xc0, 0xae],
      [0xed, 0xa0, 0x80],
    ]
  ) {
    const { peer } = server.browse();
    const [head, tail] = ["GET /", " HTTP/1.1\r\nHost: x\r\n\r\n"].map((text) =>
      new TextEncoder().encode(text)
    );
    await peer.send(new Uint8Array([...head!, ...path, ...tail!]));
    const { status, fields } = await peer.answer();
    assertEquals([status, fields.get("connection")], [400, "close"]);
  }
});

/** Every character that a name may have on Linux and that something could take for something else. */
const NASTY = [
  " leading blank",
  "trailing blank ",
  "#hash?query&amp;=+ %41 %2e%2e |",
  "per%20cent.txt",
  "%2561.txt",
  `"double" 'single' \`back\``,
  "back\\slash",
  "..\\a.txt",
  "C:\\a:b*?<>",
  "line\nbreak\r",
  "tab\t\x01\x1b[31m\x7f",
  "\x80\x85\x9f C1",
  "é decomposed: e\u0301",
  "😀 \u202eoverride \u200bzero width \ufeff",
  "…",
  "a..",
  "..a",
  "x HTTP/1.1",
  "&<img src=x onerror=alert(1)>",
  "javascript:alert(1)",
  "é".repeat(127),
  "nested/deep er/\n/…/f",
  "__proto__",
  "sub/constructor",
];

Deno.test("HttpService gives every name that a file can have, by the address that the listing tells, and by that alone", async () => {
  const files = Object.fromEntries(
    NASTY.map((name, i) => [name, `content ${i}`]),
  );
  await using server = new MemoryServer({ files });
  server.directory.hidden = true;
  const { peer } = server.browse();
  const addresses = await addressesIn(peer, "/");
  assertEquals(addresses.length, NASTY.length);
  assertEquals(new Set(addresses).size, NASTY.length);
  const names = addresses.map((url) => decodeURIComponent(url.slice(1)));
  assertEquals(names.sort(), NASTY.toSorted());
  for (const url of addresses) {
    const content = files[decodeURIComponent(url.slice(1))]!;
    const got = await peer.ask(`GET ${url}`);
    assertEquals([got.status, got.text], [200, content], url);
    assertEquals((await peer.ask(`HEAD ${url}`)).lines, got.lines);
    const { text } = await peer.ask(`GET ${url}`, { Range: "bytes=8-" });
    assertEquals(text, content.slice(8));
    assertEquals((await peer.ask(`GET ${url}?sha256`)).text.length, 65);
  }
  // security.md P2: decoded once.
  assertEquals((await peer.ask("GET /per%2520cent.txt")).status, 200);
  assertEquals((await peer.ask("GET /per%20cent.txt")).status, 404);
});

/** The addresses of all files below `folder`, as the listing for scripts tells them. */
async function addressesIn(peer: HttpPeer, folder: string): Promise<string[]> {
  const { text } = await peer.ask(`GET ${folder}?json`);
  const { entries } = JSON.parse(text) as {
    entries: { kind: string; url: string; name: string }[];
  };
  const all: string[] = [];
  for (const { kind, url } of entries) {
    if (kind === "folder") all.push(...await addressesIn(peer, url));
    else all.push(url);
  }
  return all;
}

Deno.test("HttpService takes names as they are typed, in UTF-8, without percent signs", async () => {
  await using server = new MemoryServer({ files: { "é😀.txt": "hello" } });
  const { peer } = server.browse();
  assertEquals((await peer.ask("GET /é😀.txt")).text, "hello");
});

Deno.test("HttpService shows what begins with a dot where that is wanted, and still not its own files", async () => {
  await using server = new MemoryServer({ files: FILES });
  server.directory.hidden = true;
  const { peer } = server.browse();
  assertEquals((await peer.ask("GET /.git/config")).text, SECRET);
  assertEquals((await peer.ask("GET /.git")).status, 301);
  const { text } = await peer.ask("GET /?simple");
  assertEquals(text, ".git/\nsub/\n.hidden\na.txt\n");
  assertEquals((await peer.ask("GET /.landline-1.part")).status, 404);
});
