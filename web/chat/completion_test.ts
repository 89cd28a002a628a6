import { assertEquals } from "@std/assert";
import { completions } from "./completion.js";

const NAMES = ["alice", "Bob", "bobby", "Mary Ann"];

Deno.test("completions() finds names for the word before the cursor", () => {
  const cases: [string, string[]][] = [
    ["al", ["alice"]],
    ["hello bo", ["hello Bob", "hello bobby"]],
    ["hello | bo", ["hello | Bob", "hello | bobby"]],
    ["hello | mary a", ["hello | Mary Ann"]],
    ["a | b | M", ["a | b | Mary Ann"]],
    ["hello | ", NAMES.map((name) => `hello | ${name}`)],
    ["hello | x", []],
    ["", []],
    ["hello ", []],
    ["the", []],
    ["$& bo(", []],
  ];
  for (const [text, expected] of cases) {
    assertEquals(completions(text, NAMES), expected, text);
  }
});
