import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { fromFileUrl } from "@std/path";
import { filesBelow } from "../testing/trees.ts";
import { errorPage, listingPage } from "./listing_page.ts";
import { ASSETS_PATH } from "./page_head.ts";
import { assetAt, ASSETS_VERSION, PAGE_ASSETS } from "./page_assets.ts";

const WEB = fromFileUrl(new URL("../../web", import.meta.url));

Deno.test("PAGE_ASSETS holds every file of web/ that is not a test, as it is", () => {
  const files = filesBelow(WEB).filter((path) =>
    !/_test\.ts$|^(?:chat|tracker)\//.test(path)
  );
  assertEquals([...PAGE_ASSETS.keys()].sort(), files);
  for (const [path, { text, type }] of PAGE_ASSETS) {
    assertEquals(text, Deno.readTextFileSync(`${WEB}/${path}`), path);
    assertStringIncludes(type, "/", path);
  }
});

/** What a text of `web/` asks the browser to fetch: imports, workers, and `url()`. */
function wantedBy(path: string, text: string): string[] {
  const base = new URL(`http://here${ASSETS_PATH}${path}`);
  const pattern = path.endsWith(".css")
    ? /url\("?(?!data:)([^")]+)/g
    : /(?:\bfrom\s*|\bimport\(\s*|^import\s*|new URL\(\s*)"([^"]+)"/gm;
  return [...text.matchAll(pattern)].map(([, to]) => `${new URL(to!, base)}`);
}

Deno.test("PAGE_ASSETS holds all that its files ask for, and they ask nobody else", () => {
  let wanted = 0;
  for (const [path, { text }] of PAGE_ASSETS) {
    for (const url of wantedBy(path, text)) {
      wanted++;
      const known = url.startsWith(`http://here${ASSETS_PATH}`) &&
        PAGE_ASSETS.has(url.slice(11 + ASSETS_PATH.length));
      assertEquals(known, true, `${path} asks for ${url}`);
    }
  }
  assertEquals(wanted > 0, true);
});

Deno.test("listingPage() and errorPage() ask for nothing but PAGE_ASSETS", () => {
  const html = listingPage({
    folder: "",
    entries: [],
    sorting: { sort: "name", order: "asc" },
    mayUpload: true,
    mayDelete: true,
    mayArchive: true,
    kindOf: () => "other",
    version: ASSETS_VERSION,
  }) + errorPage({ status: 404, reason: "Not Found", text: "" });
  const asked = [
    ...html.matchAll(/<(?:script|link)\b[^>]*(?:src|href)="([^"]+)"/g),
  ];
  assertEquals(asked.length > 3, true);
  for (const [, url] of asked) {
    assert(assetAt(url!.slice(ASSETS_PATH.length)) !== undefined, url);
  }
});

Deno.test("No script of web/ can make markup or code of a text", () => {
  // security.md X1: names reach the page by textContent alone.
  const dangerous =
    /\b(?:innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|setHTMLUnsafe|srcdoc|createContextualFragment)/;
  for (const [path, { text }] of PAGE_ASSETS) {
    if (!path.endsWith(".js")) continue;
    assertEquals(dangerous.exec(text)?.[0], undefined, path);
  }
});

Deno.test("assetAt() gives files by name, and says that those of this version will not change", () => {
  assertMatch(ASSETS_VERSION, /^v[0-9a-f]{8}$/);
  assertEquals(assetAt("page.css")?.isVersioned, false);
  assertEquals(assetAt(`${ASSETS_VERSION}/page.css`)?.isVersioned, true);
  for (
    const path of [
      "",
      "none",
      "v00000000/page.css",
      ASSETS_VERSION,
      `${ASSETS_VERSION}/`,
      "../page.css",
      "constructor",
    ]
  ) {
    assertEquals(assetAt(path), undefined, path);
  }
});
