import { assertEquals } from "@std/assert";
import { ANY, explained, RULES, type Spoken } from "./black_box_spoken.ts";

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
