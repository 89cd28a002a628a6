/**
 * Takes the pictures of the chat's page for the README: `deno run -A tools/chat_screenshots.ts`, with Debian's Chromium, of the
 * real server.
 *
 * @module
 */

import { fromFileUrl } from "@std/path";
import type { BrowserContextOptions, Page } from "playwright-core";
import { chromium } from "playwright-core";
import { startChatServer } from "../lib/testing/chats.ts";

const DOCS = fromFileUrl(new URL("../docs/", import.meta.url));
/** What a README can carry. */
const BYTES_MAX = 120 * 1024;

/** Who says what; the last one writes from a phone. */
const CONVERSATION: readonly (readonly [string, string])[] = [
  ["alice", "Good morning! The pictures of the hike are on the file server"],
  ["bob", "Thank you! In which folder?"],
  ["alice", "Holiday/2025, all 283 of them"],
  ["alice", "The one with the goat is 117"],
  ["bob", "/me looks at the goat"],
  ["Zoë", "It ate my map. Lunch at one, in the garden?"],
  ["bob", "Gladly. Is there something to bring?"],
  ["Zoë", "Psst: it is her birthday. Could you see to a cake? | bob"],
  ["bob", "Done, with candles | Zoë"],
  ["alice", "I bring the bread. See you at one!"],
  ["Zoë", "And the printer works again, in case somebody still prints"],
];

const PICTURES: readonly (BrowserContextOptions & {
  readonly file: string;
  readonly name: string;
})[] = [
  {
    file: "chat-light.png",
    name: "alice",
    viewport: { width: 960, height: 600 },
  },
  {
    file: "chat-dark.png",
    name: "bob",
    colorScheme: "dark",
    viewport: { width: 960, height: 600 },
  },
  {
    file: "chat-phone.png",
    name: "Zoë",
    viewport: { width: 375, height: 700 },
    isMobile: true,
    hasTouch: true,
  },
];

async function enter(page: Page, name: string): Promise<void> {
  await page.getByLabel("What shall the others call you?").fill(name);
  await page.keyboard.press("Enter");
  await page.locator(".log[aria-busy=false]").waitFor();
}

async function say(page: Page, line: string): Promise<void> {
  const input = page.locator(".composer textarea");
  await input.fill(line);
  await input.press("Enter");
  await page.locator("[data-fate=waiting]").waitFor({ state: "detached" });
}

await using server = await startChatServer();
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
try {
  const pages = new Map<string, Page>();
  for (const { name, ...look } of PICTURES) {
    const context = await browser.newContext({
      locale: "en-GB",
      reducedMotion: "reduce",
      ...look,
    });
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${server.port}/`);
    await enter(page, name);
    pages.set(name, page);
  }
  for (const [name, line] of CONVERSATION) await say(pages.get(name)!, line);
  // Whom a line goes to is seen in one of them.
  await pages.get("bob")!.locator(".person", { hasText: "alice" }).click();
  for (const { file, name } of PICTURES) {
    const page = pages.get(name)!;
    await page.locator(".text", { hasText: "the printer" }).waitFor();
    const picture = await page.screenshot({ path: DOCS + file });
    if (picture.length > BYTES_MAX) throw new Error(`${file} is too large`);
  }
} finally {
  await browser.close();
}
