/// <reference lib="dom" />
import { assertEquals } from "@std/assert";
import type { Browser } from "playwright-core";
import { TcpChannel } from "../lib/io/channel.ts";
import { hasChromium, startBrowser, Tab } from "../lib/testing/browser.ts";
import { startTracker } from "../lib/testing/peers.ts";
import { record, TrackerPeer } from "../lib/testing/tracker_peer.ts";

let browser: Browser;
if (hasChromium()) {
  Deno.test.beforeAll(async () => {
    browser = await startBrowser();
  });
  Deno.test.afterAll(() => browser.close());
}

Deno.test({
  name:
    "The tracker's page shows who is here, what is where and what is under way, as text, and finds paths",
  ignore: !hasChromium(), // Debian: apt-get install chromium
  // The browser outlives a test, and its pipes with it.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await using tracker = await startTracker("--log", "off");
    const [alice, bob] = await Promise.all(
      ["<b>alice</b>", "bob"].map(async (name, at) => {
        const peer = new TrackerPeer(
          await TcpChannel.connect("127.0.0.1", tracker.port, 10_000),
        );
        await peer.join(`${at}p`, { name });
        return peer;
      }),
    );
    const files = ["a/<i>x</i>.txt", "b\u202e.txt"].map((path) =>
      record(path, "0p")
    );
    await alice!.say({ m: "put", id: 1, records: files });
    await alice!.until("ok");
    await alice!.say({ m: "have", seq: 2 });
    await bob!.say({ m: "have", seq: 2, lack: [files[0].h] });
    await bob!.say({ m: "ping", time: 1, sent: 0, received: 5000, left: 1 });
    await bob!.until("pong");

    const context = await browser.newContext();
    await using tab = new Tab(await context.newPage());
    const { page } = tab;
    await page.goto(`http://127.0.0.1:${tracker.port}/`);
    const rows = (table: string) =>
      page.locator(`${table} tbody tr`).allTextContents();
    await page.locator("#files tbody tr").first().waitFor();
    assertEquals(await rows("#peers"), [
      "<b>alice</b>the tracker's machine:7001just now0 B0 Bnothinghere",
      "bobthe tracker's machine:7001just now0 B5.0 kB1 filehere",
    ]);
    const names = page.locator("#files tbody th");
    assertEquals(await names.allTextContents(), [
      "a/<i>x</i>.txt",
      "b\\u{202e}.txt",
    ]);
    assertEquals(
      await page.locator("#files tbody td:last-child").allTextContents(),
      ["1 of 2", "2 of 2"],
    );
    assertEquals(await rows("#under-way"), ["a/<i>x</i>.txt5 B1 of 2"]);
    await page.getByLabel("Find a path").fill("X</I");
    await page.locator("#files tbody tr").nth(1).waitFor({ state: "detached" });
    assertEquals(await names.allTextContents(), ["a/<i>x</i>.txt"]);
    // It goes on looking by itself.
    await bob!.say({ m: "have", seq: 2, got: [files[0].h] });
    await page.getByText("Nothing: everybody has everything.").waitFor();
    tracker.signal("SIGTERM");
    await page.getByText("The tracker does not answer.").waitFor();
    const gone = /Failed to load resource|ERR_CONNECTION/;
    assertEquals(tab.faults.filter((fault) => !gone.test(fault)), []);
    for (const peer of [alice, bob]) peer!.close();
  },
});
