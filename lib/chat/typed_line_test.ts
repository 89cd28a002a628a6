import { assertEquals } from "@std/assert";
import { EVERYONE, parseTyped, type Typed } from "./typed_line.ts";

const say = (to: string, text: string): Typed => ({ kind: "say", to, text });
const act = (to: string, text: string): Typed => ({ kind: "act", to, text });
const unclear = (text: string): Typed => ({ kind: "unclear", text });

/** What is typed, and what it means. */
const FORMS: readonly (readonly [string, Typed])[] = [
  ["hello | bob", say("bob", "hello")],
  ["hello | *", say(EVERYONE, "hello")],
  ["hello", say(EVERYONE, "hello")],
  ["  two  blanks ", say(EVERYONE, "  two  blanks ")],
  ["hello |  bob  ", say("bob", "hello")],
  ["hello | Mary Ann", say("Mary Ann", "hello")],
  ["a | b | bob", say("bob", "a | b")],
  ["a|b", say(EVERYONE, "a|b")],
  ["a|b | bob", say("bob", "a|b")],
  ["a| b |c", say(EVERYONE, "a| b |c")],
  ["hello |", say(EVERYONE, "hello |")],
  ["hello | ", say(EVERYONE, "hello | ")],
  ["hello | bob | ", say(EVERYONE, "hello | bob | ")],
  [" | bob", unclear("There is no message in front of the |")],
  ["   | bob", unclear("There is no message in front of the |")],
  [
    "ps | grep x|wc",
    unclear("What stands behind the last | with blanks is a name: it has no |"),
  ],
  ["👍🏽 | Åsa", say("Åsa", "👍🏽")],
  ["שלום | דוד", say("דוד", "שלום")],
  ["e\u0301 | e\u0301", say("e\u0301", "e\u0301")],
  ["<b>no</b> | <i>", say("<i>", "<b>no</b>")],
  ["", { kind: "nothing" }],
  [" \t ", { kind: "nothing" }],
  ["/me waves", act(EVERYONE, "waves")],
  ["/me waves | bob", act("bob", "waves")],
  ["/me", unclear("What do you do? /me waves")],
  ["/me   ", unclear("What do you do? /me waves")],
  ["/me  | bob", unclear("What do you do? /me waves")],
  ["//etc | bob", say("bob", "/etc")],
  ["//", say(EVERYONE, "/")],
  [" /who", say(EVERYONE, " /who")],
  ["/nick Mary Ann ", { kind: "nick", name: "Mary Ann" }],
  ["/nick", unclear("Which name? /nick NAME")],
  ["/who", { kind: "who" }],
  ["/who ", { kind: "who" }],
  ["/help", { kind: "help" }],
  ["/quit", { kind: "quit" }],
  ["/history", { kind: "history", count: 50 }],
  ["/history 7 ", { kind: "history", count: 7 }],
  ["/history 0", { kind: "history", count: 0 }],
  ["/history 10000", { kind: "history", count: 10_000 }],
  ["/history 10001", unclear("How many lines? /history 50")],
  ["/history -1", unclear("How many lines? /history 50")],
  ["/history 1e3", unclear("How many lines? /history 50")],
  ["/history 0x10", unclear("How many lines? /history 50")],
  ["/whoo", unclear("There is no /whoo; /help tells what there is")],
  [
    "/constructor",
    unclear("There is no /constructor; /help tells what there is"),
  ],
  ["/", unclear("There is no /; /help tells what there is")],
];

Deno.test("parseTyped() understands what is typed", () => {
  for (const [line, typed] of FORMS) {
    assertEquals(parseTyped(line), typed, line);
  }
});

Deno.test("parseTyped() gives no name that could move the border of a field", () => {
  for (const [line] of FORMS) {
    const typed = parseTyped(`x | ${line}`);
    assertEquals("to" in typed && typed.to.includes("|"), false, line);
  }
});
