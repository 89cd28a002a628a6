import { assert, assertEquals, assertMatch } from "@std/assert";
import { explain } from "./black_box_explain.ts";
import {
  ANY,
  BEGIN,
  explained,
  PATH,
  RULES,
  type Spoken,
  traced,
} from "./black_box_spoken.ts";
import type { Happening, Shown } from "./black_box_trace.ts";

Deno.test("explain() says where a trace cannot be explained, and what could have been", () => {
  const result = explained([
    ["write", 0, "x", null],
    ["write", 1, "y", null],
    ["quiet", "y"],
  ]);
  assert(result.kind === "unexplained");
  assertEquals(result.at, 2);
  assertMatch(result.text, /could only be y \(copies: x\)$/);
});

Deno.test("explain() does not decide between what happened at about the same time", () => {
  const near = (saw: Shown, copy: string): Happening[] => {
    const write = { do: "write", path: PATH, saw: null } as const;
    const looks = Array(2).fill({ saw, copies: [copy] });
    return [
      { ...write, peer: 0, content: "x", mtime: BEGIN, at: BEGIN },
      { ...write, peer: 1, content: "y", mtime: BEGIN + 9, at: BEGIN + 9 },
      { do: "stabilize", looks: { [PATH]: looks }, at: BEGIN + 1000 },
    ];
  };
  for (const trace of [near("y", "x"), near("x", "y")]) {
    assertEquals(explain(trace, PATH, 2, RULES).kind, "explained");
  }
  const exact = { ...RULES, skewMs: 5 };
  assertEquals(explain(near("y", "x"), PATH, 2, exact).kind, "explained");
  assertEquals(explain(near("x", "y"), PATH, 2, exact).kind, "unexplained");
});

Deno.test("explain() remembers that what was seen late may have been made late", () => {
  const trace: readonly Spoken[] = [
    ["write", 0, "x", null],
    ["quiet", "x"],
    ["delete", 0, "x"],
    ["write", 1, "y", "x", 1],
    ["read", 0, null],
    ["read", 3, null],
    ["write", 2, "z", "x"],
    ["quiet", "y", "z"],
  ];
  // The delete came to peer 3 a second before z was written: it can be newer only if time is that uncertain.
  assertEquals(explained(trace, RULES, 4).kind, "unexplained");
  const vague = { ...RULES, skewMs: 600 };
  assertEquals(explained(trace, vague, 4).kind, "explained");
});

Deno.test("explain() does not follow what makes no difference", () => {
  const trace: readonly Spoken[] = [
    ["write", 0, "x", null],
    ["write", 0, "y", "x"],
    ["write", 1, "z", null, 1],
    ["quiet", "y", "z"],
    ["write", 0, "v", "y", 1],
    ["delete", 1, "y"],
    ["delete", 2, "y"],
    ["write", 1, "w", null],
    ["quiet", "w", "v", "z"],
  ];
  const result = explained(trace, RULES, 3);
  assert(result.kind === "explained");
  // 465 and more without any one of what makes states the same, or strikes them out.
  assertEquals(result.states, 418);
});

Deno.test("explain() gives up where there is too much that could be", () => {
  const trace = traced([
    ["write", 0, "x", null],
    ["write", 1, "y", null],
    ["write", 2, "z", null],
    ["read", 0, "x"],
  ], 3);
  assertEquals(explain(trace, PATH, 3, ANY, 50), { kind: "undecided", at: 3 });
  assertEquals(explain(trace, PATH, 3, ANY).kind, "explained");
});
