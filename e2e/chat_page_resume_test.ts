/// <reference lib="dom" />
import { assertEquals, assertStringIncludes } from "@std/assert";
import { ChatPageTests, clientIn, openIn } from "../lib/testing/chat_page.ts";
import { startChatServer } from "../lib/testing/chats.ts";
import { ownPort } from "../lib/testing/ports.ts";
import type { ProgramProcess } from "../lib/testing/program_process.ts";

const tests = new ChatPageTests();

/** Types a line. */
function type(client: ProgramProcess, line: string): Promise<void> {
  return client.type(line + "\n");
}

tests.test("loses and doubles nothing when the server is killed and started again", async () => {
  const data = await Deno.makeTempDir({ prefix: "landline-test-" });
  try {
    const args = ["--data", data, "--port", `${ownPort()}`];
    await using first = await startChatServer(...args);
    await using alice = await tests.open(first, { name: "alice" });
    await using bob = await tests.open(first, { name: "bob" });
    await alice.say("before");
    await bob.message("before");
    await first.kill();

    const lost = alice.page.locator(".lost");
    await lost.waitFor();
    assertStringIncludes(await lost.innerText(), "No connection");
    for (const text of ["said", "without", "a server"]) await alice.say(text);
    await alice.say("for you alone | bob");
    assertEquals(
      await (await alice.message("without")).getAttribute("data-fate"),
      "waiting",
    );
    assertEquals(
      await alice.page.locator(".log").evaluate((log) =>
        log.querySelectorAll(".said").length
      ),
      5,
    );

    await using _second = await startChatServer(...args);
    await alice.page.locator(".said[data-fate=waiting]").first().waitFor({
      state: "detached",
    });
    await bob.message("for you alone");
    const all = ["before", "said", "without", "a server", "for you alone"];
    assertEquals(await bob.texts(), all);
    assertEquals(await alice.texts(), all);
    await bob.say("all is well");
    await alice.message("all is well");
    await lost.waitFor({ state: "hidden" });
  } finally {
    await Deno.remove(data, { recursive: true });
  }
});

tests.test("is the same when it is loaded again", async () => {
  await using site = await startChatServer("--history", "2");
  await using bob = await clientIn(site, "bob");
  await using alice = await tests.open(site, { name: "alice" });
  await alice.say("one");
  await alice.say("two | bob");
  await type(bob, "three | alice");
  await type(bob, "four");
  await alice.message("four");
  await alice.page.reload();
  await alice.isIn();
  assertEquals(await alice.texts(), ["one", "two", "three", "four"]);
  await type(bob, "five");
  await alice.message("five");
  await alice.say("six");
  await bob.stdout.until(/^alice\|six$/m);
  await alice.say("/history");
  await alice.noted("There is nothing older");
  assertEquals(
    await alice.texts(),
    ["one", "two", "three", "four", "five", "six"],
  );
  // Somebody new sees the room as it was, dimmed, and nothing of what was for others.
  await using carol = await tests.open(site, { name: "carol" });
  assertEquals(await carol.texts(), ["five", "six"]);
  assertEquals(await carol.page.locator(".said.old").count(), 2);
  // Whoever was away for a while misses nothing, however short the history is.
  const { page } = alice;
  const here = page.url();
  await page.goto("about:blank");
  const more = ["seven", "eight", "nine"];
  for (const text of more) await type(bob, text);
  await carol.message("nine");
  await page.goto(here);
  await alice.isIn();
  assertEquals((await alice.texts()).slice(-4), ["six", ...more]);
  assertEquals(alice.faults, []);
});

tests.test("stops in a window when the same person goes on in another", async () => {
  await using site = await startChatServer();
  await using first = await tests.open(site, { name: "alice" });
  const self = await first.page.evaluate(() =>
    JSON.stringify({ ...sessionStorage })
  );
  // As "Duplicate tab" does.
  const context = first.page.context();
  await context.addInitScript((all) => {
    for (const [name, value] of Object.entries(JSON.parse(all))) {
      sessionStorage.setItem(name, `${value}`);
    }
  }, self);
  await using second = await openIn(context, site);
  await second.isIn();
  const fault = first.page.locator(".join .fault");
  await fault.waitFor();
  assertStringIncludes(await fault.innerText(), "another window");
  await second.say("still here");
  await second.acknowledged("still here");
});

tests.test(
  "finds out by itself that a server is silent, and comes back to it",
  async () => {
    await using site = await startChatServer();
    await using tab = await tests.open(site);
    const { page } = tab;
    await page.clock.install();
    await page.reload();
    await tab.join("alice");
    await tab.isIn();
    // Alive, but still: what is asked is answered.
    const answered = page.waitForResponse(/\/chat\/send/);
    await page.clock.fastForward(61_000);
    assertEquals((await answered).status(), 202);
    assertEquals(await page.locator(".lost").isVisible(), false);
    site.signal("SIGSTOP");
    try {
      await page.clock.fastForward(61_000);
      await page.clock.fastForward(11_000);
      await page.locator(".lost").waitFor();
      await tab.say("to nobody yet");
    } finally {
      site.signal("SIGCONT");
    }
    await tab.acknowledged("to nobody yet");
    assertEquals(await page.locator(".lost").isVisible(), false);
  },
);
