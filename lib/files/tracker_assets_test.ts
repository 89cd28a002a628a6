import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { filesBelow } from "../testing/trees.ts";
import { ASSETS_PATH } from "./page_head.ts";
import {
  TRACKER_ASSETS,
  TRACKER_VERSION,
  trackerAssetAt,
} from "./tracker_assets.ts";
import { trackerPage } from "./tracker_page.ts";

const WEB = fromFileUrl(new URL("../../web", import.meta.url));

Deno.test("TRACKER_ASSETS holds every file of web/tracker/ that is not a test, as it is", () => {
  const files = filesBelow(`${WEB}/tracker`).map((path) => `tracker/${path}`)
    .filter((path) => !path.endsWith("_test.ts"));
  const own = [...TRACKER_ASSETS.keys()].filter((path) =>
    path.startsWith("tracker/")
  );
  assertEquals(own.sort(), files.sort());
  for (const [path, { text }] of TRACKER_ASSETS) {
    assertEquals(text, Deno.readTextFileSync(`${WEB}/${path}`), path);
  }
});

Deno.test("TRACKER_ASSETS holds all that its files ask for, and they ask nobody else", () => {
  let wanted = 0;
  for (const [path, { text }] of TRACKER_ASSETS) {
    const base = new URL(`http://here${ASSETS_PATH}${path}`);
    const pattern = path.endsWith(".css")
      ? /url\("?(?!data:)([^")]+)/g
      : /(?:\bfrom\s*|^import\s*|new URL\(\s*)"([^"]+)"/gm;
    for (const [, to] of text.matchAll(pattern)) {
      wanted++;
      const { href } = new URL(to!, base);
      const below = `http://here${ASSETS_PATH}`;
      assert(href.startsWith(below), `${path} asks for ${href}`);
      const known = TRACKER_ASSETS.has(href.slice(below.length));
      assert(known, `${path} asks for ${href}`);
    }
  }
  assert(wanted > 5);
});

Deno.test("trackerPage() asks for nothing but TRACKER_ASSETS, of this version, and has no script and no style inside", () => {
  const html = trackerPage();
  const asked = [...html.matchAll(/(?:src|href)="([^"]+)"/g)];
  assert(asked.length > 4);
  for (const [, url] of asked) {
    const asset = trackerAssetAt(url!.slice(ASSETS_PATH.length));
    assertEquals(asset?.isVersioned, true, url);
  }
  assertEquals(
    /<style|style=|\son\w+=|<script(?! type="module" src=)/i.exec(html),
    null,
  );
  assertEquals(trackerAssetAt(`${TRACKER_VERSION}/nothing.js`), undefined);
});

Deno.test("No script of web/tracker/ can make markup or code of a text", () => {
  // security.md X1, L2: names reach the page as text alone.
  const forbidden =
    /\b(?:innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|setHTMLUnsafe|srcdoc|createContextualFragment)/;
  for (const [path, { text }] of TRACKER_ASSETS) {
    if (!path.startsWith("tracker/") || !path.endsWith(".js")) continue;
    const code = text.replace(/\/\*[^]*?\*\/|\/\/.*/g, "");
    assertEquals(forbidden.exec(code)?.[0], undefined, path);
  }
});
