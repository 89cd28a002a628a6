import { assert, assertEquals, assertThrows } from "@std/assert";
import { EXIT, ProgramError } from "../errors.ts";
import {
  CLIENT_FLAGS,
  CLIENT_HELP,
  parseClientCommand,
} from "./client_flags.ts";
import { helpOf } from "./flags.ts";

const parse = (...args: string[]) => parseClientCommand(args);

/** Protocol, host, port and verb of what `args` say. */
function meaning(...args: string[]): readonly unknown[] {
  const { protocol, host, port, verb } = parse(...args);
  return [protocol, host, port, verb];
}

/** What somebody is told who types `args`. */
function told(...args: string[]): string {
  const error = assertThrows(() => parse(...args), ProgramError);
  assertEquals(error.exit, EXIT.usage);
  return error.message;
}

Deno.test("parseClientCommand() speaks the wire protocol unless told otherwise", () => {
  assertEquals(meaning("list"), ["wire", "localhost", 5000, "list"]);
  assertEquals(meaning(), ["wire", "localhost", 5000, "prompt"]);
  assertEquals(
    meaning("landline://[::1]:7/", "list"),
    ["wire", "::1", 7, "list"],
  );
  assertEquals(
    meaning("--protocol", "wire", "landline://nas", "list"),
    ["wire", "nas", 5000, "list"],
  );
});

Deno.test("parseClientCommand() speaks HTTP where the flag or the address says so", () => {
  for (
    const [args, host, port, verb] of [
      ["--protocol http list", "localhost", 5000, "list"],
      ["--protocol http --ip ::1 --parallel 5", "::1", 5000, "download"],
      ["http://192.168.1.7:5000/ --out x", "192.168.1.7", 5000, "download"],
      ["http://[::1]:5000 list a", "::1", 5000, "list"],
      ["http://[fe80::1%eth0]:5000/ list", "fe80::1%eth0", 5000, "list"],
      // RFC 9110 4.2.1.
      ["http://nas/ list", "nas", 80, "list"],
      ["http://nas/ --port 7 list", "nas", 7, "list"],
      ["--protocol http http://nas:8/ get a", "nas", 8, "download"],
      ["http://nas:8/ --compare", "nas", 8, "compare"],
    ] as const
  ) {
    assertEquals(meaning(...args.split(" ")), ["http", host, port, verb], args);
  }
  assertEquals(parse("http://nas:8/", "download", "a").words, ["a"]);
});

Deno.test("parseClientCommand() tells at once what HTTP cannot do", () => {
  for (const words of ["upload a", "put a", "run ls", "echo hello"]) {
    assert(
      /needs --protocol wire\n/.test(told("http://nas/", ...words.split(" "))),
    );
    assert(
      told("--protocol", "http", ...words.split(" ")).startsWith("Over HTTP"),
    );
  }
  assert(told("--protocol", "http").startsWith("There is no prompt over HTTP"));
  assert(
    /address is http:/.test(
      told("--protocol=http", "landline://nas/", "list"),
    ),
  );
});

Deno.test("parseClientCommand() refuses addresses that are none, and names one that is", () => {
  for (
    const [address, example] of [
      ["http://", "http://192.168.1.7:5000/"],
      ["http:///list", "http://192.168.1.7:5000/"],
      ["http://nas/folder/", "http://192.168.1.7:5000/"],
      ["http://nas/?list", "http://192.168.1.7:5000/"],
      ["http://me@nas/", "http://192.168.1.7:5000/"],
      ["http://nas:x/", "http://192.168.1.7:5000/"],
      ["https://nas/", "http://192.168.1.7:5000/"],
      ["landline://", "landline://192.168.1.7:5000/"],
    ] as const
  ) {
    assertEquals(
      told(address, "list"),
      `"${address}" is not an address such as ${example}`,
    );
  }
});

Deno.test("CLIENT_HELP tells of the protocols", () => {
  const help = helpOf(CLIENT_HELP, CLIENT_FLAGS);
  assert(/--protocol wire\|http +.*\(wire\)/.test(help), help);
  assert(help.includes("http://"));
});
