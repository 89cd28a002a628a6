/**
 * What the page is made of beside its HTML: the files of `web/`, served below `ASSETS_PATH`. They are imported as text, so
 * that serving them needs no permission to read, and `deno compile` embeds them. Imported when the first page is asked for.
 *
 * @module
 */

import checkWorkerJs from "../../web/check_worker.js" with { type: "text" };
import checksJs from "../../web/checks.js" with { type: "text" };
import clipboardJs from "../../web/clipboard.js" with { type: "text" };
import crc32Js from "../../web/crc32.js" with { type: "text" };
import dialogsCss from "../../web/dialogs.css" with { type: "text" };
import dialogsJs from "../../web/dialogs.js" with { type: "text" };
import droppedJs from "../../web/dropped.js" with { type: "text" };
import elementJs from "../../web/element.js" with { type: "text" };
import faultsJs from "../../web/faults.js" with { type: "text" };
import iconSvg from "../../web/icon.svg" with { type: "text" };
import iconsCss from "../../web/icons.css" with { type: "text" };
import keysJs from "../../web/keys.js" with { type: "text" };
import listingCss from "../../web/listing.css" with { type: "text" };
import listingJs from "../../web/listing.js" with { type: "text" };
import menuJs from "../../web/menu.js" with { type: "text" };
import metadataJs from "../../web/metadata.js" with { type: "text" };
import noticesJs from "../../web/notices.js" with { type: "text" };
import orderJs from "../../web/order.js" with { type: "text" };
import paceJs from "../../web/pace.js" with { type: "text" };
import pageCss from "../../web/page.css" with { type: "text" };
import pageJs from "../../web/page.js" with { type: "text" };
import pageUploadsJs from "../../web/page_uploads.js" with { type: "text" };
import pickerJs from "../../web/picker.js" with { type: "text" };
import previewJs from "../../web/preview.js" with { type: "text" };
import refresherJs from "../../web/refresher.js" with { type: "text" };
import requestJs from "../../web/request.js" with { type: "text" };
import scriptedCss from "../../web/scripted.css" with { type: "text" };
import sizesJs from "../../web/sizes.js" with { type: "text" };
import tusJs from "../../web/tus.js" with { type: "text" };
import unfinishedJs from "../../web/unfinished.js" with { type: "text" };
import uploadPanelJs from "../../web/upload_panel.js" with { type: "text" };
import uploadsCss from "../../web/uploads.css" with { type: "text" };
import uploadsJs from "../../web/uploads.js" with { type: "text" };

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
    "check_worker.js": checkWorkerJs,
    "checks.js": checksJs,
    "clipboard.js": clipboardJs,
    "crc32.js": crc32Js,
    "dialogs.css": dialogsCss,
    "dialogs.js": dialogsJs,
    "dropped.js": droppedJs,
    "element.js": elementJs,
    "faults.js": faultsJs,
    "icon.svg": iconSvg,
    "icons.css": iconsCss,
    "keys.js": keysJs,
    "listing.css": listingCss,
    "listing.js": listingJs,
    "menu.js": menuJs,
    "metadata.js": metadataJs,
    "notices.js": noticesJs,
    "order.js": orderJs,
    "pace.js": paceJs,
    "page.css": pageCss,
    "page.js": pageJs,
    "page_uploads.js": pageUploadsJs,
    "picker.js": pickerJs,
    "preview.js": previewJs,
    "refresher.js": refresherJs,
    "request.js": requestJs,
    "scripted.css": scriptedCss,
    "sizes.js": sizesJs,
    "tus.js": tusJs,
    "unfinished.js": unfinishedJs,
    "upload_panel.js": uploadPanelJs,
    "uploads.css": uploadsCss,
    "uploads.js": uploadsJs,
  }).map(([path, text]) => [path, { type: typeOf(path), text }]),
);

/**
 * Another word for every other content of them all. In their path it lets browsers keep them for good: going from folder to
 * folder asks for none of them again, and a page never meets scripts of another version.
 */
export const ASSETS_VERSION: string = versionOf(PAGE_ASSETS.values());

/** The word for these contents: FNV-1a, 32 bits, over all characters: a collision would need a twin of a change that nobody makes on purpose. */
export function versionOf(assets: Iterable<PageAsset>): string {
  let hash = 0x811c9dc5;
  for (const { text } of assets) {
    for (let at = 0; at < text.length; at++) {
      hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
    }
  }
  return `v${(hash >>> 0).toString(16).padStart(8, "0")}`;
}

/**
 * The asset at `path` below `ASSETS_PATH`: by its name, or by its name behind a version.
 *
 * @param assets those of another page, and their version
 * @returns `undefined` if there is none; `isVersioned`: what it is there will not change
 */
export function assetAt(
  path: string,
  assets = PAGE_ASSETS,
  version = ASSETS_VERSION,
): PageAsset & { readonly isVersioned: boolean } | undefined {
  const isVersioned = path.startsWith(version + "/");
  const name = isVersioned ? path.slice(version.length + 1) : path;
  const asset = assets.get(name);
  return asset && { ...asset, isVersioned };
}

/**
 * The assets of another page: files of its own, and some that are also the listing's.
 *
 * @param own text by path below `ASSETS_PATH`
 * @param shared paths in `PAGE_ASSETS`
 */
export function assetsWith(
  own: Readonly<Record<string, string>>,
  shared: readonly string[],
): ReadonlyMap<string, PageAsset> {
  return new Map([
    ...Object.entries(own).map((
      [path, text],
    ): [string, PageAsset] => [path, { type: typeOf(path), text }]),
    ...shared.map((path): [string, PageAsset] => [
      path,
      PAGE_ASSETS.get(path)!,
    ]),
  ]);
}

/** The Content-Type of the file at `path`. */
function typeOf(path: string): string {
  return TYPES[path.slice(path.lastIndexOf(".") + 1)]!;
}
