import { assertEquals } from "@std/assert";
import { parseHostAndPort } from "./tracker_address.ts";

Deno.test("parseHostAndPort() reads what people write and what trackers print", () => {
  const cases: Record<string, [string, number]> = {
    "host": ["host", 7000],
    "host:8000": ["host", 8000],
    "192.168.1.7": ["192.168.1.7", 7000],
    "192.168.1.7:1": ["192.168.1.7", 1],
    "[::1]:7001": ["::1", 7001],
    "[::1]": ["::1", 7000],
    "::1": ["::1", 7000],
    "fe80::1%eth0": ["fe80::1%eth0", 7000],
    "http://host:7002/": ["host", 7002],
    "landline://[fd00::2]:7003/": ["fd00::2", 7003],
    "tracker.example.org:65535": ["tracker.example.org", 65535],
  };
  for (const [text, [host, port]] of Object.entries(cases)) {
    assertEquals(parseHostAndPort(text, 7000), { host, port }, text);
  }
});

Deno.test("parseHostAndPort() refuses what is no address", () => {
  for (
    const text of [
      "",
      ":7000",
      "host:",
      "host:0",
      "host:65536",
      "host:7000:1 x",
      "a b",
      "host/path",
      "user@host",
      "[::1",
      "[]:7000",
      "[x",
      "[::1]7000",
      "host:7e3",
      "https://host/",
    ]
  ) assertEquals(parseHostAndPort(text, 7000), undefined, text);
});
