import { assertEquals } from "@std/assert";
import { faultsOfBounds } from "./sim_bounds.ts";

function between(from: string, to: string, isOver = false, isLost = isOver) {
  return {
    ends: [
      { isOver, place: { host: from } },
      { isOver: isLost, place: { host: to } },
    ],
  };
}

Deno.test("faultsOfBounds() finds files that stay open, and connections that are too many or none", () => {
  const machine = (name: string, openFiles = 0) => (
    { name, host: `host of ${name}`, openFiles }
  );
  const machines = [machine("a"), machine("b", 2), machine("c")];
  const connections = [
    between("host of a", "tracker"),
    between("host of a", "host of b"),
    between("host of b", "host of a"),
    between("host of b", "tracker"),
    between("host of b", "tracker"),
    between("host of c", "tracker", true),
  ];
  assertEquals(faultsOfBounds(machines, { connections }, "tracker"), [
    "I14 2 connections from host of b to tracker",
    "I14 b has 2 files open",
    "I14 c has no connection to the tracker",
  ]);
  // The other end has given it up, which a silent line does not tell.
  const lost = between("host of a", "tracker", false, true);
  for (const well of [connections[0]!, lost]) {
    assertEquals(
      faultsOfBounds(machines.slice(0, 1), { connections: [well] }, "tracker"),
      [],
    );
  }
});
