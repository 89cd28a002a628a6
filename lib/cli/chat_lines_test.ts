import { assertEquals } from "@std/assert";
import {
  namesLine,
  notTakenLine,
  plainLine,
  presenceLine,
  type Said,
  saidLine,
  shown,
} from "./chat_lines.ts";

const PLAIN = { colors: false, time: false };
const COLOURED = { colors: true, time: true };

const said = (over: Partial<Said> = {}): Said => ({
  kind: "message",
  isOld: false,
  time: 1700000000000,
  from: "alice",
  to: "*",
  text: "hello",
  ...over,
});

/** `line` without what only decorates it. */
function plain(line: string): string {
  return line.replace(/\x1b\[[\d;]*m/g, "");
}

Deno.test("saidLine() and plainLine() give FROM|TEXT, whatever the text is", () => {
  for (const text of ["hello", "a|b", " | ", "||", "שלום", "👩‍👩‍👧", "e\u0301"]) {
    assertEquals(saidLine(said({ text }), PLAIN), `alice|${text}`);
    assertEquals(plainLine(said({ text }), false), `alice|${text}`);
  }
  const action = said({ kind: "action", text: "waves" });
  assertEquals(saidLine(action, PLAIN), "* alice waves");
  assertEquals(plainLine(action, false), "alice|/me waves");
});

Deno.test("saidLine() decorates by colour and time alone, and says neither of a text of somebody else", () => {
  for (const isOld of [false, true]) {
    for (const to of ["*", "bob"]) {
      for (const kind of ["message", "action"] as const) {
        const line = saidLine(said({ isOld, to, kind }), COLOURED);
        const bare = saidLine(said({ isOld, to, kind }), PLAIN);
        assertEquals(plain(line).replace(/^\d\d:\d\d /, ""), bare);
        assertEquals(line.endsWith("\x1b[0m"), isOld || to !== "*");
      }
    }
  }
});

Deno.test("saidLine() gives a name the same colour in any case, and others to others", () => {
  const colour = (from: string) =>
    /\x1b\[(\d+)m/.exec(saidLine(said({ from }), { ...PLAIN, colors: true }))
      ?.[1];
  assertEquals(colour("Bob"), colour("bob"));
  const names = ["alice", "bob", "carol", "dave", "erin", "frank"];
  assertEquals(new Set(names.map(colour)).size >= 3, true);
});

Deno.test("plainLine() gives the time that sorts, and a time that is none as -", () => {
  assertEquals(plainLine(said(), true), "2023-11-14T22:13:20Z alice|hello");
  assertEquals(
    plainLine(said({ time: 2 ** 53 - 1 }), true),
    "- alice|hello",
  );
  assertEquals(
    saidLine(said({ time: 2 ** 53 - 1 }), { ...PLAIN, time: true }),
    "--:-- alice|hello",
  );
});

Deno.test("shown() escapes what could drive a terminal, forge a line, turn it around or hide, and keeps the joiners", () => {
  // security.md L2.
  const codes = [
    ...Array(0x20).keys(),
    ...Array.from({ length: 0x21 }, (_, i) => 0x7f + i),
    0x200b,
    0x200e,
    0x200f,
    0x2028,
    0x2029,
    0x202a,
    0x202e,
    0x2060,
    0x2066,
    0x2069,
    0xfeff,
    0xd800,
  ];
  for (const code of codes) {
    const character = String.fromCodePoint(code);
    for (const text of [character, `👩\u200d👧${character}می\u200cخ`]) {
      assertEquals(shown(text).includes(character), false, code.toString(16));
    }
  }
  assertEquals(shown("👩\u200d👧 می\u200cخ"), "👩\u200d👧 می\u200cخ");
});

Deno.test("every line about others shows their names and texts escaped", () => {
  const evil = "a\x1b[2J\n";
  for (
    const line of [
      saidLine(said({ from: evil, text: evil }), PLAIN),
      plainLine(said({ from: evil, text: evil, kind: "action" }), true),
      presenceLine("came", [evil]),
      namesLine([evil]),
      notTakenLine(evil, evil),
    ]
  ) assertEquals(/[\x1b\n]/.test(line), false, line);
});

Deno.test("presenceLine() names a few, and counts many", () => {
  assertEquals(presenceLine("came", ["bob", "Mary Ann"]), "+ bob, Mary Ann");
  assertEquals(presenceLine("left", ["bob"]), "- bob");
  assertEquals(presenceLine("left", Array(1000).fill("x")), "- 1000 people");
});

Deno.test("notTakenLine() tells the beginning of what was typed, and why", () => {
  assertEquals(notTakenLine("", "Not UTF-8"), "Not sent: Not UTF-8");
  assertEquals(notTakenLine("a | b", "No such"), 'Not sent: "a | b": No such');
  assertEquals(
    notTakenLine("🙂".repeat(61), "Too long"),
    `Not sent: "${"🙂".repeat(60)}...": Too long`,
  );
});
