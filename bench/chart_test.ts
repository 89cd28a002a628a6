import {
  assert,
  assertEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { barChart } from "./chart.ts";

const OPTIONS = { title: "283 files", unit: "s" };

/** The widths of the bars, from the top down. */
function barWidths(svg: string): number[] {
  return [...svg.matchAll(/class="bar"[^>]* width="([\d.]+)"/g)].map((match) =>
    Number(match[1])
  );
}

Deno.test("barChart() draws bars in proportion to their values", () => {
  const [first, second] = barWidths(
    barChart([{ label: "1 connection", value: 4 }, {
      label: "5 connections",
      value: 1,
    }], OPTIONS),
  );
  assert(Math.abs(first! / second! - 4) < 0.01);
});

Deno.test("barChart() says label, value, unit and note of each bar", () => {
  const svg = barChart([{
    label: "5 connections",
    value: 0.09123,
    note: "2.9 x",
  }], OPTIONS);
  assertStringIncludes(svg, ">5 connections</text>");
  assertStringIncludes(svg, ">0.0912 s (2.9 x)</text>");
  assertStringIncludes(svg, ">283 files</text>");
});

Deno.test("barChart() escapes text that would be markup", () => {
  const svg = barChart([{ label: "<script>&\"'", value: 1 }], {
    title: "a < b & c",
    unit: "<s>",
  });
  assertStringIncludes(svg, "&lt;script&gt;&amp;&quot;'");
  assertStringIncludes(svg, "a &lt; b &amp; c");
  assert(!svg.includes("<script"));
});

Deno.test("barChart() replaces characters XML cannot carry", () => {
  const svg = barChart(
    [{ label: "a\u0000b\u001b[31m\ud800", value: 1 }],
    OPTIONS,
  );
  assertStringIncludes(svg, "a\ufffdb\ufffd[31m\ufffd");
});

Deno.test("barChart() draws zeros, and no bars at all, without dividing by nothing", () => {
  assertEquals(barWidths(barChart([{ label: "none", value: 0 }], OPTIONS)), [
    1,
  ]);
  assertStringIncludes(barChart([], OPTIONS), "</svg>");
});

Deno.test("barChart() keeps the bars inside the picture beside labels that are too long", () => {
  const svg = barChart([{ label: "x".repeat(200), value: 3 }, {
    label: "y",
    value: 3,
  }], { ...OPTIONS, width: 300 });
  for (
    const match of svg.matchAll(
      /<rect [^>]*x="([\d.]+)"[^>]* width="([\d.]+)"/g,
    )
  ) {
    assert(Number(match[1]) + Number(match[2]) <= 300);
  }
});

Deno.test("barChart() refuses a value that is no length", () => {
  for (const value of [NaN, Infinity, -1]) {
    assertThrows(
      () => barChart([{ label: "odd", value }], OPTIONS),
      RangeError,
      `"odd"`,
    );
  }
});

Deno.test("barChart() gives both colour schemes", () => {
  assertStringIncludes(barChart([], OPTIONS), "prefers-color-scheme: dark");
});
