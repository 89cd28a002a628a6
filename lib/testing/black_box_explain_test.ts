import { assert, assertEquals, assertMatch } from "@std/assert";
import { explain } from "./black_box_explain.ts";
import type { Rules } from "./black_box_model.ts";
import type { Happening, Look, Shown } from "./black_box_trace.ts";

const RULES: Rules = { hasDates: true, skewMs: 50 };
const ANY: Rules = { hasDates: false, skewMs: 0 };
const PATH = "a";
/** When the traces begin; a second is between two events. */
const BEGIN = 1_000_000;
const DAY = 86_400_000;

type Spoken =
  | readonly [what: "write", peer: number, content: string, over: Shown]
  | readonly [
    what: "write",
    peer: number,
    content: string,
    over: Shown,
    /** Days that the file is old. */
    old: number,
  ]
  | readonly [what: "delete", peer: number, saw: string]
  | readonly [what: "read", peer: number, saw: Shown]
  | readonly [what: "list", peer: number, ...copies: string[]]
  | readonly [what: "freeze" | "thaw", peer: number]
  /** The same at all peers. */
  | readonly [what: "quiet", saw: Shown, ...copies: string[]]
  | readonly [what: "differ", ...looks: Look[]];

function traced(spoken: readonly Spoken[], peers: number): Happening[] {
  return spoken.map((event, index): Happening => {
    const at = BEGIN + index * 1000;
    switch (event[0]) {
      case "write": {
        const [, peer, content, saw, old = 0] = event;
        const mtime = at - old * DAY;
        return { do: "write", peer, path: PATH, content, mtime, saw, at };
      }
      case "delete": {
        const [, peer, saw] = event;
        return { do: "delete", peer, path: PATH, saw, at };
      }
      case "read": {
        const [, peer, saw] = event;
        return { do: "read", peer, path: PATH, saw, at };
      }
      case "list": {
        const [, peer, ...copies] = event;
        return { do: "list", peer, path: PATH, copies, at };
      }
      case "freeze":
      case "thaw":
        return { do: event[0], peer: event[1], at };
      case "quiet": {
        const [, saw, ...copies] = event;
        const looks = Array<Look>(peers).fill({ saw, copies });
        return { do: "stabilize", looks: { [PATH]: looks }, at };
      }
      case "differ": {
        const [, ...looks] = event;
        return { do: "stabilize", looks: { [PATH]: looks }, at };
      }
      default:
        throw event satisfies never;
    }
  });
}

function explained(spoken: readonly Spoken[], rules = RULES, peers = 2) {
  return explain(traced(spoken, peers), PATH, peers, rules);
}

interface Case {
  readonly name: string;
  readonly trace: readonly Spoken[];
  readonly peers?: number;
}

const GOOD: readonly Case[] = [
  {
    name: "what one wrote is seen by the other, later",
    trace: [
      ["write", 0, "x", null],
      ["read", 1, null],
      ["read", 1, "x"],
      ["quiet", "x"],
    ],
  },
  {
    name: "of two who did not know of each other the newer has the name",
    trace: [
      ["write", 0, "x", null],
      ["write", 1, "y", null],
      ["quiet", "y", "x"],
    ],
  },
  {
    name: "the newer is the one of the later date, whoever wrote last",
    trace: [
      ["write", 0, "x", null],
      ["write", 1, "y", null, 1],
      ["read", 1, "y"],
      ["quiet", "x", "y"],
    ],
  },
  {
    name: "who overwrites what came needs no copy of it",
    trace: [
      ["write", 0, "x", null],
      ["write", 1, "y", "x", 1],
      ["quiet", "y"],
    ],
  },
  {
    name: "a delete is seen by all",
    trace: [
      ["write", 0, "x", null],
      ["quiet", "x"],
      ["delete", 1, "x"],
      ["read", 0, "x"],
      ["read", 0, null],
      ["quiet", null],
    ],
  },
  {
    name: "an older edit outlives a delete that did not know of it",
    trace: [
      ["write", 0, "x", null],
      ["quiet", "x"],
      ["write", 0, "y", "x", 1],
      ["delete", 1, "x"],
      ["read", 1, null],
      ["quiet", "y"],
    ],
  },
  {
    name: "all who have an edit tell it again, over each delete",
    peers: 3,
    trace: [
      ["write", 0, "x", null],
      ["quiet", "x"],
      ["freeze", 1],
      ["freeze", 2],
      ["write", 0, "y", "x", 1],
      ["delete", 1, "x"],
      ["delete", 2, "x"],
      ["thaw", 1],
      ["thaw", 2],
      ["quiet", "y"],
      ["delete", 2, "y"],
      ["quiet", null],
    ],
  },
  {
    name:
      "an edit that was told again over a late delete wins over a newer one",
    peers: 3,
    trace: [
      ["write", 0, "x", null],
      ["quiet", "x"],
      ["delete", 0, "x"],
      ["write", 1, "y", "x", 1],
      ["read", 0, null],
      ["write", 2, "z", "x"],
      ["quiet", "y", "z"],
    ],
  },
  {
    name: "a winner comes late, after another one is known elsewhere",
    peers: 3,
    trace: [
      ["write", 0, "x", null],
      ["read", 1, "x"],
      ["write", 1, "y", "x"],
      ["read", 0, "y"],
      ["read", 2, null],
      ["read", 2, "x"],
      ["read", 2, "y"],
      ["quiet", "y"],
    ],
  },
  {
    name: "copies come one after the other",
    peers: 3,
    trace: [
      ["write", 0, "x", null],
      ["write", 1, "y", null],
      ["write", 2, "z", null],
      ["list", 0],
      ["list", 0, "x"],
      ["quiet", "z", "x", "y"],
    ],
  },
  {
    name: "who is frozen goes on afterwards",
    trace: [
      ["freeze", 1],
      ["write", 0, "x", null],
      ["write", 1, "y", null],
      ["read", 0, "x"],
      ["thaw", 1],
      ["read", 0, "y"],
      ["quiet", "y", "x"],
    ],
  },
];

for (const { name, trace, peers } of GOOD) {
  Deno.test(`explain() has an explanation: ${name}`, () => {
    assertEquals(explained(trace, RULES, peers).kind, "explained");
    assertEquals(explained(trace, ANY, peers).kind, "explained");
  });
}

/** Whether it is a fault also where nothing is known of who wins. */
const BAD: readonly (Case & { readonly anyhow: boolean })[] = [
  {
    name: "a write is lost",
    anyhow: true,
    trace: [
      ["write", 0, "x", null],
      ["write", 1, "y", null],
      ["quiet", "y"],
    ],
  },
  {
    name: "a write is lost that only its writer saw",
    anyhow: true,
    trace: [["write", 0, "x", null], ["quiet", null]],
  },
  {
    name: "what was overwritten comes back",
    anyhow: true,
    trace: [
      ["write", 0, "x", null],
      ["quiet", "x"],
      ["write", 1, "y", "x"],
      ["read", 0, "y"],
      ["read", 0, "x"],
    ],
  },
  {
    name: "what was deleted comes back",
    anyhow: true,
    trace: [
      ["write", 0, "x", null],
      ["quiet", "x"],
      ["delete", 0, "x"],
      ["quiet", null],
      ["read", 1, "x"],
    ],
  },
  {
    name: "a new file is overwritten by what its writer has not seen",
    anyhow: true,
    trace: [
      ["write", 0, "x", null],
      ["quiet", "x"],
      ["freeze", 1],
      ["write", 1, "y", "x"],
      ["write", 0, "z", "x"],
      ["read", 0, "z"],
      ["thaw", 1],
      ["read", 1, "z"],
      ["quiet", "z"],
    ],
  },
  {
    name: "two have different files in the end",
    anyhow: true,
    trace: [
      ["write", 0, "x", null],
      ["differ", { saw: "x", copies: [] }, { saw: null, copies: [] }],
    ],
  },
  {
    name: "two have different copies in the end",
    anyhow: true,
    trace: [
      ["write", 0, "x", null],
      ["write", 1, "y", null],
      ["differ", { saw: "y", copies: ["x"] }, { saw: "y", copies: [] }],
    ],
  },
  {
    name: "a copy is there twice",
    anyhow: true,
    trace: [
      ["write", 0, "x", null],
      ["write", 1, "y", null],
      ["quiet", "y", "x", "x"],
    ],
  },
  {
    name: "a copy is made of what was overwritten with knowledge of it",
    anyhow: true,
    trace: [
      ["write", 0, "x", null],
      ["quiet", "x"],
      ["write", 1, "y", "x"],
      ["quiet", "y", "x"],
    ],
  },
  {
    name: "a copy is made of what has not lost",
    anyhow: true,
    trace: [["write", 0, "x", null], ["list", 1, "x"]],
  },
  {
    name: "a change loses against what was changed",
    anyhow: true,
    trace: [
      ["write", 0, "x", null],
      ["quiet", "x"],
      ["write", 0, "y", "x"],
      ["quiet", "x", "y"],
    ],
  },
  {
    name: "the file is gone for a moment while it is replaced",
    anyhow: true,
    trace: [
      ["write", 0, "x", null],
      ["quiet", "x"],
      ["write", 0, "y", "x"],
      ["read", 1, null],
    ],
  },
  {
    name: "half of it is seen",
    anyhow: true,
    trace: [["write", 0, "xx", null], ["read", 1, "x"]],
  },
  {
    name: "a frozen peer does something",
    anyhow: true,
    trace: [
      ["freeze", 1],
      ["write", 0, "x", null],
      ["read", 1, "x"],
    ],
  },
  {
    name: "an edit goes with a delete that did not know of it",
    anyhow: true,
    trace: [
      ["write", 0, "x", null],
      ["quiet", "x"],
      ["write", 0, "y", "x", 1],
      ["delete", 1, "x"],
      ["quiet", null],
    ],
  },
  {
    name: "the older date wins",
    anyhow: false,
    trace: [
      ["write", 0, "x", null],
      ["write", 1, "y", null, 1],
      ["quiet", "y", "x"],
    ],
  },
  {
    name: "the older one is seen where the newer one was",
    anyhow: false,
    trace: [
      ["write", 0, "x", null],
      ["write", 1, "y", null, 1],
      ["read", 0, "y"],
    ],
  },
];

for (const { name, trace, peers, anyhow } of BAD) {
  Deno.test(`explain() has no explanation: ${name}`, () => {
    assertEquals(explained(trace, RULES, peers).kind, "unexplained");
    assertEquals(
      explained(trace, ANY, peers).kind,
      anyhow ? "unexplained" : "explained",
    );
  });
}

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
