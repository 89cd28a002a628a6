/**
 * What the page is made of beside its HTML: the files of `web/`, served below `ASSETS_PATH`. They are imported as text, so
 * that serving them needs no permission to read, and `deno compile` embeds them. Imported when the first page is asked for.
 *
 * @module
 */

import icon from "../../web/icon.svg" with { type: "text" };
import icons from "../../web/icons.css" with { type: "text" };
import order from "../../web/order.js" with { type: "text" };
import page from "../../web/page.css" with { type: "text" };
import pageScript from "../../web/page.js" with { type: "text" };
import sizes from "../../web/sizes.js" with { type: "text" };

/** A file of `web/`. */
export interface PageAsset {
  /** Its Content-Type. */
  readonly type: string;
  readonly text: string;
}

const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

/** By their path below `ASSETS_PATH`. */
export const PAGE_ASSETS: ReadonlyMap<string, PageAsset> = new Map(
  Object.entries({
    "icon.svg": icon,
    "icons.css": icons,
    "order.js": order,
    "page.css": page,
    "page.js": pageScript,
    "sizes.js": sizes,
  }).map(([path, text]) => [path, { type: typeOf(path), text }]),
);

function typeOf(path: string): string {
  return TYPES[path.slice(path.lastIndexOf(".") + 1)]!;
}
