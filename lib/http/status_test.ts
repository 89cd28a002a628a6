import { assert, assertEquals } from "@std/assert";
import { FAULTS } from "../errors.ts";
import { HttpRefusal, malformed, REASONS, type Status } from "./status.ts";

Deno.test("REASONS has every status that a fault of ours means", () => {
  for (const { status } of Object.values(FAULTS)) {
    assert(status in REASONS, `${status}`);
  }
});

Deno.test("REASONS has every status that issue 3 asks for", () => {
  const asked = [400, 403, 404, 405, 408, 411, 412, 413, 414, 416, 417, 431]
    .concat(500, 501, 503, 505, 507, 100, 200, 201, 204, 206, 304, 409, 460);
  assertEquals(asked.filter((status) => !(status in REASONS)), []);
});

Deno.test("REASONS can stand on a status line", () => {
  for (const [status, reason] of Object.entries(REASONS)) {
    assert(/^[1-5]\d\d$/.test(status), status);
    assert(/^[A-Z][A-Za-z ]+$/.test(reason), reason);
  }
});

Deno.test("HttpRefusal leaves the connection open unless it is said that it closes", () => {
  const refusal = new HttpRefusal(404, "There is no such file");
  assertEquals([refusal.status, refusal.closes, refusal.fields], [
    404,
    false,
    [],
  ]);
  const closing = new HttpRefusal(405, "x", {
    fields: [["Allow", "GET"]],
    closes: true,
  });
  assertEquals([closing.closes, closing.fields], [true, [["Allow", "GET"]]]);
});

Deno.test("malformed() closes, with whatever status", () => {
  const statuses: [HttpRefusal, Status][] = [
    [malformed("x"), 400],
    [malformed("x", 431), 431],
  ];
  for (const [refusal, status] of statuses) {
    assertEquals([refusal.status, refusal.closes], [status, true]);
  }
});
