import { assertEquals, assertThrows } from "@std/assert";
import { checkErrors, requestRate } from "./wrk.ts";

const REPORT = {
  requests: 1000,
  bytes: 1_300_000,
  microseconds: 500_000,
  connect: 0,
  read: 0,
  write: 0,
  status: 0,
  timeout: 0,
};

Deno.test("requestRate() counts requests a second", () => {
  assertEquals(requestRate(REPORT, 1300), 2000);
});

Deno.test("requestRate() allows each connection a part of one more answer", () => {
  const bytes = REPORT.bytes + 32 * 1300;
  assertEquals(requestRate({ ...REPORT, bytes }, 1300), 2000);
  assertThrows(
    () => requestRate({ ...REPORT, bytes: bytes + 1 }, 1300),
    Error,
    "not 1300 each",
  );
});

Deno.test("requestRate() refuses answers that were shorter than the one that was looked at", () => {
  assertThrows(
    () => requestRate(REPORT, 1400),
    Error,
    "1000 answers came to 1300000 bytes, not 1400 each",
  );
});

Deno.test("requestRate() refuses a run in which anything failed", () => {
  for (const kind of ["connect", "read", "write", "status", "timeout"]) {
    assertThrows(
      () => requestRate({ ...REPORT, [kind]: 3 }, 1300),
      Error,
      `some failed: ${kind} 3`,
    );
  }
});

Deno.test("checkErrors() refuses a run in which nothing was answered", () => {
  assertThrows(
    () => checkErrors({ ...REPORT, requests: 0, bytes: 0 }),
    Error,
    "no request was answered",
  );
});
