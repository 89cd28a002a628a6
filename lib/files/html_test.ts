import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { anyName } from "../testing/arbitrary.ts";
import { escapeHtml, folderPath, nameHtml, urlPart } from "./html.ts";

Deno.test("escapeHtml() leaves nothing that begins markup, ends an attribute or is a reference", () => {
  assertEquals(
    escapeHtml(`<a b="c" d='e'>&amp;`),
    "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;amp;",
  );
  assertEquals(escapeHtml("plain name.txt"), "plain name.txt");
});

Deno.test("escapeHtml() keeps a CR, which a parser would turn into LF", () => {
  assertEquals(escapeHtml("a\rb"), "a&#13;b");
});

Deno.test("nameHtml() shows what would break the line, reorder or hide", () => {
  // security.md X1, L2.
  assertEquals(nameHtml("photo\u202egpj.exe"), "photo\\u{202e}gpj.exe");
  assertEquals(
    nameHtml("a\nb\x1b\u2028\u200b"),
    "a\\nb\\x1b\\u{2028}\\u{200b}",
  );
  assertEquals(nameHtml("<\n>"), "&lt;\\n&gt;");
  assertEquals(nameHtml("lone \ud800"), "lone \\u{d800}");
});

Deno.test("nameHtml() keeps the joiners of Persian and of emoji, and combined letters", () => {
  for (const name of ["می\u200cخواهم", "👨\u200d👩\u200d👧", "é", "日本語"]) {
    assertEquals(nameHtml(name), name);
  }
});

Deno.test("urlPart() gives a part that every URL parser reads back as it was, whatever is in it", () => {
  fc.assert(fc.property(anyName(), (name) => {
    const parts = name.split("/");
    const { pathname } = new URL(
      "./" + parts.map(urlPart).join("/"),
      "http://h/",
    );
    assertEquals(pathname.slice(1).split("/").map(decodeURIComponent), parts);
  }));
});

Deno.test("urlPart() leaves nothing that ends a link in HTML, in a shell, in Markdown or in CSS", () => {
  assertEquals(
    urlPart(`!'()*"<>&;# ?%`),
    "%21%27%28%29%2A%22%3C%3E%26%3B%23%20%3F%25",
  );
  assertEquals(urlPart("a\u202eb\n"), "a%E2%80%AEb%0A");
});

Deno.test("urlPart() does not throw for half a character", () => {
  assertEquals(urlPart("\ud800"), "%EF%BF%BD");
});

Deno.test("folderPath() has a slash at both ends, and one for the root", () => {
  assertEquals(folderPath(""), "/");
  assertEquals(folderPath("a b/c#d"), "/a%20b/c%23d/");
});
