/// <reference lib="dom" />
import {
  assert,
  assertEquals,
  assertNotEquals,
  assertStringIncludes,
} from "@std/assert";
import { ChatPageTests, clientIn } from "../lib/testing/chat_page.ts";
import { startChatServer } from "../lib/testing/chats.ts";
import type { ProgramProcess } from "../lib/testing/program_process.ts";
import { eventually } from "../lib/testing/within.ts";

const tests = new ChatPageTests();

/** A phone. */
const PHONE = {
  viewport: { width: 360, height: 640 },
  isMobile: true,
  hasTouch: true,
};

/** Types a line. */
function type(client: ProgramProcess, line: string): Promise<void> {
  return client.type(line + "\n");
}

tests.test("and a terminal talk to each other, to all and to one alone", async () => {
  await using site = await startChatServer();
  await using bob = await clientIn(site, "bob");
  await using alice = await tests.open(site, { name: "alice" });

  await type(bob, "hello everyone");
  await type(bob, "psst | alice");
  await type(bob, "/me waves");
  const room = await alice.message("hello everyone");
  assertEquals(await room.locator(".only").count(), 0);
  const direct = await alice.message("psst");
  assertEquals(await direct.locator(".only").textContent(), "only to you");
  await alice.message("bob waves");

  await alice.say("hello | to | bob");
  await alice.say("/me smiles | bob");
  await alice.say("good day");
  await bob.stdout.until(
    /^alice\|hello \| to\nalice\|\/me smiles\nalice\|good day\n/m,
  );
  const own = await alice.message("hello | to");
  assertEquals(await own.locator(".only").textContent(), "only to bob");
  await alice.acknowledged("good day");
  assertEquals(await alice.page.locator(".person").allTextContents(), [
    "alice",
    "bob",
  ]);
  assertEquals([alice.faults, alice.strangers], [[], []]);
});

tests.test("shows names and texts of others as text, and what would hide escaped", async () => {
  await using site = await startChatServer();
  await using mean = await clientIn(site, "<b onclick=alert(1)>'\"");
  await using alice = await tests.open(site, { name: "alice" });
  const texts: Readonly<Record<string, string>> = {
    "<img src=x onerror=alert(1)>": "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>&amp;": "<script>alert(1)</script>&amp;",
    "javascript:alert(1) http://here/": "javascript:alert(1) http://here/",
    "\x1b]0;owned\x07 \x1b[31mred": "\\x1b]0;owned\\x07 \\x1b[31mred",
    "\u202egpj.exe \u200bx\u2066y": "\\u{202e}gpj.exe \\u{200b}x\\u{2066}y",
    "|fields|that||are|none|": "|fields|that||are|none|",
    "שלום e\u0301 👩‍👩‍👧": "שלום e\u0301 👩‍👩‍👧",
    "  two  blanks ": "  two  blanks ",
    [`${"x".repeat(4096)}`]: "x".repeat(4096),
  };
  for (const [said, shown] of Object.entries(texts)) {
    await type(mean, said);
    await alice.message(shown);
  }
  assertEquals(await alice.texts(), Object.values(texts));
  const { page } = alice;
  assertEquals(
    await page.locator(".log").locator("img, script, a, b, i").count(),
    0,
  );
  assertEquals(
    await page.locator(".said .name").first().textContent(),
    "<b onclick=alert(1)>'\"",
  );
  // An unbroken text stays within its place, and RTL runs from the right.
  assertEquals(await overflow(page), 0);
  const rtl = await alice.message("שלום e\u0301 👩‍👩‍👧");
  assertEquals(
    await rtl.locator(".text").evaluate((text) =>
      getComputedStyle(text).direction
    ),
    "rtl",
  );
  await alice.say("<i>me too</i> | <b onclick=alert(1)>'\"");
  await mean.stdout.until(/^alice\|<i>me too<\/i>$/m);
  assertEquals(alice.faults, []);
});

/** By how much the page is wider than the window. */
function overflow(page: import("playwright-core").Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
}

tests.test("asks for another name if that one is taken, or is none", async () => {
  await using site = await startChatServer();
  await using _bob = await clientIn(site, "bob");
  await using tab = await tests.open(site);
  const { page } = tab;
  const fault = page.locator(".join .fault");
  for (const name of ["BOB", "server", "a|b", "x".repeat(33)]) {
    await tab.join(name);
    await fault.waitFor();
    assertNotEquals(await fault.textContent(), "", name);
    assert(
      await page.getByLabel("call you").evaluate((input) =>
        input === document.activeElement
      ),
    );
  }
  await tab.join("carol");
  await tab.isIn();
  await tab.say("/nick Bob");
  await page.locator(".log .fault").waitFor();
  await tab.say("/nick caroline");
  await tab.noted("You are caroline now");
  await page.locator(".self", { hasText: "caroline" }).waitFor();
  // The browser remembers who one is.
  await tab.say("/quit");
  await page.getByLabel("call you").waitFor();
  assertEquals(await page.getByLabel("call you").inputValue(), "caroline");
  assertEquals(tab.faults, []);
});

tests.test("says what became of a message to somebody who is away, or never was", async () => {
  await using site = await startChatServer();
  await using alice = await tests.open(site, { name: "alice" });
  {
    await using bob = await tests.open(site, { name: "bob" });
    await bob.say("/quit");
    await bob.page.getByLabel("call you").waitFor();
  }
  await alice.say("come back | bob");
  const kept = await alice.message("come back");
  await kept.locator(".fate", { hasText: "kept until" }).waitFor();
  await alice.say("who are you | nobody");
  const refused = await alice.message("who are you");
  await refused.locator(".fate", { hasText: "Not sent" }).waitFor();
  {
    await using bob = await tests.open(site);
    const seen = bob.page.waitForRequest((request) =>
      request.postData()?.startsWith("seen|") === true
    );
    await bob.join("bob");
    const direct = await bob.message("come back");
    assertEquals(await direct.locator(".only").textContent(), "only to you");
    await (await seen).response();
  }
  // Once: it was seen.
  await using bob = await tests.open(site, { name: "bob" });
  assertEquals(await bob.texts(), []);
});

tests.test("is kept to by keyboard: recalls, completes, chooses, pastes", async () => {
  await using site = await startChatServer();
  await using bob = await clientIn(site, "bob");
  await using _b = await clientIn(site, "bobby tables");
  await using alice = await tests.open(site, { name: "alice" });
  const { page, input } = alice;
  const press = (key: string) => page.keyboard.press(key);
  await page.locator(".person").nth(2).waitFor();

  await page.keyboard.type("first line");
  await press("Control+Enter");
  await page.keyboard.type("second | bo");
  await press("Tab");
  assertEquals(await input.inputValue(), "second | bob");
  await press("Tab");
  assertEquals(await input.inputValue(), "second | bobby tables");
  await press("Tab");
  await press("Enter");
  await bob.stdout.until(/^alice\|first line\nalice\|second$/m);

  await page.keyboard.type("a draft");
  await press("ArrowUp");
  assertEquals(await input.inputValue(), "second | bob");
  await press("ArrowUp");
  await press("ArrowUp");
  assertEquals(await input.inputValue(), "first line");
  await press("ArrowDown");
  await press("ArrowDown");
  assertEquals(await input.inputValue(), "a draft");
  await press("Enter");

  // To one alone, until Escape.
  await page.locator(".person", { hasText: "bobby" }).click();
  assertEquals(
    await input.getAttribute("placeholder"),
    "Message to bobby tables only",
  );
  await alice.say("chosen");
  assertStringIncludes(
    await (await alice.message("chosen")).innerText(),
    "only to bobby tables",
  );
  await alice.say("all the same | *");
  await bob.stdout.until(/^alice\|all the same$/m);
  await press("Escape");
  assertEquals(await page.locator(".target").isHidden(), true);

  // What is pasted is a message a line; what is not understood stays.
  const lines = Array.from({ length: 50 }, (_, i) => `pasted ${i}`);
  await alice.say([...lines, "/nonsense", ""].join("\n"));
  await bob.stdout.until(/^alice\|pasted 49$/m);
  assertEquals(
    bob.stdout.text.match(/^alice\|pasted \d+$/gm),
    lines.map((line) => `alice|${line}`),
  );
  assertEquals(await input.inputValue(), "/nonsense");
  assertStringIncludes(
    await page.locator(".composer .fault").innerText(),
    "There is no /nonsense",
  );
  // Tab with nothing to complete goes on, and a letter typed anywhere comes back.
  await input.fill("");
  await press("Tab");
  await press("x");
  assertEquals(await input.inputValue(), "x");
  assertEquals(alice.faults, []);
});

tests.test("stays at the end for who is there, and counts what is new for who is not", async () => {
  await using site = await startChatServer();
  await using bob = await clientIn(site, "bob");
  await using alice = await tests.open(site, { name: "alice" });
  const { page } = alice;
  for (let i = 0; i < 60; i++) await type(bob, `line ${i}`);
  const last = await alice.message("line 59");
  const log = page.locator(".log");
  const isAtEnd = () =>
    log.evaluate((log) =>
      log.scrollHeight - log.scrollTop - log.clientHeight < 2
    );
  await eventually("the end to be in sight", isAtEnd);
  assert(await last.isVisible());

  await log.evaluate((log) => void (log.scrollTop = 100));
  const newer = page.locator(".newer");
  await eventually(
    "the page to know",
    () =>
      page.evaluate(() =>
        new Promise((resolve) => requestAnimationFrame(() => resolve(true)))
      ),
  );
  await type(bob, "below");
  await newer.waitFor();
  assertEquals(await newer.innerText(), "1 new message");
  await type(bob, "further below");
  await page.locator(".newer", { hasText: "2 new messages" }).waitFor();
  assertEquals(await log.evaluate((log) => log.scrollTop), 100);
  await newer.click();
  await eventually("the end to be in sight", isAtEnd);
  assertEquals(await newer.isHidden(), true);
});

tests.test("counts in its title what came while nobody looked", async () => {
  await using site = await startChatServer();
  await using bob = await clientIn(site, "bob");
  await using alice = await tests.open(site, { name: "alice" });
  const { page } = alice;
  const hide = (isHidden: boolean) =>
    page.evaluate((isHidden) => {
      Object.defineProperty(document, "hidden", {
        value: isHidden,
        configurable: true,
      });
      document.dispatchEvent(new Event("visibilitychange"));
    }, isHidden);
  await type(bob, "seen");
  await alice.message("seen");
  await hide(true);
  await type(bob, "unseen");
  await type(bob, "unseen, too | alice");
  await alice.message("unseen, too");
  assertEquals(await page.title(), "(2) Landline chat");
  assertEquals(
    await page.locator(".first-unread .text").allTextContents(),
    ["unseen"],
  );
  await hide(false);
  assertEquals(await page.title(), "Landline chat");
});

tests.test("has room on a phone, and large enough targets", async () => {
  await using site = await startChatServer();
  await using _bob = await clientIn(site, "bob");
  await using tab = await tests.open(site, { ...PHONE, name: "alice" });
  const { page } = tab;
  await tab.say("w".repeat(300));
  await tab.message("w".repeat(300));
  assertEquals(await overflow(page), 0);
  const people = page.locator(".people");
  assertEquals(await people.isVisible(), false);
  await page.getByRole("button", { name: "2 here" }).tap();
  await people.waitFor();
  const controls = page.locator("button:visible:not(.name), textarea");
  for (const control of await controls.all()) {
    const box = await control.boundingBox();
    assert(box!.height >= 43.9, await control.evaluate((it) => it.outerHTML));
  }
  await page.locator(".person", { hasText: "bob" }).tap();
  await people.waitFor({ state: "hidden" });
  assertStringIncludes(await page.locator(".target").innerText(), "bob");
  await page.getByRole("button", { name: "To everyone again" }).tap();
  // A keyboard that leaves half of the height: what is written stays in sight.
  await page.setViewportSize({ width: 360, height: 320 });
  const box = await tab.input.boundingBox();
  assert(box!.y + box!.height <= 320, `${box!.y}`);
  assertEquals(tab.faults, []);
});

tests.test("is dark where people want it dark", async () => {
  await using site = await startChatServer();
  const grounds = [];
  for (const colorScheme of ["light", "dark"] as const) {
    await using tab = await tests.open(site, {
      colorScheme,
      name: colorScheme,
    });
    await tab.say("hello");
    const own = (await tab.message("hello")).last().locator(".bubble");
    grounds.push(
      await own.evaluate((bubble) => getComputedStyle(bubble).backgroundColor),
    );
  }
  assertNotEquals(grounds[0], grounds[1]);
});

tests.test("works by the address in the network, which browsers do not trust", async () => {
  const address = Deno.networkInterfaces().find(({ family, address }) =>
    family === "IPv4" && !address.startsWith("127.")
  )?.address;
  if (address === undefined) return;
  await using site = await startChatServer();
  await using bob = await clientIn(site, "bob");
  await using tab = await tests.open(site, { hostname: address, name: "eve" });
  assertEquals(await tab.page.evaluate(() => isSecureContext), false);
  await tab.say("hello | bob");
  await bob.stdout.until(/^eve\|hello$/m);
  assertEquals([tab.faults, tab.strangers], [[], []]);
});

tests.test("tells people without scripts of the terminal", async () => {
  await using site = await startChatServer();
  await using tab = await tests.open(site, { javaScriptEnabled: false });
  const text = await tab.page.locator("body").innerText();
  assertStringIncludes(text, "chat_client.ts --ip ADDRESS");
  assertEquals(await tab.page.locator("form.join").isVisible(), false);
});

Deno.test("chat_server.ts takes nothing from the page of another site", async () => {
  await using site = await startChatServer();
  const here = `http://127.0.0.1:${site.port}`;
  const key = "0".repeat(32);
  const events = await fetch(`${here}/chat/events?name=eve&key=${key}&since=-`);
  const reader = events.body!.getReader();
  await reader.read();
  const send = async (headers: Record<string, string>) => {
    const response = await fetch(`${here}/chat/send?key=${key}`, {
      method: "POST",
      headers,
      body: "send|1|*|hello\n",
    });
    await response.body?.cancel();
    return response.status;
  };
  assertEquals(await send({ "Origin": "http://evil.example" }), 403);
  assertEquals(await send({ "Origin": "null" }), 403);
  assertEquals(await send({ "Sec-Fetch-Site": "cross-site" }), 403);
  assertEquals(await send({ "Origin": here }), 202);
  await reader.cancel();
});
