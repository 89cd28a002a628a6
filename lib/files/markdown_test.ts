import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { cpuTime } from "../testing/cpu_time.ts";
import { markdownHtml } from "./markdown.ts";

const SHOWN: [what: string, source: string, html: string][] = [
  [
    "headings below that of the section",
    "# A\n### B #\n",
    "<h3>A</h3>\n<h5>B</h5>\n",
  ],
  ["paragraphs", "a\nb\n\nc", "<p>a\nb</p>\n<p>c</p>\n"],
  [
    "emphasis",
    "**a** *b* 2 * 3 * 4",
    "<p><strong>a</strong> <em>b</em> 2 * 3 * 4</p>\n",
  ],
  ["code in a line", "`a*b*<c>`", "<p><code>a*b*&lt;c&gt;</code></p>\n"],
  [
    "code in a fence, as it is",
    "```sh\n# a *b*\n\n  <c>\n```\nd",
    "<pre># a *b*\n\n  &lt;c&gt;</pre>\n<p>d</p>\n",
  ],
  ["a fence without an end", "```\na", "<pre>a</pre>\n"],
  ["indented code", "    a *b*\n\tc", "<pre>    a *b*\n\tc</pre>\n"],
  [
    "lists",
    "- a\n- b\n  c\n* d",
    "<ul><li>a</li><li>b\nc</li><li>d</li></ul>\n",
  ],
  ["numbered lists", "1. a\n2) b", "<ol><li>a</li><li>b</li></ol>\n"],
  ["a list behind a paragraph", "a:\n- b", "<p>a:</p>\n<ul><li>b</li></ul>\n"],
  ["quotes", "> a\n> b", "<blockquote>a\nb</blockquote>\n"],
  ["rules", "a\n\n---\n\n* * *", "<p>a</p>\n<hr>\n<hr>\n"],
  [
    "tables as they are written",
    "| a | b |\n|---|---|",
    "<pre>| a | b |\n|---|---|</pre>\n",
  ],
  ["lines of Windows", "# a\r\nb\r\n", "<h3>a</h3>\n<p>b</p>\n"],
  ["nothing", "", ""],
];

for (const [what, source, html] of SHOWN) {
  Deno.test(`markdownHtml() shows ${what}`, () => {
    assertEquals(markdownHtml(source), html);
  });
}

const LINKS: [target: string, href: string | undefined][] = [
  ["https://a.example/b?c=d&e#f", "https://a.example/b?c=d&amp;e#f"],
  ["http://a.example", "http://a.example"],
  ["docs/a.md", "./docs/a.md"],
  ["docs/a%20b.md#part", "./docs/a%20b.md"],
  ["50%.md", "./50%25.md"],
  ["../up.md", "./../up.md"],
  ["javascript:alert`1`", undefined],
  ["JAVASCRIPT:x", undefined],
  ["data:text/html,x", undefined],
  ["//evil.example", undefined],
  ["vbscript:x", undefined],
  ["java&#115;cript:x", undefined],
];

for (const [target, href] of LINKS) {
  Deno.test(`markdownHtml() makes ${href === undefined ? "no link" : "a link"} of ${target}`, () => {
    const html = markdownHtml(`see [it](${target})`);
    assertEquals(/href="([^"]*)"/.exec(html)?.[1], href);
  });
}

Deno.test("markdownHtml() makes links of bare addresses, and of pictures, which it does not load", () => {
  assertEquals(
    markdownHtml("<https://a.example/> ![x](b.png)"),
    `<p><a href="https://a.example/" rel="noopener noreferrer">https://a.example/</a> <a href="./b.png">x</a></p>\n`,
  );
});

/** Elements that may come of Markdown, as they are written. */
const ELEMENT =
  /<\/?(?:p|h[3-6]|ul|ol|li|pre|code|strong|em|blockquote)>|<hr>|<\/a>|<a href="(?:\.\/|https?:\/\/)[^"<>]*"(?: rel="noopener noreferrer")?>/gi;

Deno.test("markdownHtml() makes nothing but its own elements, of whatever text", () => {
  // security.md X1.
  const piece = fc.oneof(
    fc.constantFrom(
      "<script>",
      "</p>",
      "[a](",
      ")",
      "`",
      "**",
      "*",
      "# ",
      "\n",
      "- ",
      "> ",
      "```",
      "<img src=x onerror=y>",
      `"`,
      "'",
      "&lt;",
      "javascript:",
      "https://a/",
      "|",
      "!",
    ),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const rest = markdownHtml(pieces.join("")).replaceAll(ELEMENT, "");
      assertEquals(/[<>"]/.exec(rest), null);
    }),
    { numRuns: 500 },
  );
});

Deno.test("markdownHtml() takes linear time, whatever is begun and never ended", () => {
  // security.md D5. All of them take 0.4 s; a square of this length would take many for each.
  const size = 512 * 1024;
  for (
    const begin of [
      "`",
      "*",
      "**",
      "*a",
      "[",
      "[a](",
      "![",
      "[a](b",
      "<https://",
      "#",
      "> ",
      "- ",
      "-",
      "_ ",
      "```\n",
      "|",
      " ",
      "\n",
      "1. ",
      "a\n",
      "\\",
    ]
  ) {
    const source = begin.repeat(size / begin.length);
    const begun = cpuTime();
    markdownHtml(source);
    const ms = cpuTime() - begun;
    assert(ms < 3000, `${begin}: ${ms} ms`);
  }
});
