import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { filesBelow } from "../testing/trees.ts";
import { CHAT_ASSETS, CHAT_VERSION, chatAssetAt } from "./chat_assets.ts";
import { chatPage } from "./chat_page.ts";
import { ASSETS_PATH } from "./page_head.ts";

const WEB = fromFileUrl(new URL("../../web", import.meta.url));

Deno.test("CHAT_ASSETS holds every file of web/chat/ that is not a test, as it is", () => {
  const files = filesBelow(`${WEB}/chat`).map((path) => `chat/${path}`)
    .filter((path) => !path.endsWith("_test.ts"));
  const own = [...CHAT_ASSETS.keys()].filter((path) =>
    path.startsWith("chat/")
  );
  assertEquals(own.sort(), files.sort());
  for (const [path, { text }] of CHAT_ASSETS) {
    assertEquals(text, Deno.readTextFileSync(`${WEB}/${path}`), path);
  }
});

Deno.test("CHAT_ASSETS holds all that its files ask for, and they ask nobody else", () => {
  let wanted = 0;
  for (const [path, { text }] of CHAT_ASSETS) {
    const base = new URL(`http://here${ASSETS_PATH}${path}`);
    const pattern = path.endsWith(".css")
      ? /url\("?(?!data:)([^")]+)/g
      : /(?:\bfrom\s*|\bimport\(\s*|^import\s*|new URL\(\s*)"([^"]+)"/gm;
    for (const [, to] of text.matchAll(pattern)) {
      wanted++;
      const { href } = new URL(to!, base);
      const below = `http://here${ASSETS_PATH}`;
      assert(href.startsWith(below), `${path} asks for ${href}`);
      const known = CHAT_ASSETS.has(href.slice(below.length));
      assert(known, `${path} asks for ${href}`);
    }
  }
  assert(wanted > 20);
});

Deno.test("chatPage() asks for nothing but CHAT_ASSETS, of this version, and has no script and no style inside", () => {
  const html = chatPage();
  const asked = [...html.matchAll(/(?:src|href)="([^"]+)"/g)];
  assert(asked.length > 4);
  for (const [, url] of asked) {
    const asset = chatAssetAt(url!.slice(ASSETS_PATH.length));
    assertEquals(asset?.isVersioned, true, url);
  }
  assertEquals(
    /<style|style=|\son\w+=|<script(?! type="module" src=)/i.exec(html),
    null,
  );
});

Deno.test("chatAssetAt() knows its own version alone", () => {
  assertEquals(chatAssetAt("chat/chat.js")?.isVersioned, false);
  assertEquals(chatAssetAt(`${CHAT_VERSION}/element.js`)?.isVersioned, true);
  for (const path of ["", "v00000000/chat/chat.js", "page.js", "chat/"]) {
    assertEquals(chatAssetAt(path), undefined, path);
  }
});

Deno.test("No script of web/chat/ can make markup or code of a text, or needs a secure context", () => {
  // security.md X1, L2: names and texts reach the page by textContent alone.
  const forbidden =
    /\b(?:innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|setHTMLUnsafe|srcdoc|createContextualFragment|crypto\.subtle|crypto\.randomUUID\(|navigator\.clipboard|serviceWorker)/;
  for (const [path, { text }] of CHAT_ASSETS) {
    if (!path.startsWith("chat/") || !path.endsWith(".js")) continue;
    const code = text.replace(/\/\*[^]*?\*\/|\/\/.*/g, "");
    assertEquals(forbidden.exec(code)?.[0], undefined, path);
  }
});
