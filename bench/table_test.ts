import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { BEGIN, END, render, replaceTable } from "./table.ts";

const CHAPTER = {
  name: "pictures",
  about: "283 pictures",
  report: {
    rows: [{
      contender: "a|b",
      result: "0.098 s",
      spread: "0.090 - 0.110",
      rate: "459 MB/s",
    }],
    goals: [
      { what: "x", measured: "0.90 x", wanted: "at most 1 x curl", met: true },
      { what: "x", measured: "1.70 x", wanted: "at most 1.6 x cp", met: false },
      {
        what: "x",
        measured: "curl: skipped",
        wanted: "at most 1 x curl",
        met: undefined,
      },
    ],
  },
};

Deno.test("render() says for every goal whether it is met, and when it was not measured", () => {
  const lines = render([CHAPTER], []).split("\n").filter((line) =>
    line.startsWith("| pictures")
  );
  assertEquals(lines.map((line) => line.split("|").at(-2)!.trim()), [
    "yes",
    "NO",
    "not measured",
  ]);
});

Deno.test("render() escapes what would end a cell", () => {
  assertStringIncludes(render([CHAPTER], []), "| a\\|b ");
});

Deno.test("render() lists the facts first", () => {
  assertEquals(
    render([CHAPTER], ["2 cores"]).startsWith("- 2 cores\n\n| job"),
    true,
  );
});

Deno.test("replaceTable() replaces what stood between the marks, and only that", () => {
  const page = `before\n${BEGIN}\nold\n${END}\nafter\n`;
  const once = replaceTable(page, "| new |\n");
  assertEquals(once, `before\n${BEGIN}\n\n| new |\n\n${END}\nafter\n`);
  assertEquals(replaceTable(once, "| new |\n"), once);
});

Deno.test("replaceTable() refuses a page without the marks", () => {
  for (const page of ["", BEGIN, `${END} ${BEGIN}`]) {
    assertThrows(
      () => replaceTable(page, "x"),
      Error,
      "Cannot write the table",
    );
  }
});
