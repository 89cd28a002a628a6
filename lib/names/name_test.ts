import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { toBytes } from "../bytes/ascii.ts";
import { Refusal } from "../errors.ts";
import { anyName, anyText } from "../testing/arbitrary.ts";
import {
  baseOf,
  folderOf,
  foldersAbove,
  isHidden,
  isReserved,
  NAME_BYTES_MAX,
  PART_BYTES_MAX,
  pathOf,
  RESERVED_PREFIX,
  toName,
  withMark,
} from "./name.ts";

function faultOf(text: string): string {
  const refusal = assertThrows(() => toName(text), Refusal);
  assertEquals(refusal.code, "bad-name");
  return refusal.message;
}

Deno.test("toName() takes every name that a file can have, as it is", () => {
  const names = [
    "bio.txt",
    "a/b/c",
    ".hidden",
    "...",
    "..a",
    "a..",
    ". ",
    "..\\..\\x",
    " leading and trailing ",
    "new\nline",
    "tab\tbell\x07",
    "#%?&=+|<>\"'*",
    "%2e%2e%2f",
    "é e\u0301",
    "\u202egpj.exe",
    "😀",
    "-rf",
    "con",
    "a:stream",
    "\ufeff",
  ];
  for (const name of names) assertEquals(toName(name), name);
});

const HOSTILE: Record<string, { fault: string; names: string[] }> = {
  "no name": { fault: "name is empty", names: [""] },
  "out of the folder": {
    fault: `a part ".."`,
    names: ["..", "../x", "a/..", "a/../b", "a/../../etc/passwd"],
  },
  "not a canonical path": {
    fault: `a part "."`,
    names: [".", "./x", "a/.", "a/./b"],
  },
  "an absolute path": { fault: "absolute", names: ["/", "/etc/passwd", "//x"] },
  "an empty part": { fault: "empty part", names: ["a//b", "a/", "a/b//"] },
  "an end for the operating system": {
    fault: "NUL",
    names: ["\0", "a\0", "a.txt\0.png", "..\0"],
  },
  "half a surrogate pair": {
    fault: "not valid Unicode",
    names: ["\ud800", "a\udc00b", "\udc00\ud800", "x/\ud83d"],
  },
};

for (const [what, { fault, names }] of Object.entries(HOSTILE)) {
  Deno.test(`toName() refuses ${what}`, () => {
    for (const name of names) {
      const said = faultOf(name);
      assert(said.includes(fault), `${JSON.stringify(name)}: ${said}`);
    }
  });
}

Deno.test("toName() counts the bytes of a part, not its characters", () => {
  assertEquals(toName("x".repeat(255)).length, 255);
  assertEquals(faultOf("x".repeat(256)), "A part of the name is too long");
  assertEquals(faultOf("x".repeat(300)), "A part of the name is too long");
  // Three bytes each: 85 fit.
  assertEquals(toName("€".repeat(85)).length, 85);
  assertEquals(faultOf("€".repeat(86)), "A part of the name is too long");
  assertEquals(faultOf("ok/" + "é".repeat(128) + "/ok").length > 0, true);
});

Deno.test("toName() counts the bytes of the whole name", () => {
  const parts = (count: number) => Array(count).fill("x".repeat(255)).join("/");
  assertEquals(parts(12).length, NAME_BYTES_MAX - 1);
  assertEquals(toName(parts(12)).length, NAME_BYTES_MAX - 1);
  assertEquals(toName("y/" + parts(11) + "/" + "x".repeat(254)).length, 3072);
  assertEquals(
    faultOf("y/" + parts(11) + "/" + "x".repeat(255)),
    "The name is too long",
  );
  assertEquals(faultOf("x/".repeat(100_000) + "x"), "The name is too long");
});

Deno.test("toName() takes a name or refuses it, and nothing else, whatever it is given", () => {
  const parts = fc.constantFrom("..", ".", "", "a", "\0", "\ud800", "..a");
  const texts = fc.oneof(
    anyText(),
    fc.array(parts, { maxLength: 5 }).map((all) => all.join("/")),
  );
  fc.assert(fc.property(texts, (text) => {
    let name: string;
    try {
      name = toName(text);
    } catch (error) {
      assert(error instanceof Refusal && error.code === "bad-name");
      return;
    }
    assertEquals(name, text);
    // What a URL parser makes of it stays below the root: an opinion that is not ours.
    const { pathname } = new URL(
      "file:///root/" + name.split("/").map(encodeURIComponent).join("/"),
    );
    assert(pathname.startsWith("/root/") && pathname.length > 6, pathname);
  }));
});

Deno.test("isHidden() sees a dot at the beginning of any part", () => {
  for (const name of [".a", "a/.b", "a/.b/c", ".landline-x"]) {
    assert(isHidden(name), name);
  }
  for (const name of ["a", "a.b", "a/b.c", "a./b"]) {
    assert(!isHidden(name), name);
  }
});

Deno.test("isReserved() sees our own files in every folder", () => {
  for (const name of [".landline", ".landline-1.part", "a/.landline-x/b"]) {
    assert(isReserved(name), name);
  }
  for (const name of [".land", "landline", "a/x.landline", ".git/config"]) {
    assert(!isReserved(name), name);
  }
});

Deno.test("RESERVED_PREFIX is hidden, so that nothing of ours is ever listed", () => {
  assert(isHidden(RESERVED_PREFIX));
});

Deno.test("pathOf() joins with one slash, also in the root of the file system", () => {
  const name = toName("a/b");
  assertEquals(pathOf("/srv", name, "posix"), "/srv/a/b");
  assertEquals(pathOf("/", name, "posix"), "/a/b");
});

Deno.test("pathOf() refuses on Windows what Windows takes for something else, in any part", () => {
  const unusable = [
    "a\\b",
    "..\\x",
    "C:x",
    "a:stream",
    "what?",
    "*",
    'say "x"',
    "a<b",
    "a>b",
    "a|b",
    "tab\t",
    "dot.",
    "blank ",
    "...",
    "con",
    "CON",
    "nul.txt",
    "NUL .txt",
    "aux.tar.gz",
    "PRN",
    "com1",
    "Com9.log",
    "lpt0",
    "COM\u00b9",
    "lpt\u00b3.x",
    "CONIN$",
    "conout$.txt",
  ];
  for (const part of unusable) {
    for (const name of [part, `x/${part}`, `${part}/x`]) {
      const refusal = assertThrows(
        () => pathOf("C:/srv", toName(name), "windows"),
        Refusal,
      );
      assertEquals(refusal.code, "bad-name", name);
      // What another system cannot do is none of this one's business.
      assertEquals(pathOf("/srv", toName(name), "posix"), `/srv/${name}`);
    }
  }
});

Deno.test("pathOf() takes on Windows what only looks like a device", () => {
  const usable = [
    "console",
    "com",
    "com10",
    "xcon",
    "nulls.txt",
    "a.con",
    "lpt",
    "COM\u2074",
    ".con",
    " x",
    "a.b.c",
  ];
  for (const name of usable) {
    assertEquals(pathOf("C:/s", toName(name), "windows"), `C:/s/${name}`);
  }
});

Deno.test("folderOf() and baseOf() cut at the last slash", () => {
  assertEquals([folderOf("a/b/c.txt"), baseOf("a/b/c.txt")], ["a/b", "c.txt"]);
  assertEquals([folderOf("c.txt"), baseOf("c.txt")], ["", "c.txt"]);
});

Deno.test("foldersAbove() gives the folders that a name is in, from the top", () => {
  assertEquals(foldersAbove("a/b/c.txt"), ["a", "a/b"]);
  assertEquals(foldersAbove("c.txt"), []);
});

Deno.test("withMark() puts the mark between stem and extension", () => {
  const marked = {
    "bio.txt": "bio (1).txt",
    "a/bio.txt": "a/bio (1).txt",
    "a.d/bio": "a.d/bio (1)",
    "x.tar.gz": "x.tar (1).gz",
    ".profile": ".profile (1)",
    "a/.profile": "a/.profile (1)",
    "end.": "end (1).",
  };
  for (const [name, expected] of Object.entries(marked)) {
    assertEquals(withMark(toName(name), " (1)"), expected);
  }
});

Deno.test("withMark() cuts a stem at a whole character when the result would be too long", () => {
  assertEquals(
    withMark(toName("x".repeat(251) + ".txt"), " (1)"),
    "x".repeat(247) + " (1).txt",
  );
  // 4 bytes each: 62 of them and 4 bytes of extension and 4 of mark are 256.
  assertEquals(
    withMark(toName("😀".repeat(62) + ".txt"), " (1)"),
    "😀".repeat(61) + " (1).txt",
  );
});

Deno.test("withMark() cuts an extension that leaves no room for the mark", () => {
  const marked = withMark(toName("a." + "x".repeat(253)), " (1)");
  assertEquals(marked, "a." + "x".repeat(249) + " (1)");
  assertEquals(marked.length, PART_BYTES_MAX);
});

Deno.test("withMark() gives another name in the same folder, for every name", () => {
  fc.assert(
    fc.property(anyName(), fc.nat(999), (name, number) => {
      const marked = withMark(name, ` (${number})`);
      assert(marked !== name);
      assertEquals(folderOf(marked), folderOf(name));
      assert(toBytes(baseOf(marked)).length <= PART_BYTES_MAX);
      assertEquals(isHidden(marked), isHidden(name));
    }),
  );
});
