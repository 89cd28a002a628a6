import { assert, assertEquals } from "@std/assert";
import { parseServerFlags } from "./server_flags.ts";
import { phoneUrl } from "./addresses.ts";
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

const urlsIn = (text: string) => text.match(/http:\S+/g);

Deno.test("startUpText() tells the folder, the port and every URL, for browsers and for client.ts", () => {
  assertEquals(
    textFor(),
    `Serving /srv/p\\x1bx on port 5000, read-only:
  http://127.0.0.1:5000/         landline://127.0.0.1:5000/
  http://192.168.1.7:5000/       landline://192.168.1.7:5000/
  http://[::1]:5000/             landline://[::1]:5000/
  http://[fe80::1%25eth0]:5000/  landline://[fe80::1%eth0]:5000/
http for browsers, landline for client.ts. Stop with Ctrl-C.
`,
  );
});

Deno.test("startUpText() has the line that scripts wait for, before all else", () => {
  assertEquals(/^[^\n]* on port (\d+)/.exec(textFor())?.[1], "5000");
});

Deno.test("startUpText() tells only what --bind leaves", () => {
  assertEquals(urlsIn(textFor("--bind", "::1")), ["http://[::1]:5000/"]);
  assertEquals(urlsIn(textFor("--bind", "0.0.0.0"))?.length, 2);
  assertEquals(urlsIn(textFor("--bind", "::"))?.length, 4);
  assertEquals(urlsIn(textFor("-b", "::", "-b", "::1"))?.length, 4);
});

Deno.test("startUpText() tells what is allowed", () => {
  assert(textFor().includes("read-only"));
  assert(textFor("--hidden").includes("read-only, hidden files shown"));
  assert(
    textFor("--cors").includes("read-only, pages of every site may read"),
  );
  const open = textFor("-u", "--on-conflict", "rename", "--allow-run", "ls,ps");
  assert(!open.includes("read-only"));
  assert(open.includes("uploads allowed (a name that is taken: rename)"));
  assert(open.includes("may run: ls,ps"));
  assert(
    textFor("--allow-delete").includes("5000, files may be deleted:"),
  );
});

Deno.test("phoneUrl() is where a phone most likely gets through", () => {
  const url = (addresses: string[], ...args: string[]) =>
    phoneUrl({
      flags: parseServerFlags(args).flags,
      port: 80,
      addresses,
    })?.slice("http://".length, -":80/".length);
  // Each before those behind it, in whatever order they come.
  const ORDER = [
    "192.168.1.7",
    "10.0.0.7",
    "172.17.0.1",
    "100.64.0.7",
    "fd00::7",
    "169.254.1.1",
    "fe80::7%eth0",
    "127.0.0.1",
  ];
  for (const [i, best] of ORDER.entries()) {
    const said = best.includes(":") ? `[${best.replace("%", "%25")}]` : best;
    assertEquals(url(ORDER.slice(i)), said);
    assertEquals(url(ORDER.slice(i).reverse()), said);
  }
  assertEquals(url(ORDER, "--bind", "127.0.0.1"), "127.0.0.1");
  assertEquals(url(ORDER, "-b", "localhost", "-b", "nas.lan"), "nas.lan");
  assertEquals(url(["::1", "127.0.0.1"]), "[::1]");
  assertEquals(url([]), undefined);
});

Deno.test("startUpText() lets no folder's name drive the terminal", () => {
  assert(textFor().includes("/srv/p\\x1bx"));
});
