import { assertEquals } from "@std/assert";
import { faultsOf } from "./black_box_faults.ts";
import type { Happening, Look, Shown } from "./black_box_trace.ts";

const PATH = "a";

function write(peer: number, content: string, saw: Shown): Happening {
  return { do: "write", peer, path: PATH, content, mtime: 0, saw, at: 0 };
}

function remove(peer: number, saw: string): Happening {
  return { do: "delete", peer, path: PATH, saw, at: 0 };
}

function read(peer: number, saw: Shown): Happening {
  return { do: "read", peer, path: PATH, saw, at: 0 };
}

function list(peer: number, ...copies: string[]): Happening {
  return { do: "list", peer, path: PATH, copies, at: 0 };
}

function differ(...looks: Look[]): Happening {
  return { do: "stabilize", looks: { [PATH]: looks }, at: 0 };
}

function quiet(saw: Shown, ...copies: string[]): Happening {
  return differ({ saw, copies }, { saw, copies });
}

const CASES: readonly {
  readonly name: string;
  readonly trace: readonly Happening[];
  readonly faults: readonly string[];
}[] = [
  {
    name: "nothing where all is kept, or was taken away by who had it",
    trace: [
      write(0, "x", null),
      write(1, "y", null),
      quiet("y", "x"),
      write(0, "z", "y"),
      quiet("z", "x"),
      remove(1, "z"),
      list(0, "x"),
      quiet(null, "x"),
    ],
    faults: [],
  },
  {
    name: "a write that is lost",
    trace: [write(0, "x", null), write(1, "y", null), quiet("y")],
    faults: ["x is lost: nobody who had it took it away"],
  },
  {
    name: "what is lost only once",
    trace: [write(0, "x", null), quiet(null), quiet(null)],
    faults: ["x is lost: nobody who had it took it away"],
  },
  {
    name: "what comes back",
    trace: [
      write(0, "x", null),
      remove(0, "x"),
      quiet(null),
      read(1, "x"),
    ],
    faults: ["Peer 1 shows x, which was gone everywhere"],
  },
  {
    name: "what nobody wrote",
    trace: [write(0, "xx", null), read(1, "x"), list(1, "?")],
    faults: [
      "Peer 1 shows x, which nobody wrote",
      "Peer 1 shows ?, which nobody wrote",
    ],
  },
  {
    name: "what was replaced, and written by nobody",
    trace: [write(0, "x", "w")],
    faults: ["Peer 0 shows w, which nobody wrote"],
  },
  {
    name: "peers that differ",
    trace: [
      write(0, "x", null),
      write(0, "y", "x"),
      differ({ saw: "y", copies: [] }, { saw: null, copies: ["x"] }),
    ],
    faults: [
      "Peer 1 has nothing, peer 0 has y",
      "Peer 1 has other conflict copies than peer 0",
    ],
  },
  {
    name: "copies that are there twice",
    trace: [write(0, "x", null), write(1, "y", null), quiet("y", "x", "x")],
    faults: [
      "Peer 0 has two conflict copies of x",
      "Peer 1 has two conflict copies of x",
    ],
  },
];

for (const { name, trace, faults } of CASES) {
  Deno.test(`faultsOf() tells ${name}`, () => {
    assertEquals(faultsOf(trace, PATH), faults);
  });
}
