import { assertEquals } from "@std/assert";
import { ageText } from "./ages.js";

Deno.test("ageText() says how long ago something was", () => {
  const texts = [0, 59, 60, 119, 120, 3599, 3600, 7200, 86_400, 864_000, -61]
    .map((seconds) => ageText(1e12 - seconds * 1000, 1e12));
  assertEquals(texts, [
    "just now",
    "just now",
    "1 minute ago",
    "1 minute ago",
    "2 minutes ago",
    "59 minutes ago",
    "1 hour ago",
    "2 hours ago",
    "1 day ago",
    "10 days ago",
    "in the future",
  ]);
});
