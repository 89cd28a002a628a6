import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { toName } from "../names/name.ts";
import { anyName } from "../testing/arbitrary.ts";
import { cpuTime } from "../testing/cpu_time.ts";
import type { ListedEntry } from "./listing_json.ts";
import { errorPage, type ListingPage, listingPage } from "./listing_page.ts";

/** A page of `entries`, with whatever else the test is about. */
function pageOf(
  entries: readonly ListedEntry[],
  rest: Partial<ListingPage> = {},
): string {
  return listingPage({
    folder: "",
    entries,
    sorting: { sort: "name", order: "asc" },
    mayUpload: false,
    mayDelete: false,
    mayArchive: false,
    kindOf: () => "other",
    version: "v1",
    ...rest,
  });
}

/** A file called `base`. */
function file(base: string, size = 1, mtime = 0): ListedEntry {
  return { base, kind: "file", size, mtime };
}

/** A folder called `base`. */
function folder(base: string): ListedEntry {
  return { base, kind: "folder", size: 0, mtime: 0 };
}

/** The rows of a page: where each leads to, and what it shows. */
function rowsOf(html: string): { href: string; text: string }[] {
  return [
    ...html.matchAll(/<li data-kind="\w+"><a href="([^"]*)">([^<]*)<\/a>/g),
  ]
    .map(([, href, text]) => ({
      href: unescape(href!),
      text: unescape(text!),
    }));
}

/** The text that a browser makes of `html` without elements. */
function unescape(html: string): string {
  const characters: Record<string, string> = {
    amp: "&",
    lt: "<",
    gt: ">",
    quot: '"',
    "#39": "'",
    "#13": "\r",
  };
  return html.replace(/&([^;]+);/g, (_, name) => characters[name]!);
}

Deno.test("listingPage() shows names, sizes and times, folders first, in natural order", () => {
  const html = pageOf([
    file("img10.jpg", 4_100_000, 1_732_193_763_123),
    file("img9.jpg"),
    folder("zoo"),
  ]);
  assertEquals(rowsOf(html), [
    { href: "./zoo/", text: "zoo" },
    { href: "./img9.jpg", text: "img9.jpg" },
    { href: "./img10.jpg", text: "img10.jpg" },
  ]);
  assertStringIncludes(html, `<data value="4100000">4.1 MB</data>`);
  assertStringIncludes(
    html,
    `<time datetime="2024-11-21T12:56:03.123Z">2024-11-21 12:56 UTC</time>`,
  );
  assertStringIncludes(html, "2 files, 1 folder, 4.1 MB");
});

const HOSTILE = [
  "<img src=x onerror=alert(1)>",
  `"><script>alert(1)`,
  `' onmouseover='alert(1)`,
  "javascript:alert(1)",
  "data:text,x",
  "&lt;b&gt;&amp;",
  "<plaintext><!--",
  "a:b",
  "?query",
  "#fragment",
  "100%",
  "%2e%2e",
  "back\\slash",
  "  blanks  ",
  "~",
  "-->",
];

for (const base of HOSTILE) {
  Deno.test(`listingPage() shows a file called ${base} as text, and its link leads to it`, () => {
    // security.md X1.
    const name = toName(base);
    const html = pageOf([file(base)], {
      folder: name,
      readme: { name: base, text: base },
      notice: base,
    });
    const [row] = rowsOf(html);
    assertEquals(row?.text, base);
    const url = new URL(row!.href, "http://here/folder/");
    assertEquals(url.host + url.search + url.hash, "here");
    assertEquals(decodeURIComponent(url.pathname), "/folder/" + base);
    // Whatever the name is, the elements are those of the page with a plain one.
    const plain = pageOf([file("x")], {
      folder: toName("x"),
      readme: { name: "x", text: "x" },
      notice: "x",
    });
    assertEquals(elementsOf(html), elementsOf(plain));
  });
}

/** The elements of `html` and the names of their attributes. */
function elementsOf(html: string): string[] {
  return [...html.matchAll(/<[^>]*>/g)].map(([tag]) =>
    tag.replace(/="[^"]*"/g, "")
  );
}

Deno.test("listingPage() shows hostile folders as text, too", () => {
  const html = pageOf(HOSTILE.map(folder));
  assertEquals(
    elementsOf(html),
    elementsOf(pageOf(HOSTILE.map(() => folder("x")))),
  );
  for (const { href, text } of rowsOf(html)) {
    assert(HOSTILE.includes(text), text);
    const { pathname } = new URL(href, "http://here/");
    assertEquals(decodeURIComponent(pathname), `/${text}/`);
  }
});

Deno.test("listingPage() gives every name back through its link, and makes the same elements of it", () => {
  const plain = elementsOf(pageOf([file("x")]));
  fc.assert(fc.property(anyName(), (name) => {
    const base = name.slice(name.lastIndexOf("/") + 1);
    const html = pageOf([file(base)]);
    const { pathname } = new URL(rowsOf(html)[0]!.href, "http://here/");
    assertEquals(decodeURIComponent(pathname.slice(1)), base);
    assertEquals(elementsOf(html), plain);
  }));
});

Deno.test("listingPage() has no inline script, style or handler, which its policy would forbid", () => {
  const html = pageOf([file("a"), folder("b")], {
    folder: toName("x/y"),
    mayUpload: true,
    mayDelete: true,
    mayArchive: true,
    readme: { name: "README", text: "text" },
    notice: "Done",
  }) + errorPage({ status: 404, reason: "Not Found", text: "There is none" });
  assertEquals(/<style|style=|\son\w+=|javascript:|<base/i.exec(html), null);
  for (const [script] of html.matchAll(/<script[^>]*>[^]*?<\/script>/g)) {
    assert(/src="\/\.landline\/[^"]+"><\/script>$/.test(script), script);
  }
});

Deno.test("listingPage() leads from the root to here, and takes the sorting along", () => {
  const html = pageOf([folder("c d")], {
    folder: toName("a b/c"),
    sorting: { sort: "time", order: "desc" },
  });
  for (
    const link of [
      `<a href="/?sort=time&amp;order=desc">Landline</a>`,
      `<a href="/a%20b/?sort=time&amp;order=desc">a b</a>`,
      `<a href="/a%20b/c/?sort=time&amp;order=desc" aria-current="page">c</a>`,
      `<a href="./c%20d/?sort=time&amp;order=desc">c d</a>`,
    ]
  ) assertStringIncludes(html, link);
});

Deno.test("listingPage() links each column, and turns the one in force round", () => {
  const html = pageOf([], { sorting: { sort: "size", order: "desc" } });
  assertEquals(
    [...html.matchAll(/<a href="([^"]*)" data-sort="(\w+)"([^>]*)>/g)]
      .map(([, href, sort, state]) => [sort, unescape(href!), state]),
    [
      ["name", "./", ""],
      [
        "size",
        "?sort=size&order=asc",
        ` aria-current="true" data-order="desc"`,
      ],
      ["time", "?sort=time&order=desc", ""],
    ],
  );
});

Deno.test("listingPage() offers what is allowed, and nothing else", () => {
  const nothing = pageOf([]);
  assertStringIncludes(nothing, `data-may=""`);
  assertEquals(/<form|\?zip|\?tar/.exec(nothing), null);
  const everything = pageOf([], {
    mayUpload: true,
    mayDelete: true,
    mayArchive: true,
  });
  assertStringIncludes(everything, `data-may="upload delete archive"`);
  assertStringIncludes(everything, `href="?zip"`);
  assertStringIncludes(everything, `href="?tar"`);
  assertStringIncludes(
    everything,
    `<form method="post" enctype="multipart/form-data" action="./">`,
  );
  assertStringIncludes(everything, `<input type="file" name="file" multiple`);
});

Deno.test("listingPage() shows a README of Markdown as such, and any other as it is", () => {
  const text = "# Hello\n<b>";
  assertStringIncludes(
    pageOf([], { readme: { name: "README.md", text } }),
    "<h2>README.md</h2>\n<h3>Hello</h3>\n<p>&lt;b&gt;</p>",
  );
  assertStringIncludes(
    pageOf([], { readme: { name: "README", text } }),
    "<h2>README</h2>\n<pre># Hello\n&lt;b&gt;</pre>",
  );
});

Deno.test("listingPage() says which kind a file is by its name", () => {
  const html = pageOf([file("a.jpg")], {
    kindOf: (base) => base === "a.jpg" ? "picture" : "other",
  });
  assertStringIncludes(html, `<li data-kind="picture"><a href="./a.jpg">`);
});

Deno.test("listingPage() renders 10 000 entries quickly", () => {
  const entries = Array.from(
    { length: 10_000 },
    (_, i) => file(`IMG_${(i * 7919) % 10_000} höliday.jpg`, i, i * 1e9),
  );
  pageOf(entries.slice(0, 100));
  const begin = cpuTime();
  const html = pageOf(entries);
  const ms = cpuTime() - begin;
  assertEquals(rowsOf(html).length, 10_000);
  // 60 to 90 ms; a machine that is busy with other tests gets twenty times that.
  assert(ms < 1800, `${ms} ms`);
});

Deno.test("errorPage() says what went wrong, and what was asked for is text in it", () => {
  // security.md X4.
  const html = errorPage({
    status: 404,
    reason: "Not Found",
    text: "There is no <script>alert(1)</script>",
  });
  assertStringIncludes(html, "<h1>404 Not Found</h1>");
  assertStringIncludes(html, "There is no &lt;script&gt;alert(1)");
  assertEquals(html.includes("<script"), false);
});
