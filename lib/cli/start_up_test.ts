import { assert, assertEquals } from "@std/assert";
import { parseServerFlags } from "./server_flags.ts";
import { startUpText } from "./start_up.ts";

const ADDRESSES = ["127.0.0.1", "192.168.1.7", "::1", "fe80::1%eth0"];

function textFor(...args: string[]): string {
  return startUpText({
    flags: parseServerFlags(args).flags,
    root: "/srv/p\x1bx",
    port: 5000,
    addresses: ADDRESSES,
  });
}

const urlsIn = (text: string) => text.match(/landline:\S+/g);

Deno.test("startUpText() tells the folder, the port and every URL, IPv6 in brackets", () => {
  const text = textFor();
  // The line that scripts wait for.
  assert(/ port (\d+)/.exec(text)?.[1] === "5000");
  assertEquals(urlsIn(text), [
    "landline://127.0.0.1:5000/",
    "landline://192.168.1.7:5000/",
    "landline://[::1]:5000/",
    "landline://[fe80::1%eth0]:5000/",
  ]);
});

Deno.test("startUpText() tells only what --bind leaves", () => {
  assertEquals(urlsIn(textFor("--bind", "::1")), ["landline://[::1]:5000/"]);
  assertEquals(urlsIn(textFor("--bind", "0.0.0.0"))?.length, 2);
  assertEquals(urlsIn(textFor("--bind", "::"))?.length, 4);
  assertEquals(urlsIn(textFor("-b", "::", "-b", "::1"))?.length, 4);
});

Deno.test("startUpText() tells what is allowed", () => {
  assert(textFor().includes("read-only"));
  assert(textFor("--hidden").includes("read-only, hidden files shown"));
  const open = textFor("-u", "--on-conflict", "rename", "--allow-run", "ls,ps");
  assert(!open.includes("read-only"));
  assert(open.includes("uploads allowed (a name that is taken: rename)"));
  assert(open.includes("may run: ls,ps"));
});

Deno.test("startUpText() lets no folder's name drive the terminal", () => {
  assert(textFor().includes("/srv/p\\x1bx"));
});
