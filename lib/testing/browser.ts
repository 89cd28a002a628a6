/**
 * A real browser: Debian's Chromium, driven through playwright-core. One for all tests of a file; a tab in a context of its
 * own (no cookies, no storage, no cache in common) for each.
 *
 * @module
 */

import {
  type Browser,
  type BrowserContextOptions,
  chromium,
  type Page,
} from "playwright-core";
import { startServer, type TestServer } from "./servers.ts";

const CHROMIUM = "/usr/bin/chromium";

/** How long anything on a page may take, on a machine that is busy with other tests. */
const PATIENCE_MS = 15_000;

/** Whether there is one to test with (Debian: apt-get install chromium). */
export function hasChromium(): boolean {
  try {
    return Deno.statSync(CHROMIUM).isFile;
  } catch {
    return false;
  }
}

/**
 * Starts it. The caller closes it.
 *
 * @param env variables of its environment, beside ours
 */
export function startBrowser(
  env: Readonly<Record<string, string>> = {},
): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    env: { ...Deno.env.toObject(), ...env },
    // Tests may run as root, in a container: no sandbox works there.
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
}

/** A tab, and what went wrong in it. */
export class Tab {
  readonly page: Page;
  /** What it wrote on its console as errors, and threw; requests that its policy forbade are among them. */
  readonly faults: string[] = [];

  constructor(page: Page) {
    this.page = page;
    page.setDefaultTimeout(PATIENCE_MS);
    page.on("console", (message) => {
      if (message.type() === "error") this.faults.push(message.text());
    });
    page.on("pageerror", (error) => this.faults.push(`${error}`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.context().close();
  }
}

/** How a test looks at a page. */
export interface LookOptions extends BrowserContextOptions {
  /** Default: the root. */
  readonly path?: string;
  /** Default: 127.0.0.1, which browsers trust like TLS. */
  readonly hostname?: string;
}

/** The tests of a file that have one browser, and one server that none of them changes, in common. */
export class BrowserTests {
  #browser!: Browser;
  #site: TestServer | undefined;

  /** @param files of the folder that `site` serves */
  constructor(files: Readonly<Record<string, string | Uint8Array>>) {
    if (!hasChromium()) return;
    Deno.test.beforeAll(async () => {
      this.#browser = await startBrowser();
      const args = ["--allow-upload", "--allow-delete"];
      this.#site = await startServer({ args, files });
    });
    Deno.test.afterAll(async () => {
      await this.#browser.close();
      await this.#site?.[Symbol.asyncDispose]();
    });
  }

  /** A server with everything allowed; no test changes what it has. */
  get site(): TestServer {
    return this.#site!;
  }

  /** A promise of the page, kept in the browser; skipped where there is none. */
  test(promise: string, fn: () => Promise<void>): void {
    Deno.test({
      name: `The page ${promise}`,
      ignore: !hasChromium(), // Debian: apt-get install chromium
      // The browser outlives a test, and its pipes with it.
      sanitizeOps: false,
      sanitizeResources: false,
      fn,
    });
  }

  /** A new tab on a folder of `server`, as soon as its scripts have run. */
  async open(server: TestServer, options: LookOptions = {}): Promise<Tab> {
    const { path = "/", hostname = "127.0.0.1", ...rest } = options;
    const context = await this.#browser.newContext({
      // What moves is where nobody clicks.
      reducedMotion: "reduce",
      ...rest,
    });
    const tab = new Tab(await context.newPage());
    await tab.page.goto(`http://${hostname}:${server.port}${path}`);
    if (options.javaScriptEnabled !== false) {
      await tab.page.locator(".filter").waitFor();
    }
    return tab;
  }
}

/** The names that a page shows. */
export function namesOn(page: Page): Promise<string[]> {
  return page.locator(".entries li:not([hidden]) a").allTextContents();
}

/** A picture of one pixel. */
export const PIXEL: Uint8Array = Uint8Array.fromBase64(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==",
);
