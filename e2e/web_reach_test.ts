/// <reference lib="dom" />
import { assert, assertEquals } from "@std/assert";
import { BrowserTests, namesOn, PIXEL } from "../lib/testing/browser.ts";
import { startServer } from "../lib/testing/servers.ts";

/** A name without a place where a line could be broken. */
const LONG = `${"long".repeat(45)}.txt`;

const tests = new BrowserTests({
  "img.png": PIXEL,
  "notes.txt": "hello\n",
  "album/1.txt": "one",
  "README.md": "# Read me\n",
  [LONG]: "",
});

const HOSTILE = [
  "<img src=x onerror=alert(1)>",
  "javascript:alert(1)",
  `"><script>alert(1)<`,
  "' onfocus='alert(1)",
  "a#b?c%20d&amp;e.txt",
  "back\\slash",
  "new\nline",
  "photo\u202egpj.exe",
  "-rf *",
  "  blanks  ",
];

tests.test(
  "shows hostile names as text, and reaches each of these files",
  async () => {
    const files = Object.fromEntries(HOSTILE.map((name) => [name, name]));
    await using server = await startServer({
      args: ["--allow-delete"],
      files: { ...files, [`${HOSTILE[0]}d/x`]: "" },
    });
    await using tab = await tests.open(server);
    const { page, faults } = tab;
    page.on("dialog", (dialog) => {
      faults.push(dialog.message());
      void dialog.dismiss();
    });
    const texts = await namesOn(page);
    assert(texts.includes(HOSTILE[0]!), texts.join("\n"));
    assert(texts.includes("photo\\u{202e}gpj.exe"));
    const contents = await page.evaluate(() =>
      Promise.all(
        [...document.querySelectorAll<HTMLAnchorElement>(
          ".entries li:not([data-kind=folder]) > a",
        )].map(async ({ href }) => await (await fetch(href)).text()),
      )
    );
    assertEquals(contents.toSorted(), HOSTILE.toSorted());
    for (const [index] of texts.entries()) {
      await page.locator(".entries .icon-button").nth(index).click();
      await page.keyboard.press("Escape");
    }
    await page.locator(".entries a").first().click();
    await page.locator(".crumbs [aria-current]", { hasText: "<img" }).waitFor();
    assertEquals(faults, []);
  },
);

tests.test(
  "fits a phone: nothing is cut off, and everything is large enough to touch",
  async () => {
    await using tab = await tests.open(tests.site, {
      viewport: { width: 360, height: 640 },
      hasTouch: true,
      isMobile: true,
    });
    const { page, faults } = tab;
    const heights = await page.locator(
      ".entries li, .entries button, .columns a, .views button",
    ).evaluateAll((all) => all.map((one) => one.clientHeight));
    // Those that are not shown have none.
    const smallest = Math.min(...heights.filter((px) => px > 0));
    assert(smallest >= 40, `${smallest} px`);
    const edges = await page.locator(".entries a").evaluateAll((all) =>
      all.map((one) => {
        const text = document.createRange();
        text.selectNodeContents(one);
        return text.getBoundingClientRect().right;
      })
    );
    assert(Math.max(...edges) <= 360, `${edges} of 360 px`);
    assertEquals(
      await page.evaluate(() => document.documentElement.scrollWidth),
      360,
    );
    await page.getByRole("button", { name: "More about notes.txt" }).tap();
    const menu = await page.locator("dialog.menu").boundingBox();
    assertEquals([menu?.x, menu?.width], [0, 360]);
    await page.getByRole("button", { name: "Look at it" }).tap();
    await page.locator(".preview pre", { hasText: "hello" }).waitFor();
    assertEquals(faults, []);
  },
);

for (const colorScheme of ["light", "dark"] as const) {
  tests.test(
    `is legible when it is ${colorScheme}: all text stands out by 4.5 to 1`,
    async () => {
      await using tab = await tests.open(tests.site, { colorScheme });
      const { page, faults } = tab;
      const { ground, faint } = await page.evaluate(contrasts);
      assertEquals(ground < 0.5, colorScheme === "dark");
      assertEquals(faint, []);
      assertEquals(faults, []);
    },
  );
}

/** The luminance of the page, and texts whose contrast is below 4.5 : 1 (WCAG 2.2, 1.4.3). Runs in the browser. */
function contrasts(): { ground: number; faint: string[] } {
  const luminance = (color: string) => {
    const [r = 0, g = 0, b = 0] = (color.match(/[\d.]+/g) ?? []).map((part) => {
      const c = Number(part) / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const groundOf = (element: Element | null): number => {
    if (element === null) return 1;
    const { backgroundColor } = getComputedStyle(element);
    return backgroundColor === "rgba(0, 0, 0, 0)"
      ? groundOf(element.parentElement)
      : luminance(backgroundColor);
  };
  const faint = [];
  for (const element of document.querySelectorAll("body *")) {
    const text = [...element.childNodes].some((node) =>
      node.nodeType === 3 && node.textContent?.trim() !== ""
    );
    if (!text || element.getClientRects().length === 0) continue;
    const ink = luminance(getComputedStyle(element).color);
    const ground = groundOf(element);
    const ratio = (Math.max(ink, ground) + 0.05) /
      (Math.min(ink, ground) + 0.05);
    if (ratio < 4.5) faint.push(`${element.textContent}: ${ratio.toFixed(2)}`);
  }
  return { ground: groundOf(document.body), faint };
}

tests.test("has a name for everything that can be pressed", async () => {
  await using tab = await tests.open(tests.site);
  const nameless = await tab.page.evaluate(() =>
    [...document.querySelectorAll("button, a, input:not([hidden])")]
      .filter((one) =>
        !(one.textContent?.trim() || one.getAttribute("aria-label"))
      ).map((one) => one.outerHTML)
  );
  assertEquals(nameless, []);
});
