import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { ChatWorld } from "../testing/chat_world.ts";
import { MemoryChatStore } from "../testing/memory_chat_store.ts";
import { AWAY_MESSAGES_MAX } from "./mailbox.ts";

const A = "aaaaaaaaaaaaaaaa";
const B = "bbbbbbbbbbbbbbbb";

Deno.test("Room keeps for a name that is away, and tells it in order, once, behind the old lines", () => {
  const world = new ChatWorld();
  world.join(`bob|${B}`).lose();
  const alice = world.join("alice");
  alice.say("send|1|bob|one", "send|2|*|to all", "act|3|BOB|waves");
  assertEquals(alice.told, ["kept|1|bob", "kept|3|bob", "sent|3"]);
  const bob = world.knock(`Bob|${B}|-`);
  assertEquals(bob.told, [
    "joined|Bob|e1|0",
    "old|message|2|alice|*|to all",
    "message|1|alice|bob|one",
    "action|3|alice|bob|waves",
    "now|3",
  ]);
  bob.say("seen|3");
  bob.lose();
  assertEquals(
    world.knock("bob").told.filter((line) => line.startsWith("message")),
    [],
  );
});

Deno.test("Room tells again what was not seen, to whoever comes, also a stranger", () => {
  const world = new ChatWorld();
  const bob = world.join(`bob|${B}`);
  world.join("alice").say("send|1|bob|one", "send|2|bob|two");
  assertEquals(bob.told, [
    "message|1|alice|bob|one",
    "message|2|alice|bob|two",
  ]);
  bob.say("seen|1");
  bob.lose();
  const again = () => world.knock(`bob|${A}`);
  // Letting go is by chunks: what was seen must not come back all the same.
  const stranger = again();
  assertEquals(stranger.told, [
    "joined|bob|e1|0",
    "message|2|alice|bob|two",
    "now|2",
  ]);
});

Deno.test("Room with --no-keep refuses what is for somebody away, and tells so", () => {
  const world = new ChatWorld({ keep: false });
  world.join("bob").lose();
  const alice = world.join("alice").say("send|1|bob|x", "send|2|carol|x");
  assertEquals(alice.told, [
    "refused|1|unknown|bob is away, and nothing is kept here",
    "refused|2|unknown|There is nobody called carol",
    "sent|2",
  ]);
});

Deno.test("Room keeps no more than 1000 messages for one who is away, and says how many are missed", () => {
  const world = new ChatWorld();
  world.join(`bob|${B}`).lose();
  const alice = world.join("alice");
  for (let i = 1; i <= 1500; i++) alice.say(`send|${i}|bob|${i}`);
  const told = [];
  const bob = world.knock(`bob|${B}`);
  do told.push(...bob.told); while (bob.source !== undefined);
  const texts = told.filter((line) => line.startsWith("message"));
  const missed = Number(
    told.find((line) => line.startsWith("missed"))!.split("|")[1],
  );
  assertEquals(missed + texts.length, 1500);
  assert(
    texts.length <= AWAY_MESSAGES_MAX && texts.length > AWAY_MESSAGES_MAX - 200,
  );
  assertMatch(texts[0]!, new RegExp(`\\|${missed + 1}$`));
  assertMatch(told[1]!, /^missed/);
});

Deno.test("Room takes a NUMBER of a KEY once, and acknowledges it as often as it comes", () => {
  const world = new ChatWorld();
  const bob = world.join("bob");
  const alice = world.join(`alice|${A}`).say(
    "send|1|bob|one",
    "send|1|bob|one",
  );
  assertEquals(alice.told, ["sent|1"]);
  alice.say("send|1|bob|one");
  assertEquals(alice.told, ["sent|1"]);
  assertEquals(bob.told, ["message|1|alice|bob|one"]);
  // Also where the first connection was not settled when the second came.
  alice.say("send|2|bob|two");
  const again = world.knock(`alice|${A}|e1.1`).say(
    "send|2|bob|two",
    "send|3|bob|three",
  );
  assertEquals(again.told, ["joined|alice|e1|2", "sent|3", "now|3"]);
  assertEquals(bob.told.length, 2);
  assertEquals(alice.told, [
    "sent|2",
    "bye|replaced|You have come in once more",
  ]);
  assert(alice.isEnding);
});

Deno.test("Room takes every NUMBER from somebody without a KEY", () => {
  const world = new ChatWorld();
  const bob = world.join("bob");
  world.join("alice").say("send|1|bob|one", "send|1|bob|two");
  assertEquals(bob.told.length, 2);
});

Deno.test("Room tells refusals again to a KEY that comes back, until it has seen something later", () => {
  const world = new ChatWorld();
  const alice = world.join(`alice|${A}`);
  alice.say("send|1|bobb|x", "send|2||", "send|3|*|y");
  assertEquals(alice.told, [
    "refused|1|unknown|There is nobody called bobb",
    "refused|2|bad-line|A message is send|NUMBER|TO|TEXT, or act",
    "sent|3",
  ]);
  alice.lose();
  const again = world.knock(`alice|${A}|e1.0`);
  assertEquals(again.told, [
    "joined|alice|e1|3",
    "refused|1|unknown|There is nobody called bobb",
    "refused|2|bad-line|A message is send|NUMBER|TO|TEXT, or act",
    "now|1",
  ]);
  again.say("seen|1");
  assertEquals(world.knock(`alice|${A}|e1.1`).told, [
    "joined|alice|e1|3",
    "now|1",
  ]);
});

Deno.test("Room answers one question after the other, and says so to who does not wait", () => {
  const world = new ChatWorld();
  const alice = world.join("alice").say("who", "history|5");
  assertEquals(alice.told, [
    "refused|0|busy|One question after the other",
    "names|alice",
    "names",
  ]);
  assertEquals(alice.say("history|5").told, ["now|0"]);
});

Deno.test("Room says nothing of a SINCE of another history, nor of one that is none", () => {
  const world = new ChatWorld();
  world.join("bob").say("send|1|*|x");
  for (const since of ["e2.1", "e1.99", "e1.-1", "e1.1e1", "1", "e1.", "-"]) {
    const alice = world.knock(`alice|${A}|${since}`);
    assertEquals(alice.told, [
      "joined|alice|e1|0",
      "old|message|1|bob|*|x",
      "now|1",
    ], since);
    alice.lose();
  }
});

Deno.test("Room acknowledges nothing and forgets nothing while the store fails", () => {
  const store = new MemoryChatStore();
  const world = new ChatWorld({ store });
  const bob = world.join("bob");
  const alice = world.join(`alice|${A}`).say("send|1|bob|x", "send|2|nobody|x");
  store.isFull = true;
  for (let i = 0; i < 3; i++) {
    assertThrows(() => world.room.settle(), Error, "full");
  }
  store.isFull = false;
  assertEquals(alice.told, [
    "refused|2|unknown|There is nobody called nobody",
    "sent|2",
  ]);
  assertEquals(bob.told.length, 1);
  world.restart();
  assertEquals(world.knock(`alice|${A}|stored.0`).told, [
    "joined|alice|stored|2",
    "refused|2|unknown|There is nobody called nobody",
    "now|1",
  ]);
  assertEquals(world.knock("bob").told.slice(1), [
    "message|1|alice|bob|x",
    "now|1",
  ]);
});

Deno.test("Room goes on with IDs, NUMBERs, names and mail of its store", () => {
  const store = new MemoryChatStore();
  const world = new ChatWorld({ store });
  world.join(`bob|${B}`).lose();
  const alice = world.join(`alice|${A}`).say(
    "send|1|bob|kept",
    "send|2|*|said",
  );
  assertEquals(alice.told, ["kept|1|bob", "sent|2"]);
  world.restart();
  const again = world.knock(`alice|${A}`).say(
    "send|2|*|said",
    "send|3|bob|more",
  );
  assertEquals(again.told, [
    "joined|alice|stored|2",
    "kept|3|bob",
    "sent|3",
    "old|message|2|alice|*|said",
    "now|3",
  ]);
  assertEquals(world.knock(`bob|${B}`).told, [
    "joined|bob|stored|0",
    "old|message|2|alice|*|said",
    "message|1|alice|bob|kept",
    "message|3|alice|bob|more",
    "now|3",
  ]);
});

Deno.test("Room tells nobody twice who sees nothing but what is written to them", () => {
  const world = new ChatWorld();
  const bob = world.join("bob");
  world.join("alice").say("send|1|bob|one");
  assertEquals(bob.told.length, 1);
  // Written, and nothing else heard: the next who comes is told nothing.
  bob.lose();
  const next = world.knock("bob");
  assertEquals(next.told, ["joined|bob|e1|0", "now|1"]);
});
