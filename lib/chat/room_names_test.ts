import { assert, assertEquals, assertMatch } from "@std/assert";
import { ChatWorld } from "../testing/chat_world.ts";

const A = "aaaaaaaaaaaaaaaa";
const B = "bbbbbbbbbbbbbbbb";

Deno.test("Room gives one KEY one connection, under whatever name", () => {
  const world = new ChatWorld();
  const alice = world.join(`alice|${A}`);
  const other = world.join(`carol|${A}`);
  assertMatch(alice.told.at(-1)!, /^bye\|replaced/);
  assertEquals(world.room.names, ["carol"]);
  alice.say("send|1|carol|nobody's");
  assertEquals(other.told, []);
});

Deno.test("Room gives what was kept for a name also to somebody who takes it by nick, behind renamed", () => {
  const world = new ChatWorld();
  world.join(`bob|${B}`).lose();
  const carol = world.join("carol").say(
    "send|1|bob|for bob",
    "send|2|*|to all",
  );
  assertEquals(carol.told, ["kept|1|bob", "sent|2"]);
  const alice = world.join(`alice|${A}`).say("nick|bob");
  carol.say("send|3|bob|later", "send|4|*|and all");
  assertEquals(alice.told, [
    "renamed|alice|bob",
    "message|1|carol|bob|for bob",
    "message|4|carol|bob|later",
    "message|5|carol|*|and all",
  ]);
  // What was on its way before says nothing of what was kept.
  alice.say("seen|2");
  alice.lose();
  assertEquals(world.knock(`bob|${A}|e1.2`).told, [
    "joined|bob|e1|0",
    "message|1|carol|bob|for bob",
    "message|4|carol|bob|later",
    "message|5|carol|*|and all",
    "now|5",
  ]);
});

Deno.test("Room keeps for a name that was left, and tells what was under way to who left it", () => {
  const world = new ChatWorld();
  const carol = world.join("carol");
  const alice = world.join(`alice|${A}`);
  carol.say("send|1|alice|under way");
  alice.told;
  alice.say("nick|bob");
  carol.say("send|2|alice|kept");
  assertEquals(
    carol.told.filter((line) => !line.startsWith("renamed")),
    ["sent|1", "kept|2|alice", "sent|2"],
  );
  alice.lose();
  assertEquals(world.knock(`bob|${A}|e1.0`).told, [
    "joined|bob|e1|0",
    "message|1|carol|alice|under way",
    "now|2",
  ]);
  assertEquals(world.knock("alice").told.slice(1), [
    "message|1|carol|alice|under way",
    "message|2|carol|alice|kept",
    "now|2",
  ]);
});

Deno.test("Room refuses a name by nick that somebody has, or that is none, and takes another spelling of the own", () => {
  const world = new ChatWorld();
  world.join("bob");
  const alice = world.join("alice").say(
    "nick|BOB",
    "nick|",
    "nick|Alice",
    "nick|Alice",
  );
  assertEquals(alice.told, [
    "refused|0|taken|There is a BOB here already",
    "refused|0|bad-name|A name has at least one character",
    "renamed|alice|Alice",
    "renamed|Alice|Alice",
  ]);
  assertEquals(world.room.names, ["Alice", "bob"]);
});

Deno.test("Room tells comings and goings together, and not those of a moment", () => {
  const world = new ChatWorld();
  const first = world.join("first");
  world.room.tellComings();
  assertEquals(first.told, ["came|first"]);
  const alice = world.join("alice");
  world.join("gone").lose();
  first.say("nick|First").say("nick|1st");
  assert(world.room.tellComings());
  assertEquals(first.told, [
    "renamed|first|First",
    "renamed|First|1st",
    "came|alice",
  ]);
  alice.lose();
  world.join("alice");
  assert(!world.room.tellComings());
  // Who is renamed before it was told that they came, came under the new name.
  const bob = world.join("bob").say("nick|rob");
  assert(!world.room.tellComings());
  bob.lose();
  assert(world.room.tellComings());
  assertEquals(first.told, ["renamed|bob|rob", "left|rob"]);
});

Deno.test("Room tells some of many who came, the others the next time; fewer at once where more are to be told", () => {
  for (
    const [people, atOnce] of [
      [900, [500, 400]],
      [1200, [417, 417, 366]],
    ] as const
  ) {
    const world = new ChatWorld();
    const first = world.join("first");
    for (let i = 1; i < people; i++) world.join(`p${i}`);
    const told = [];
    while (world.room.tellComings()) told.push(first.told.join(""));
    assertEquals(told.map((lines) => lines.match(/\|/g)!.length), [...atOnce]);
  }
});

Deno.test("Room tells one's own lines only among the old ones, whoever has the name now", () => {
  const world = new ChatWorld();
  const alice = world.join(`alice|${A}`).say("send|1|*|mine");
  alice.lose();
  const thief = world.join(`alice|${B}`).say("send|1|*|not mine");
  thief.say("nick|thief");
  assertEquals(world.knock(`alice|${A}|e1.0`).told, [
    "joined|alice|e1|1",
    "message|2|alice|*|not mine",
    "now|2",
  ]);
});

Deno.test("Room tells what came to a name again, if the opening that told it was lost", () => {
  const world = new ChatWorld();
  world.join("bob").lose();
  const alice = world.join(`alice|${A}`);
  world.join("carol").say("send|1|bob|kept", "send|2|*|said");
  assertEquals(alice.told, ["message|2|carol|*|said"]);
  alice.lose();
  // Comes as bob, twice: of the first opening nothing arrives, so its cursor says nothing of what came to bob.
  for (let time = 1; time <= 2; time++) {
    const bob = world.knock(`bob|${A}|e1.2`);
    assertEquals(bob.told, [
      "joined|bob|e1|0",
      "message|1|carol|bob|kept",
      "now|2",
    ]);
    bob.lose();
  }
});

Deno.test("Room does not tell that a name has left that another took", () => {
  const world = new ChatWorld();
  const first = world.join("first");
  const bob = world.join("bob");
  world.room.tellComings();
  assertEquals(first.told.length, 1);
  bob.lose();
  world.join("alice").say("nick|bob");
  assert(!world.room.tellComings());
  assertEquals(first.told, ["renamed|alice|bob"]);
});

Deno.test("Room does not take for seen what of a long opening was not put", () => {
  const world = new ChatWorld();
  world.join("bob").lose();
  const alice = world.join("alice");
  const text = "x".repeat(4000);
  for (let i = 1; i <= 20; i++) alice.say(`send|${i}|bob|${i}${text}`);
  assertEquals(alice.told.length, 21);
  const bob = world.knock("bob");
  const some = bob.told.filter((line) => line.startsWith("message"));
  assert(some.length > 0 && some.length < 20);
  bob.lose();
  const again = world.knock("bob");
  const told = [];
  do told.push(...again.told); while (again.source !== undefined);
  assertEquals(told.filter((line) => line.startsWith("message")).length, 20);
});
