import { assertEquals } from "@std/assert";
import { nameHtml } from "../../lib/files/html.ts";
import { visible } from "./visible.js";

const REFERENCES: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#39;": "'",
};

Deno.test("visible() shows every character as the server's pages do", () => {
  for (let code = 0; code < 0x20000; code++) {
    const text = `a${String.fromCodePoint(code)}b`;
    const html = nameHtml(text).replace(
      /&[^;]+;/g,
      (reference) => REFERENCES[reference] ?? reference,
    );
    assertEquals(visible(text), html, `U+${code.toString(16)}`);
  }
});

Deno.test("visible() shows what drives a terminal or turns a line around", () => {
  assertEquals(visible("\x1b[31mred"), "\\x1b[31mred");
  assertEquals(visible("a\u202eb\ud800"), "a\\u{202e}b\\u{d800}");
  assertEquals(visible("👩‍👩‍👧 می‌خواهم"), "👩‍👩‍👧 می‌خواهم");
});
