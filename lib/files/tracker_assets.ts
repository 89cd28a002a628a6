/**
 * What the tracker's page is made of beside its HTML: the files of `web/tracker/`, and those of `web/` that it shares with
 * the other pages. Served below `ASSETS_PATH`, as those are; imported when the first page is asked for.
 *
 * @module
 */

import visibleJs from "../../web/chat/visible.js" with { type: "text" };
import agesJs from "../../web/tracker/ages.js" with { type: "text" };
import listsJs from "../../web/tracker/lists.js" with { type: "text" };
import trackerCss from "../../web/tracker/tracker.css" with { type: "text" };
import trackerJs from "../../web/tracker/tracker.js" with { type: "text" };
import { assetAt, assetsWith, versionOf } from "./page_assets.ts";
import type { PageAsset } from "./page_assets.ts";

/** What all pages of ours have, and how sizes are written. */
const SHARED = [
  "element.js",
  "icon.svg",
  "icons.css",
  "page.css",
  "scripted.css",
  "sizes.js",
];

/** By their path below `ASSETS_PATH`. */
export const TRACKER_ASSETS: ReadonlyMap<string, PageAsset> = assetsWith({
  "chat/visible.js": visibleJs,
  "tracker/ages.js": agesJs,
  "tracker/lists.js": listsJs,
  "tracker/tracker.css": trackerCss,
  "tracker/tracker.js": trackerJs,
}, SHARED);

/** Another word for every other content of them all, in their path (page_assets.ts). */
export const TRACKER_VERSION: string = versionOf(TRACKER_ASSETS.values());

/** The asset at `path` below `ASSETS_PATH`, with or without the version. */
export function trackerAssetAt(path: string): ReturnType<typeof assetAt> {
  return assetAt(path, TRACKER_ASSETS, TRACKER_VERSION);
}
