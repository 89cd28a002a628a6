/// <reference lib="dom" />
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Page } from "playwright-core";
import { BrowserTests, namesOn } from "../lib/testing/browser.ts";
import { assertSameBytes, patterned } from "../lib/testing/content.ts";
import { DiskFolder } from "../lib/testing/disk_folder.ts";
import { ownPort } from "../lib/testing/ports.ts";
import { startServer, type TestServer } from "../lib/testing/servers.ts";
import { eventually } from "../lib/testing/within.ts";

const tests = new BrowserTests({});

/** Chooses `files` as a person does; the first input takes files, the second one a folder. */
async function choose(page: Page, files: string | string[], nth = 0) {
  await page.locator("input[type=file]").nth(nth).setInputFiles(files);
}

/** Waits until the panel says `text`. */
async function untilPanelSays(page: Page, text: string): Promise<void> {
  await page.locator(".uploads", { hasText: text }).waitFor();
}

/** A folder with `files` on the side of the person. */
function ownFiles(files: Readonly<Record<string, Uint8Array>>): DiskFolder {
  const own = new DiskFolder();
  for (const [name, bytes] of Object.entries(files)) own.write(name, bytes);
  return own;
}

tests.test(
  "uploads files and a whole folder, which are in the listing then, with their times",
  async () => {
    const big = patterned(5_000_000);
    using own = ownFiles({
      "a b.txt": patterned(10),
      "empty": new Uint8Array(),
      "big.bin": big,
      "Holiday/1.jpg": patterned(20),
      "Holiday/more/é #2.jpg": patterned(30),
    });
    await Deno.utime(`${own.path}/a b.txt`, 1e9, 1e9);
    await using server = await startServer({ args: ["--allow-upload"] });
    await using tab = await tests.open(server);
    const { page, faults } = tab;
    const at = (name: string) => `${own.path}/${name}`;
    const checks: (string | undefined)[] = [];
    page.on("request", (request) => {
      if (request.method() === "PATCH") {
        checks.push(request.headers()["upload-checksum"]);
      }
    });
    await choose(page, [at("a b.txt"), at("empty"), at("big.bin")]);
    await untilPanelSays(page, "3 files uploaded");
    await choose(page, at("Holiday"), 1);
    await untilPanelSays(page, "5 files uploaded");
    assertSameBytes(server.contentOf("big.bin"), big);
    assertSameBytes(server.contentOf("a b.txt"), patterned(10));
    assertEquals(
      Deno.statSync(`${server.folder}/a b.txt`).mtime?.getTime(),
      1e12,
    );
    assertSameBytes(server.contentOf("Holiday/more/é #2.jpg"), patterned(30));
    assertEquals(server.contentOf("empty").length, 0);
    assert(
      checks.length > 1 && checks.every((one) => one?.startsWith("crc32 ")),
    );
    await eventually(
      "the listing",
      async () =>
        (await namesOn(page)).join() === "Holiday,a b.txt,big.bin,empty",
    );
    assertEquals(faults, []);
  },
);

tests.test(
  "takes files and whole folders that are dropped anywhere on it",
  async () => {
    using own = ownFiles({
      "a.txt": patterned(10),
      "Holiday/1.jpg": patterned(20),
      "Holiday/more/2.jpg": patterned(30),
    });
    await using server = await startServer({ args: ["--allow-upload"] });
    await using tab = await tests.open(server);
    const { page, faults } = tab;
    const devtools = await page.context().newCDPSession(page);
    const files = [`${own.path}/a.txt`, `${own.path}/Holiday`];
    const data = { items: [], files, dragOperationsMask: 1 };
    for (const type of ["dragEnter", "dragOver"] as const) {
      await devtools.send("Input.dispatchDragEvent", {
        type,
        x: 200,
        y: 300,
        data,
      });
    }
    await page.locator(".drop", { hasText: "Drop files" }).waitFor();
    await devtools.send("Input.dispatchDragEvent", {
      type: "drop",
      x: 200,
      y: 300,
      data,
    });
    await untilPanelSays(page, "3 files uploaded");
    assertSameBytes(server.contentOf("a.txt"), patterned(10));
    assertSameBytes(server.contentOf("Holiday/more/2.jpg"), patterned(30));
    assertEquals(await page.locator(".drop").isVisible(), false);
    assertEquals(faults, []);
  },
);

/** Lets the server be killed when the second piece of an upload is about to go. */
async function killAtSecondPiece(page: Page, server: TestServer) {
  const killed = Promise.withResolvers<void>();
  let pieces = 0;
  await page.route(/\.landline-/, async (route) => {
    if (route.request().method() === "PATCH" && ++pieces === 2) {
      server.signal("SIGKILL");
      await server.ended;
      killed.resolve();
    }
    await route.continue();
  });
  return killed.promise;
}

tests.test(
  "goes on by itself with an upload when the server was killed and is back",
  async () => {
    const big = patterned(6_000_000);
    using own = ownFiles({ "big.bin": big });
    const args = ["--allow-upload"];
    const port = ownPort();
    await using server = await startServer({ args, port });
    await using tab = await tests.open(server);
    const { page } = tab;
    const killed = killAtSecondPiece(page, server);
    await choose(page, `${own.path}/big.bin`);
    await killed;
    await untilPanelSays(page, "trying again");
    const { folder } = server;
    // It may be asked as soon as it listens.
    const asked = page.waitForResponse((response) =>
      response.request().method() === "HEAD"
    );
    await using _again = await startServer({ args, port, folder });
    // What a browser says when the cable is in again; without it, this takes a second or two.
    await page.evaluate(() => dispatchEvent(new Event("online")));
    await asked;
    await untilPanelSays(page, "1 file uploaded");
    assertSameBytes(server.contentOf("big.bin"), big);
  },
);

tests.test(
  "goes on with an upload after a reload, when the same file is chosen again",
  async () => {
    const big = patterned(6_000_000);
    using own = ownFiles({ "big.bin": big });
    const args = ["--allow-upload"];
    const port = ownPort();
    await using server = await startServer({ args, port });
    await using tab = await tests.open(server);
    const { page } = tab;
    const killed = killAtSecondPiece(page, server);
    await choose(page, `${own.path}/big.bin`);
    await killed;
    const { folder } = server;
    await using _again = await startServer({ args, port, folder });
    page.on("dialog", (dialog) => dialog.accept());
    await page.reload();
    await page.getByText("Not finished: “big.bin” (6.0 MB)").waitFor();
    const first = page.waitForRequest((request) =>
      request.method() === "PATCH"
    );
    await choose(page, `${own.path}/big.bin`);
    assert(Number((await first).headers()["upload-offset"]) >= 1024 * 1024);
    await untilPanelSays(page, "1 file uploaded");
    assertSameBytes(server.contentOf("big.bin"), big);
  },
);

tests.test(
  "pauses, goes on, warns before it is left, and gives up an upload",
  async () => {
    using own = ownFiles({ "big.bin": patterned(6_000_000) });
    await using server = await startServer({ args: ["--allow-upload"] });
    await using tab = await tests.open(server);
    const { page } = tab;
    const held = Promise.withResolvers<void>();
    let pieces = 0;
    await page.route(/\.landline-/, async (route) => {
      // One that never gets through, as on a line that is too slow to see the end.
      if (route.request().method() === "PATCH" && ++pieces === 2) {
        held.resolve();
      } else await route.continue();
    });
    await choose(page, `${own.path}/big.bin`);
    await held.promise;
    const warning = page.waitForEvent("dialog");
    // Browsers warn only people who have touched the page.
    await page.locator("h2", { hasText: "Uploading" }).click();
    await page.evaluate(() => void setTimeout(() => location.reload()));
    assertEquals((await warning).type(), "beforeunload");
    await (await warning).dismiss();
    await page.getByRole("button", { name: "Pause big.bin" }).click();
    await untilPanelSays(page, "paused");
    const asked = page.waitForRequest((request) => request.method() === "HEAD");
    await page.getByRole("button", { name: "Try big.bin again" }).click();
    await asked;
    await untilPanelSays(page, "1 file uploaded");
    await page.locator(".uploads").getByRole("button", { name: "Close" })
      .click();
    await page.locator(".uploads").waitFor({ state: "hidden" });
  },
);

tests.test(
  "says at the file that its name is taken, and keeps both if one wants",
  async () => {
    using own = ownFiles({ "a.txt": patterned(10) });
    await using server = await startServer({
      args: ["--allow-upload"],
      files: { "a.txt": "was here" },
    });
    await using tab = await tests.open(server);
    const { page } = tab;
    await choose(page, `${own.path}/a.txt`);
    await untilPanelSays(page, "A file of that name is already there");
    await page.getByRole("button", { name: "Keep both" }).click();
    await untilPanelSays(page, "1 file uploaded");
    assertSameBytes(server.contentOf("a (1).txt"), patterned(10));
    assertEquals(
      new TextDecoder().decode(server.contentOf("a.txt")),
      "was here",
    );
  },
);

tests.test("works without JavaScript: links, sorting, the form", async () => {
  using own = ownFiles({ "up 1": patterned(9), "2": patterned(8) });
  await using server = await startServer({
    args: ["--allow-upload"],
    files: { "a": "1", "b": "22", "d/x": "x" },
  });
  await using tab = await tests.open(server, { javaScriptEnabled: false });
  const { page, faults } = tab;
  await page.getByRole("link", { name: "Size" }).click();
  assertEquals(await namesOn(page), ["d", "b", "a"]);
  await page.getByText("Upload", { exact: true }).first().click();
  await choose(page, [`${own.path}/up 1`, `${own.path}/2`]);
  await page.locator("form button").click();
  await page.locator(".entries", { hasText: "up 1" }).waitFor();
  assertEquals(await namesOn(page), ["d", "2", "a", "b", "up 1"]);
  assertSameBytes(server.contentOf("up 1"), patterned(9));
  await page.getByRole("link", { name: "d", exact: true }).click();
  assertEquals(await namesOn(page), ["x"]);
  assertEquals(await page.locator("button:visible, input:visible").count(), 0);
  assertEquals(faults, []);
});

const ADDRESS = Deno.networkInterfaces().find(({ family, address }) =>
  family === "IPv4" && !address.startsWith("127.")
)?.address;

tests.test(
  "does all of it where it is no secure context, as on http://192.168.x.x",
  async () => {
    // miniserve #1498: its page broke where `crypto.subtle` does not exist.
    if (ADDRESS === undefined) return;
    using own = ownFiles({ "big.bin": patterned(3_000_000) });
    await using server = await startServer({ args: ["--allow-upload"] });
    await using tab = await tests.open(server, { hostname: ADDRESS });
    const { page, faults } = tab;
    assertEquals(await page.evaluate(() => globalThis.isSecureContext), false);
    const piece = page.waitForRequest((request) =>
      request.method() === "PATCH"
    );
    await choose(page, `${own.path}/big.bin`);
    assertMatch((await piece).headers()["upload-checksum"] ?? "", /^crc32 /);
    await untilPanelSays(page, "1 file uploaded");
    assertSameBytes(server.contentOf("big.bin"), patterned(3_000_000));
    await page.getByRole("button", { name: "More about big.bin" }).click();
    await page.getByRole("button", { name: "Copy link" }).click();
    await page.getByText("Link copied").waitFor();
    assertEquals(faults, []);
  },
);
