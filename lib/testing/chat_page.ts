/**
 * The chat's page in a real browser: Debian's Chromium, driven through playwright-core, on a chat_server.ts that was
 * started as people start it, beside chat_client.ts.
 *
 * @module
 */

import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Locator,
  type Page,
} from "playwright-core";
import { startChatClient, type startChatServer } from "./chats.ts";
import type { ProgramProcess } from "./program_process.ts";
import { eventually } from "./within.ts";

const CHROMIUM = "/usr/bin/chromium";
/** How long anything on a page may take, on a machine that is busy with other tests. */
const PATIENCE_MS = 15_000;

/** A server that runs. */
export type ChatSite = Awaited<ReturnType<typeof startChatServer>>;

/** Somebody at a terminal who is in, and talks and listens as a script does. */
export async function clientIn(
  { port }: ChatSite,
  name: string,
): Promise<ProgramProcess> {
  const client = startChatClient(port, name, ["--stay"]);
  await eventually(`${name} to be in`, async () => {
    const response = await fetch(`http://127.0.0.1:${port}/chat/names`);
    return (await response.text()).split("\n").includes(name);
  });
  return client;
}

/** How a test looks at the page. */
export interface ChatLook extends BrowserContextOptions {
  /** Comes in under that name. Default: stays at the form. */
  readonly name?: string;
  readonly hostname?: string;
}

/** Somebody who looks at the page. */
export class ChatTab {
  readonly page: Page;
  /** What the page wrote as errors, and threw; requests that its policy forbade are among them. */
  readonly faults: string[] = [];
  /** Other hosts that it wanted something of. */
  readonly strangers: string[] = [];

  constructor(page: Page, host: string) {
    this.page = page;
    page.setDefaultTimeout(PATIENCE_MS);
    page.on("console", (message) => {
      if (message.type() === "error") this.faults.push(message.text());
    });
    page.on("pageerror", (error) => this.faults.push(`${error}`));
    page.on("dialog", (dialog) => {
      this.faults.push(`dialog ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("request", (request) => {
      if (new URL(request.url()).host !== host) {
        this.strangers.push(request.url());
      }
    });
  }

  get input(): Locator {
    return this.page.locator(".composer textarea");
  }

  /** Comes in. */
  async join(name: string): Promise<void> {
    await this.page.getByLabel("What shall the others call you?").fill(name);
    await this.page.keyboard.press("Enter");
  }

  /** Until one is in. */
  async isIn(): Promise<void> {
    await this.page.locator(".log[aria-busy=false]").waitFor();
  }

  async say(line: string): Promise<void> {
    await this.input.fill(line);
    await this.input.press("Enter");
  }

  /** The message with exactly that text, when it is there. */
  async message(text: string): Promise<Locator> {
    const pattern = new RegExp(`^${RegExp.escape(text)}$`);
    const found = this.page.locator(".said", {
      has: this.page.locator(".text", { hasText: pattern }),
    });
    await found.first().waitFor();
    return found;
  }

  /** Until the server has stored what was said here. */
  async acknowledged(text: string): Promise<void> {
    const message = await this.message(text);
    await message.and(this.page.locator("[data-fate=sent]")).waitFor();
  }

  /** The texts of all messages. */
  texts(): Promise<string[]> {
    return this.page.locator(".said .text").allTextContents();
  }

  /** Waits until the log says `text` of its own. */
  async noted(text: string): Promise<void> {
    await this.page.locator(".note, .log .fault", { hasText: text }).first()
      .waitFor();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.context().close();
  }
}

/** The tests of a file that have one browser in common. */
export class ChatPageTests {
  #browser!: Browser;

  constructor() {
    if (!hasChromium()) return;
    Deno.test.beforeAll(async () => {
      this.#browser = await chromium.launch({
        executablePath: CHROMIUM,
        // Tests may run as root, in a container: no sandbox works there.
        args: ["--no-sandbox", "--disable-dev-shm-usage"],
      });
    });
    Deno.test.afterAll(() => this.#browser.close());
  }

  /** A promise of the page, kept in the browser; skipped where there is none. */
  test(promise: string, fn: () => Promise<void>): void {
    Deno.test({
      name: `The chat's page ${promise}`,
      ignore: !hasChromium(), // Debian: apt-get install chromium
      // The browser outlives a test, and its pipes with it.
      sanitizeOps: false,
      sanitizeResources: false,
      fn,
    });
  }

  async open(site: ChatSite, look: ChatLook = {}): Promise<ChatTab> {
    const { name: _, hostname: __, ...options } = look;
    const context = await this.#browser.newContext({
      // What moves is where nobody clicks.
      reducedMotion: "reduce",
      ...options,
    });
    return await openIn(context, site, look);
  }
}

/** Another tab of the same browser profile. */
export async function openIn(
  context: BrowserContext,
  { port }: ChatSite,
  { name, hostname = "127.0.0.1" }: ChatLook = {},
): Promise<ChatTab> {
  const host = `${hostname}:${port}`;
  const tab = new ChatTab(await context.newPage(), host);
  await tab.page.goto(`http://${host}/`);
  if (name !== undefined) {
    await tab.join(name);
    await tab.isIn();
  }
  return tab;
}

function hasChromium(): boolean {
  try {
    return Deno.statSync(CHROMIUM).isFile;
  } catch {
    return false;
  }
}
