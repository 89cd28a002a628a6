import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { cpuTime } from "../testing/cpu_time.ts";
import { mayChange } from "./same_origin.ts";

const ALLOWED = ["files.example.com"];
const FOREIGN_PAGE = "The request comes from a page of another site";

/** Why a request with these fields is refused; `undefined` if it is not. */
function refusal(
  host: string | undefined,
  origin?: string,
  secFetchSite?: string,
): string | undefined {
  return mayChange({ host, origin, secFetchSite }, ALLOWED);
}

const OUR_HOSTS = [
  "localhost",
  "localhost:5000",
  "LOCALHOST:5000",
  "localhost.:5000",
  "app.localhost",
  "127.0.0.1",
  "127.0.0.1:5000",
  "0.0.0.0:5000",
  "255.255.255.255",
  "192.168.178.20:5000",
  // Not ours alone, but an address is no name: nobody can make it point elsewhere.
  "93.184.215.14",
  "[::1]",
  "[::1]:5000",
  "[FE80::1]:5000",
  "[fe80::1%25eth0]:5000",
  "[::ffff:192.0.2.1]",
  "nas",
  "my_pc:5000",
  "xn--fe-fka",
  "nas.local",
  "a.b.local:5000",
  "nas.lan",
  "nas.home",
  "nas.internal",
  "nas.home.arpa",
  "nas.localdomain",
  "NAS.Local.",
  "files.example.com",
  "Files.Example.COM.:8080",
  "nas:",
  "nas:65535",
  "192.lan",
  "0x7f.1.nas.local",
];

Deno.test("mayChange() lets programs through, which say nothing of a page, by every name that is ours", () => {
  for (const host of OUR_HOSTS) assertEquals(refusal(host), undefined, host);
  assertEquals(refusal(undefined), undefined);
});

const FOREIGN_HOSTS = [
  "example.com",
  "evil.com:5000",
  "files.example.com.evil.com",
  "x.files.example.com",
  "example.com.",
  "127.0.0.1.evil.com",
  "localhost.evil.com",
  "192.168.0.1.nip.io:5000",
  "evil-local.com",
  "evil.com.local.evil.com",
  "fritz.box",
  "home.arpa.evil.com",
  "arpa.com",
  "notlan.notlocal.nothome",
  // Addresses that are written in a way no browser sends.
  "2130706433",
  "0x7f000001",
  "0x7f.1",
  "0x",
  "127.1",
  "127.0.1",
  "127.0.0.01",
  "0177.0.0.1",
  "256.0.0.1",
  "1.2.3.4.5",
  "127.0.0.1.",
  "evil.1",
  // Names that are none.
  ".",
  "..",
  ".local",
  "nas..local",
  "nas.local..",
  "-.com",
];

Deno.test("mayChange() refuses names that a stranger can own and let point here, whatever else is said (W5)", () => {
  for (const host of FOREIGN_HOSTS) {
    const allows = "--allow-host NAME";
    assertStringIncludes(refusal(host) ?? `${host} passes`, allows);
    // Just what a page gets that rebinds its own name.
    assertStringIncludes(
      refusal(host, `http://${host}`, "same-origin")!,
      allows,
    );
  }
});

Deno.test("mayChange() refuses a Host that is none", () => {
  const broken = [
    "",
    ":80",
    "user@localhost",
    "localhost:5000:5000",
    "localhost:x",
    "localhost:123456",
    "localhost:65536",
    "localhost:-1",
    "localhost/",
    "localhost, localhost",
    "local host",
    "local\u00a0host",
    "%6cocalhost",
    "::1",
    "[::1",
    "[evil.com]",
    "[::1].evil.com",
    "[::1%eth0]",
    "[]",
    "n\u00e4s.local",
    // A letter that becomes an ASCII one in lower case.
    "\u212aiosk",
  ];
  for (const host of broken) {
    assertEquals(
      refusal(host),
      "The Host field is not a host and a port",
      host,
    );
  }
});

/** Host and Origin of our own pages. */
const OWN_PAGES: [host: string, origin: string][] = [
  ["localhost:5000", "http://localhost:5000"],
  ["LocalHost:5000", "http://localhost:5000"],
  ["localhost:5000", "HTTP://LOCALHOST:5000"],
  ["192.168.1.5:5000", "http://192.168.1.5:5000"],
  ["[::1]:5000", "http://[::1]:5000"],
  ["nas.local", "http://nas.local"],
  // The usual ports, said by one of them only.
  ["nas.local:80", "http://nas.local"],
  ["nas.local", "http://nas.local:80"],
  ["nas.local:", "http://nas.local"],
  // A proxy speaks TLS for us.
  ["files.example.com", "https://files.example.com"],
  ["files.example.com:443", "https://files.example.com"],
  ["files.example.com:8443", "https://files.example.com:8443"],
  ["nas.local.:5000", "http://nas.local.:5000"],
];

Deno.test("mayChange() lets our own pages through", () => {
  for (const [host, origin] of OWN_PAGES) {
    assertEquals(refusal(host, origin), undefined, `${host} ${origin}`);
    assertEquals(refusal(host, origin, "same-origin"), undefined);
    assertEquals(refusal(host, origin, "none"), undefined);
  }
});

/** Origins that are not `localhost:5000`. */
const FOREIGN_ORIGINS = [
  "null",
  "",
  "*",
  "http://evil.com",
  "http://localhost",
  "https://localhost",
  "http://localhost:5001",
  "http://localhost:50000",
  "http://localhost:500",
  "http://localhost:",
  "http://localhost.:5000",
  "http://localhost.evil.com:5000",
  "http://evil.com/localhost:5000",
  "http://evil.com#localhost:5000",
  "http://evil.com?localhost:5000",
  "http://localhost:5000@evil.com",
  "http://evil.com@localhost:5000",
  "http://user:pw@localhost:5000",
  "http://127.0.0.1:5000",
  "http://[::1]:5000",
  "http://app.localhost:5000",
  "http://localhost:5000/",
  "http://localhost:5000 ",
  " http://localhost:5000",
  "http://localhost:5000, http://localhost:5000",
  "http://localhost:5000 http://evil.com",
  "http:localhost:5000",
  "http:/localhost:5000",
  "http:\\\\localhost:5000",
  "//localhost:5000",
  "localhost:5000",
  "ftp://localhost:5000",
  "file://",
  "chrome-extension://localhost:5000",
  "httpx://localhost:5000",
  "http://localhost:5000\n",
  "http://\u212aiosk",
];

Deno.test("mayChange() refuses pages of every other site, of another port and another name of ours too (W5)", () => {
  for (const origin of FOREIGN_ORIGINS) {
    for (const site of [undefined, "same-origin", "none"]) {
      assertEquals(
        refusal("localhost:5000", origin, site),
        FOREIGN_PAGE,
        origin,
      );
    }
  }
});

Deno.test("mayChange() takes http and https for different sites where the port does not say otherwise", () => {
  assertEquals(refusal("nas.local:80", "https://nas.local"), FOREIGN_PAGE);
  assertEquals(refusal("nas.local:443", "http://nas.local"), FOREIGN_PAGE);
});

Deno.test("mayChange() refuses a page if there is no Host to compare it with", () => {
  assertEquals(refusal(undefined, "http://localhost"), FOREIGN_PAGE);
});

Deno.test("mayChange() refuses what Sec-Fetch-Site says of other sites, even without an Origin", () => {
  for (
    const site of [
      "cross-site",
      "same-site",
      "",
      "Same-Origin",
      "same-origin, cross-site",
      "none, none",
      "anything",
    ]
  ) {
    assertEquals(refusal("localhost", undefined, site), FOREIGN_PAGE, site);
    assertEquals(refusal("localhost", "http://localhost", site), FOREIGN_PAGE);
    assertEquals(refusal(undefined, undefined, site), FOREIGN_PAGE);
  }
});

Deno.test("mayChange() says nothing that the request said (X4, X6)", () => {
  for (
    const said of [
      refusal("evil.com", "http://evil.com"),
      refusal("localhost", "http://evil.com"),
      refusal("evil/com"),
    ]
  ) assert(said !== undefined && !said.includes("evil"));
});

Deno.test("mayChange() looks at 32 KiB of anything once", () => {
  const began = cpuTime();
  for (
    const filler of ["a.", "1.", ".", "a", "1", ":", "[", "0x.", "-", "%25"]
  ) {
    for (const end of ["", "!", ".", ":1", "]", ".local"]) {
      const host = filler.repeat(32 * 1024 / filler.length) + end;
      refusal(host);
      refusal("[" + host);
      refusal("localhost", "http://" + host);
    }
  }
  assert(cpuTime() - began < 1000);
});
