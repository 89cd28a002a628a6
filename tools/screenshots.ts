/// <reference lib="dom" />
/**
 * The pictures of the page in the README: docs/page-light.png, page-dark.png, page-phone.png, taken in a real browser from the
 * real server, with a folder that is made for it. Run it again when the page has changed:
 *
 *     deno run -A tools/screenshots.ts
 *
 * @module
 */

import { fromFileUrl } from "@std/path";
import type { BrowserContextOptions, Page } from "playwright-core";
import { startBrowser } from "../lib/testing/browser.ts";
import { startServer, type TestServer } from "../lib/testing/servers.ts";
import { paint, paletteOf } from "../testdata/painting.ts";
import { encodePng } from "../testdata/png.ts";
import { seededRandom } from "../testdata/random.ts";
import { scenes } from "../testdata/scenes.ts";

const DOCS = fromFileUrl(new URL("../docs/", import.meta.url));

const README = `# Summer 2026

Everything from the two weeks by the lake. **Drop your pictures** anywhere on this page; they are
in the folder as soon as they are through.

- originals in \`Pictures\`, the best of them here
- [packing list.txt](packing%20list.txt) for next time
`;

/** Names of pictures, and the scene of `testdata/scenes.ts` that each shows. */
const PICTURES: readonly [name: string, scene: string][] = [
  ["By the lake.png", "hills"],
  ["Harbour.png", "ripples"],
  ["Morning fog.png", "hills"],
  ["The church window.png", "cells"],
];

/** Names and sizes of everything else; what is in these files nobody sees. */
const OTHERS: readonly [name: string, bytes: number][] = [
  ["Music/song.mp3", 1],
  ["Pictures/IMG_0001.jpg", 1],
  ["Bus tickets.pdf", 482_113],
  ["Sketches.zip", 1_904_228],
  ["Fireworks.mp4", 28_402_113],
  ["Song of the loon.mp3", 4_120_331],
  ["packing list.txt", 1_204],
];

function picture(scene: string, seed: number): Uint8Array {
  const random = seededRandom(seed);
  const size = { width: 320, height: 220 };
  const shown = scenes[scene]!(random);
  return encodePng(paint(shown, size, paletteOf(random), 0, random));
}

function sample(): Record<string, string | Uint8Array> {
  return {
    "README.md": README,
    ...Object.fromEntries(
      PICTURES.map(([name, scene], i) => [name, picture(scene, 7 + i)]),
    ),
    ...Object.fromEntries(
      OTHERS.map(([name, bytes]) => [name, new Uint8Array(bytes)]),
    ),
  };
}

/** The same dates each time, a few hours apart. */
function dateFiles(folder: string): void {
  let time = Date.UTC(2026, 7, 2, 18, 40) / 1000;
  const entries = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  for (const name of entries) {
    time += 37 * 3601;
    Deno.utimeSync(`${folder}/${name}`, time, time);
  }
}

/** An upload that stays where it looks as if it were under way. */
async function showUpload(page: Page, folder: string): Promise<void> {
  const film = `${folder}/Crossing the lake.mp4`;
  await Deno.writeFile(film, new Uint8Array(60_000_000));
  const held = Promise.withResolvers<void>();
  let pieces = 0;
  await page.route(/\.landline-/, async (route) => {
    if (route.request().method() === "PATCH" && ++pieces === 4) held.resolve();
    else await route.continue();
  });
  await page.locator("input[type=file]").first().setInputFiles(film);
  await held.promise;
  // The panel is drawn a little later.
  await page.locator(".uploads .detail", { hasText: "left" }).first().waitFor();
}

interface Shot {
  readonly name: string;
  readonly options: BrowserContextOptions;
  /** Brings the page to where it is worth a picture. */
  readonly prepare: (page: Page, own: string) => Promise<void>;
}

const SHOTS: readonly Shot[] = [
  {
    name: "page-light.png",
    options: { viewport: { width: 1040, height: 780 } },
    prepare: () => Promise.resolve(),
  },
  {
    name: "page-dark.png",
    options: { viewport: { width: 1040, height: 780 }, colorScheme: "dark" },
    prepare: async (page) => {
      await page.keyboard.press("g");
      await page.waitForFunction(() =>
        [...document.querySelectorAll("img")].every(({ complete }) => complete)
      );
    },
  },
  {
    name: "page-phone.png",
    options: {
      viewport: { width: 390, height: 760 },
      deviceScaleFactor: 1.5,
      hasTouch: true,
      isMobile: true,
    },
    prepare: showUpload,
  },
];

/** Debian's Chromium takes DejaVu for the font of the system, which nobody's system has. */
async function fontsIn(folder: string): Promise<string> {
  const path = `${folder}/fonts.conf`;
  await Deno.writeTextFile(
    path,
    `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><include>/etc/fonts/fonts.conf</include>
<match target="pattern"><edit name="family" mode="prepend" binding="strong"><string>Liberation Sans</string></edit></match>
</fontconfig>`,
  );
  return path;
}

async function take(server: TestServer, own: string): Promise<void> {
  await using browser = await startBrowser({
    FONTCONFIG_FILE: await fontsIn(own),
  });
  for (const { name, options, prepare } of SHOTS) {
    const context = await browser.newContext({
      locale: "en-GB",
      reducedMotion: "reduce",
      ...options,
    });
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${server.port}/`);
    await page.locator(".filter").waitFor();
    await prepare(page, own);
    await page.screenshot({ path: DOCS + name });
    await context.close();
  }
}

const own = await Deno.makeTempDir({ prefix: "landline-screenshots-" });
try {
  await using server = await startServer({
    args: ["--allow-upload"],
    files: sample(),
  });
  dateFiles(server.folder);
  await take(server, own);
} finally {
  await Deno.remove(own, { recursive: true });
}
