import { assert } from "@std/assert";
import { isBlockedPort } from "./blocked_ports.ts";

Deno.test("isBlockedPort() knows where browsers do not go: chat's 6000, and not the others we use", () => {
  for (const port of [1, 22, 6000, 6667, 10080]) assert(isBlockedPort(port));
  for (const port of [80, 443, 5000, 6001, 6080, 7000, 8080, 65535]) {
    assert(!isBlockedPort(port), `${port}`);
  }
});
