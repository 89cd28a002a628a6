import { assert, assertEquals, assertThrows } from "@std/assert";
import { EXIT, ProgramError } from "../errors.ts";
import {
  parseField,
  parseServerFlags,
  SERVER_FLAGS,
  SERVER_HELP,
} from "./server_flags.ts";

Deno.test("parseServerFlags() serves the current folder, read-only, on port 5000", () => {
  const { flags, folder } = parseServerFlags([]);
  assertEquals(folder, ".");
  assertEquals(flags.port, 5000);
  assertEquals(flags["allow-upload"], false);
  assertEquals(flags["allow-run"], undefined);
  assertEquals(flags.hidden, false);
});

Deno.test("parseServerFlags() takes the command lines that are in people's fingers", () => {
  assertEquals(parseServerFlags(["--port", "5000", "2024"]).folder, "2024");
  assertEquals(parseServerFlags(["--allow-upload", "DIR"]).folder, "DIR");
  assertEquals(parseServerFlags(["--hidden", "DIR", "--port=0"]).folder, "DIR");
  const { flags } = parseServerFlags(["--allow-run", "ls,ps aux,uname *"]);
  assertEquals(flags["allow-run"], "ls,ps aux,uname *");
  assertEquals(
    parseServerFlags(["--chunk-size", "1000"]).flags["chunk-size"],
    1000,
  );
});

Deno.test("parseServerFlags() refuses a second folder", () => {
  const error = assertThrows(() => parseServerFlags(["a", "b"]), ProgramError);
  assertEquals(error.exit, EXIT.usage);
  assert(error.message.startsWith("Only one folder can be served, not 2"));
});

Deno.test("parseServerFlags() lets nothing be changed, and tells no other site, unless asked", () => {
  const { flags } = parseServerFlags([]);
  for (
    const name of [
      "allow-upload",
      "allow-delete",
      "cors",
      "metrics",
      "compress",
      "spa",
      "no-listing",
      "no-archive",
      "qr",
    ] as const
  ) assertEquals(flags[name], false, name);
  assertEquals(flags["allow-host"], []);
  assertEquals(flags.header, []);
  assertEquals(flags.index, "index.html");
  assertEquals(flags.log, "text");
});

Deno.test("parseServerFlags() takes the spellings of other file servers", () => {
  const CASES: [string, keyof typeof SERVER_FLAGS][] = [
    ["-s", "spa"],
    ["--single", "spa"],
    ["--render-spa", "spa"],
    ["-I", "no-listing"],
    ["--disable-indexing", "no-listing"],
    ["--no-dir-listing", "no-listing"],
    ["-C", "cors"],
    ["--enable-cors", "cors"],
    ["-R", "allow-delete"],
    ["--rm-files", "allow-delete"],
    ["-q", "qr"],
    ["--qrcode", "qr"],
    ["--compress-response", "compress"],
  ];
  for (const [spelling, name] of CASES) {
    const { flags, folder } = parseServerFlags([spelling, "DIR"]);
    assertEquals(flags[name], true, spelling);
    assertEquals(folder, "DIR", spelling);
  }
  assertEquals(parseServerFlags(["--log-format=common"]).flags.log, "common");
  assertEquals(
    parseServerFlags(["--response-header", "A: b"]).flags.header,
    ["A: b"],
  );
});

Deno.test("parseServerFlags() takes hosts as browsers say them, and refuses what is more than a host", () => {
  const hosts = (...names: string[]) =>
    parseServerFlags(names.flatMap((name) => ["--allow-host", name]))
      .flags["allow-host"];
  assertEquals(hosts("Files.Example.ORG", "b\u00fccher.example", "nas_1"), [
    "files.example.org",
    "xn--bcher-kva.example",
    "nas_1",
  ]);
  const REFUSED = [
    "https://files.example",
    "files.example:8080",
    "files.example/",
    "a@b",
    "a b",
    "a%00b",
    "a\\b",
  ];
  for (const name of REFUSED) {
    const error = assertThrows(() => hosts(name), ProgramError);
    assertEquals(error.exit, EXIT.usage, name);
  }
});

Deno.test("parseServerFlags() refuses an --index that is no name of a file", () => {
  assertEquals(
    parseServerFlags(["--index", "start page.html"]).flags.index,
    "start page.html",
  );
  for (const index of ["a/b", "..", ".", "/etc/passwd", "a\0b", ""]) {
    const error = assertThrows(
      () => parseServerFlags(["--index", index]),
      ProgramError,
    );
    assertEquals(error.exit, EXIT.usage, index);
  }
});

Deno.test("parseField() gives the name and the value of a --header", () => {
  const CASES: [string, readonly [string, string]][] = [
    ["Cache-Control: no-store", ["Cache-Control", "no-store"]],
    ["X-A:b", ["X-A", "b"]],
    ["X-A: \t b: c, d\te  ", ["X-A", "b: c, d\te"]],
    ["X-Empty:", ["X-Empty", ""]],
    ["X-Empty:  ", ["X-Empty", ""]],
    ["!#$%&'*+-.^_`|~: x", ["!#$%&'*+-.^_`|~", "x"]],
  ];
  for (const [text, field] of CASES) {
    assertEquals(parseField(text), field, text);
    assertEquals(parseServerFlags(["--header", text]).flags.header, [text]);
  }
});

Deno.test("parseServerFlags() takes as many --header as there is room for in an answer", () => {
  const field = "X: " + "y".repeat(1018);
  const args = (count: number) => Array(count).fill(["--header", field]).flat();
  assertEquals(parseServerFlags(args(4)).flags.header.length, 4);
  assertThrows(
    () => parseServerFlags(args(5)),
    ProgramError,
    "--header adds at most 4096 bytes",
  );
});

Deno.test("parseServerFlags() refuses a --header that would break or forge an answer", () => {
  const CASES: [string, RegExp][] = [
    ["X-A", /'Name: value'/],
    [": b", /'Name: value'/],
    ["X A: b", /'Name: value'/],
    // RFC 9112 5.1: no white space before the colon.
    ["X-A : b", /'Name: value'/],
    [" X-A: b", /'Name: value'/],
    // security.md X2.
    ["X-A: b\r\nSet-Cookie: c", /b\\r\\nSet/],
    ["X-A: b\n", /'Name: value'/],
    ["X-A: b\0", /'Name: value'/],
    ["X-A: b\x7f", /'Name: value'/],
    ["X-A: \u00e4", /plain ASCII/],
    ["X\u00c4: b", /plain ASCII/],
    ["Content-Length: 5", /cannot say Content-Length: the server does/],
    ["transfer-encoding: chunked", /cannot say transfer-encoding/],
    ["CONNECTION: close", /cannot say/],
    ["Date: now", /cannot say/],
    ["ETag: x", /cannot say/],
    ["Content-Type: text/html", /cannot say/],
  ];
  for (const [text, pattern] of CASES) {
    const error = assertThrows(
      () => parseServerFlags(["--header", text]),
      ProgramError,
    );
    assertEquals(error.exit, EXIT.usage, text);
    assert(pattern.test(error.message), `${text}: ${error.message}`);
  }
});

Deno.test("SERVER_HELP tells every exit code of a server", () => {
  for (const code of [0, 1, 2, 3, 4, 130, 143]) {
    assert(new RegExp(`\\b${code}\\b`).test(SERVER_HELP.more), String(code));
  }
});

Deno.test("SERVER_FLAGS gives no short spelling twice", () => {
  const all = Object.entries(SERVER_FLAGS).flatMap(([name, flag]) => [
    name,
    ..."alias" in flag ? flag.alias : [],
  ]);
  assertEquals(new Set(all).size, all.length);
});
