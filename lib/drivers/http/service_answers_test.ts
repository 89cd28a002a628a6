import { assertEquals, assertStringIncludes } from "@std/assert";
import { patterned } from "../../testing/content.ts";
import { turn } from "../../testing/fake_clock.ts";
import { requestText } from "../../testing/http_peer.ts";
import { MemoryServer } from "../../testing/memory_server.ts";
import { Metrics } from "../metrics.ts";

Deno.test("ServiceAnswers tells of connections at /metrics, of those that were too many and those that broke off too", async () => {
  const metrics = new Metrics({
    version: "1",
    startedAt: 0,
    memoryBytes: () => 0,
  });
  await using server = new MemoryServer({
    files: { large: patterned(700_000) },
    metrics,
    clientsMax: 2,
    http: { metrics },
  });
  const { peer } = server.browse({ bToA: { capacityBytes: 1000 } });
  await peer.send(requestText("GET /large"));
  await turn();
  const { peer: other } = server.browse();
  await other.ask("GET /healthz");
  const { peer: third } = server.browse();
  await third.send(requestText("GET /healthz"));
  assertStringIncludes(new TextDecoder().decode(await third.rest()), " 503 ");
  peer.close();
  await turn();
  const { text } = await other.ask("GET /metrics");
  for (
    const line of [
      "landline_connections_open 1",
      "landline_connections_total 2",
      "landline_connections_refused_total 1",
      // It was answered as long as it listened.
      'landline_requests_total{language="http",method="GET",status="2xx"} 2',
    ]
  ) assertStringIncludes(text, line + "\n");
  assertEquals((await other.ask("GET /healthz")).text, "ok\n");
});

Deno.test("ServiceAnswers has no addresses without --metrics but for the files of the page", async () => {
  await using server = new MemoryServer({
    files: { metrics: "mine", healthz: "my" },
  });
  const { peer } = server.browse();
  assertEquals((await peer.ask("GET /metrics")).text, "mine");
  assertEquals((await peer.ask("GET /healthz")).text, "my");
  const { peer: page } = server.browse();
  const css = await page.ask("GET /.landline/page.css");
  assertEquals(css.fields.get("content-type"), "text/css; charset=utf-8");
  for (
    const path of [
      "/.landline/",
      "/.landline/../a",
      "/.landline/%2e%2e/metrics",
      "/%2elandline/page.css",
      "/.landline",
      "/.landlinex",
    ]
  ) {
    assertEquals((await page.ask(`GET ${path}`)).status, 404, path);
  }
});
