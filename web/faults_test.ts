import { assertEquals } from "@std/assert";
import { faultOf, sentenceIn } from "./faults.js";

Deno.test("sentenceIn() gives the sentence behind the status, and nothing of what is not ours", () => {
  const cases: [string, string | undefined][] = [
    ["409 Conflict: A file is there\n", "A file is there"],
    ["507 Insufficient Storage: The disk is full", "The disk is full"],
    ["414 URI Too Long: Too long: 9000", "Too long: 9000"],
    ["The disk is full", "The disk is full"],
    ["", undefined],
    ["<html>Bad Gateway</html>", undefined],
    ["two\nlines", undefined],
    ["x".repeat(301), undefined],
  ];
  for (const [text, expected] of cases) {
    assertEquals(sentenceIn(text), expected);
  }
});

Deno.test("faultOf() says the status where there is no sentence", async () => {
  const empty = new Response("", { status: 502 });
  assertEquals(await faultOf(empty), "The server answers 502");
});
