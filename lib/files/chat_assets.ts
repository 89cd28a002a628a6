/**
 * What the chat's page is made of beside its HTML: the files of `web/chat/`, and those of `web/` that it shares with the
 * pages of the file server. Served below `ASSETS_PATH`, as those are; imported when the first page is asked for.
 *
 * @module
 */

import chatCss from "../../web/chat/chat.css" with { type: "text" };
import chatJs from "../../web/chat/chat.js" with { type: "text" };
import completionJs from "../../web/chat/completion.js" with { type: "text" };
import composerJs from "../../web/chat/composer.js" with { type: "text" };
import connectionJs from "../../web/chat/connection.js" with { type: "text" };
import cursorJs from "../../web/chat/cursor.js" with { type: "text" };
import helpJs from "../../web/chat/help.js" with { type: "text" };
import joinFormJs from "../../web/chat/join_form.js" with { type: "text" };
import logJs from "../../web/chat/log.js" with { type: "text" };
import lostBannerJs from "../../web/chat/lost_banner.js" with { type: "text" };
import memoryJs from "../../web/chat/memory.js" with { type: "text" };
import momentsJs from "../../web/chat/moments.js" with { type: "text" };
import nameColoursJs from "../../web/chat/name_colours.js" with {
  type: "text",
};
import outboxJs from "../../web/chat/outbox.js" with { type: "text" };
import peopleJs from "../../web/chat/people.js" with { type: "text" };
import presenceJs from "../../web/chat/presence.js" with { type: "text" };
import roomJs from "../../web/chat/room.js" with { type: "text" };
import scrollerJs from "../../web/chat/scroller.js" with { type: "text" };
import seenJs from "../../web/chat/seen.js" with { type: "text" };
import serverLinesJs from "../../web/chat/server_lines.js" with {
  type: "text",
};
import typedLineJs from "../../web/chat/typed_line.js" with { type: "text" };
import unreadJs from "../../web/chat/unread.js" with { type: "text" };
import viewportJs from "../../web/chat/viewport.js" with { type: "text" };
import visibleJs from "../../web/chat/visible.js" with { type: "text" };
import { assetAt, assetsWith, versionOf } from "./page_assets.ts";
import type { PageAsset } from "./page_assets.ts";

/** What all pages of ours have. */
const SHARED = [
  "element.js",
  "icon.svg",
  "icons.css",
  "page.css",
  "scripted.css",
];

/** By their path below `ASSETS_PATH`. */
export const CHAT_ASSETS: ReadonlyMap<string, PageAsset> = assetsWith({
  "chat/chat.css": chatCss,
  "chat/chat.js": chatJs,
  "chat/completion.js": completionJs,
  "chat/composer.js": composerJs,
  "chat/connection.js": connectionJs,
  "chat/cursor.js": cursorJs,
  "chat/help.js": helpJs,
  "chat/join_form.js": joinFormJs,
  "chat/log.js": logJs,
  "chat/lost_banner.js": lostBannerJs,
  "chat/memory.js": memoryJs,
  "chat/moments.js": momentsJs,
  "chat/name_colours.js": nameColoursJs,
  "chat/outbox.js": outboxJs,
  "chat/people.js": peopleJs,
  "chat/presence.js": presenceJs,
  "chat/room.js": roomJs,
  "chat/scroller.js": scrollerJs,
  "chat/seen.js": seenJs,
  "chat/server_lines.js": serverLinesJs,
  "chat/typed_line.js": typedLineJs,
  "chat/unread.js": unreadJs,
  "chat/viewport.js": viewportJs,
  "chat/visible.js": visibleJs,
}, SHARED);

/** Another word for every other content of them all, in their path (page_assets.ts). */
export const CHAT_VERSION: string = versionOf(CHAT_ASSETS.values());

/** The asset at `path` below `ASSETS_PATH`, with or without the version. */
export function chatAssetAt(path: string): ReturnType<typeof assetAt> {
  return assetAt(path, CHAT_ASSETS, CHAT_VERSION);
}
