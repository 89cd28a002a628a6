import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { fold, NameFault, toChatName } from "./names.ts";

/** What is a name, and how it is shown where that is another text. */
const NAMES: [text: string, shown?: string][] = [
  ["alice"],
  ["a"],
  ["Alice B."],
  ["a-b_c@d"],
  ["-"],
  ["**"],
  ["server2"],
  ["a/b"],
  ["x".repeat(32)],
  ["😀".repeat(32)],
  ["Ελένη"],
  ["李雷"],
  ["עליזה"],
  ["فاطمة"],
  ["Zoë", "Zoë"],
  ["Zoe\u0308", "Zoë"],
  ["क्षि"],
  ["ＢＯＢ", "ＢＯＢ"],
  ["👩‍👩‍👧"],
  ["❤️ Mia"],
  ["1️⃣"],
  ["🇳🇱"],
  ["<img onerror=x>"],
  ["{__proto__}"],
  ["__proto__"],
  ["constructor"],
];

for (const [text, shown = text] of NAMES) {
  Deno.test(`toChatName() takes ${text}`, () => {
    assertEquals(toChatName(text).shown, shown);
  });
}

const EMPTY = "A name has at least one character";
const LONG = "A name has at most 32 characters";
const BAR = "A name cannot contain |";
const BLANKS = "A name has blanks only one by one, and inside";
const UNSEEN = "A name has a character that cannot be seen";

const NO_NAMES: [what: string, text: string, why: string][] = [
  ["nothing", "", EMPTY],
  ["33 characters", "x".repeat(33), LONG],
  ["33 emoji", "😀".repeat(33), LONG],
  ["a bar", "a|b", BAR],
  ["a wide bar", "a｜b", BAR],
  ["a blank alone", " ", BLANKS],
  ["a blank in front", " a", BLANKS],
  ["a blank behind", "a ", BLANKS],
  ["two blanks", "a  b", BLANKS],
  ["a line end", "a\nb", UNSEEN],
  ["a CR", "a\rb", UNSEEN],
  ["a NUL", "a\0", UNSEEN],
  ["an escape", "\x1b[31mred", UNSEEN],
  ["DEL", "a\x7f", UNSEEN],
  ["a control character of C1", "a\x9b31m", UNSEEN],
  ["a tab", "a\tb", UNSEEN],
  ["a blank that does not break", "a\u00a0b", UNSEEN],
  ["an ideographic blank", "a\u3000b", UNSEEN],
  ["a line separator", "a\u2028b", UNSEEN],
  ["an override of direction", "a\u202eb", UNSEEN],
  ["an isolate of direction", "a\u2066b", UNSEEN],
  ["a mark of direction", "a\u200f", UNSEEN],
  ["a blank of zero width", "a\u200bb", UNSEEN],
  ["a joiner between letters", "a\u200db", UNSEEN],
  ["a joiner behind an emoji", "😀\u200d", UNSEEN],
  ["a variation selector behind a letter", "a\ufe0f", UNSEEN],
  ["a byte order mark", "\ufeffa", UNSEEN],
  ["a soft hyphen", "a\u00adb", UNSEEN],
  ["a filler of Hangul", "\u3164", UNSEEN],
  ["a blank of Braille", "\u2800", UNSEEN],
  ["a tag", "a\u{e0041}", UNSEEN],
  ["a private character", "\ue000", UNSEEN],
  ["an unassigned character", "\u0378", UNSEEN],
  ["half a surrogate", "a\ud800", UNSEEN],
  ["a mark alone", "\u0301a", UNSEEN],
  ["a command", "/who", "A name cannot begin with /"],
  ["everyone", "*", "Nobody can be called *"],
  ["everyone, wide", "＊", "Nobody can be called ＊"],
  ["the server", "Server", "Nobody can be called Server"],
  ["the server, wide", "ＳＥＲＶＥＲ", "Nobody can be called ＳＥＲＶＥＲ"],
  ["the server with an old s", "ſerver", "Nobody can be called ſerver"],
];

for (const [what, text, why] of NO_NAMES) {
  Deno.test(`toChatName() refuses ${what}`, () => {
    assertThrows(() => toChatName(text), NameFault, why);
  });
}

const SAME: [string, string][] = [
  ["Bob", "bOB"],
  ["bob", "ＢＯＢ"],
  ["Zoë", "ZOE\u0308"],
  ["Strasse", "Straße"],
  ["Straße", "STRAẞE"],
  ["Σίσυφος", "ΣΊΣΥΦΟΣ"],
  ["ﬁn", "FIN"],
  ["ǅ", "dž"],
  ["ıan", "IAN"],
  ["Kelvin", "\u212aelvin"],
  ["x²", "X2"],
  ["ᾳ", "αι"],
  ["❤️", "❤"],
  ["👩‍👧", "👩👧"],
  // Marks in another order are the same letter.
  ["a\u0323\u0307", "a\u0307\u0323"],
];

for (const [a, b] of SAME) {
  Deno.test(`fold() makes one name of ${a} and ${b}`, () => {
    assertEquals(fold(a), fold(b));
  });
}

/** What only looks alike stays apart: which letters a person may confuse is no question of case or width. */
const OTHERS: [string, string][] = [
  ["bob", "bob2"],
  ["Zoë", "Zoe"],
  ["alice", "аlice"],
  ["👩", "👧"],
];

for (const [a, b] of OTHERS) {
  Deno.test(`fold() keeps ${a} and ${b} apart`, () => {
    assertNotEquals(fold(a), fold(b));
  });
}

Deno.test("fold() of what was folded changes nothing, for every letter", () => {
  for (let code = 0x20; code < 0x30000; code++) {
    const folded = fold(String.fromCodePoint(code));
    assertEquals(fold(folded), folded, code.toString(16));
  }
});
