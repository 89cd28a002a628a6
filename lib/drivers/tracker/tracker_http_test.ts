import { assert, assertEquals } from "@std/assert";
import { MemoryTracker } from "../../testing/memory_tracker.ts";
import { record } from "../../testing/tracker_peer.ts";

const HOST = { Host: "localhost:7000" };

Deno.test("TrackerHttp answers with the page, its files and the state, on the port of the peers", async () => {
  await using tracker = await MemoryTracker.start();
  const alice = tracker.connect();
  await alice.join("alice");
  await alice.say({ m: "put", id: 1, records: [record("a/b.txt", "alice")] });
  await alice.until("ok");
  using browser = tracker.browse();
  const page = await browser.ask("GET /", HOST);
  assertEquals(page.status, 200);
  assertEquals(page.fields.get("content-type"), "text/html; charset=utf-8");
  assert(page.fields.get("content-security-policy")?.includes("'self'"));
  for (const [, url] of page.text.matchAll(/(?:src|href)="([^"]+)"/g)) {
    const asset = await browser.ask(`GET ${url}`, HOST);
    assertEquals(asset.status, 200, url);
    assertEquals(
      asset.fields.get("cache-control"),
      "max-age=31536000, immutable",
    );
  }
  const state = await browser.ask("GET /state.json", HOST);
  assertEquals(
    state.fields.get("content-type"),
    "application/json; charset=utf-8",
  );
  assertEquals(state.fields.get("cache-control"), "no-store");
  const view = JSON.parse(state.text);
  assertEquals(view.listing.map(({ path }: { path: string }) => path), [
    "a/b.txt",
  ]);
  assertEquals(view.peers[0].name, "alice");
});

Deno.test("TrackerHttp finds paths, makes a view once a second, and shows what changed then", async () => {
  await using tracker = await MemoryTracker.start();
  const alice = tracker.connect();
  await alice.join("alice");
  using browser = tracker.browse();
  const found = async (query: string) =>
    JSON.parse((await browser.ask(`GET /state.json?q=${query}`, HOST)).text)
      .found;
  assertEquals(await found("%C3%BC"), 0);
  await alice.say({
    m: "put",
    id: 1,
    records: [record("ü", "alice"), record("b", "alice")],
  });
  await alice.until("ok");
  assertEquals(await found("%C3%BC"), 0);
  await tracker.clock.advance(1000);
  assertEquals(await found("%C3%BC"), 1);
  assertEquals(await found(""), 2);
  for (let at = 0; at < 40; at++) await found(`${at}`);
  const long = await browser.ask(
    `GET /state.json?q=${"x".repeat(201)}`,
    HOST,
  );
  assertEquals(long.status, 400);
});

Deno.test("TrackerHttp gives the state to no page of another site, and not under a foreign name", async () => {
  await using tracker = await MemoryTracker.start();
  using browser = tracker.browse();
  const statusOf = async (fields: Record<string, string>) =>
    (await browser.ask("GET /state.json", fields)).status;
  assertEquals(await statusOf(HOST), 200);
  assertEquals(await statusOf({ Host: "tracker.example" }), 200);
  assertEquals(await statusOf({ Host: "evil.example" }), 403);
  assertEquals(
    await statusOf({ ...HOST, Origin: "http://evil.example" }),
    403,
  );
  assertEquals(
    await statusOf({ ...HOST, "Sec-Fetch-Site": "cross-site" }),
    403,
  );
});

Deno.test("TrackerHttp only shows: other methods, other paths, other requests", async () => {
  await using tracker = await MemoryTracker.start();
  using browser = tracker.browse();
  const statusOf = async (request: string) =>
    (await browser.ask(request, HOST)).status;
  assertEquals(await statusOf("HEAD /"), 200);
  assertEquals(await statusOf("HEAD /state.json"), 200);
  assertEquals(await statusOf("OPTIONS /state.json"), 204);
  assertEquals(await statusOf("OPTIONS *"), 204);
  assertEquals(await statusOf("POST /state.json"), 405);
  assertEquals(await statusOf("DELETE /"), 405);
  assertEquals(await statusOf("BREW /"), 501);
  assertEquals(await statusOf("GET /.landline/nothing.js"), 404);
  assertEquals(await statusOf("GET /a/../state.json/x"), 404);
  const last = tracker.log.requests.at(-1)!;
  assertEquals([last.status, last.peer], ["404", "10.0.0.1:40000"]);
});

Deno.test("TrackerHttp: names of peers and files are text in the state, whatever they are", async () => {
  await using tracker = await MemoryTracker.start();
  const alice = tracker.connect();
  const name = "</script><img src=x onerror=alert(1)>";
  await alice.join("alice", { name });
  using browser = tracker.browse();
  const { text } = await browser.ask("GET /state.json", HOST);
  assertEquals(JSON.parse(text).peers[0].name, name);
});

Deno.test("TrackerHttp says that a request cannot be read", async () => {
  await using tracker = await MemoryTracker.start();
  using browser = tracker.browse();
  await browser.send("GET / HTTP/9.9\r\n\r\n");
  assertEquals((await browser.answer()).status, 505);
});
