import { assert, assertEquals, assertThrows } from "@std/assert";
import { PeerError } from "../errors.ts";
import { parseServerLine } from "./client_connection.ts";
import { ClientState, type News } from "./client_state.ts";

const KEY = "0123456789abcdef";

/** A client that has come in, and what it has to say for that is taken out. */
function joined(historyMax = Infinity, ...lines: string[]): ClientState {
  const state = new ClientState("alice", KEY, historyMax);
  state.begin();
  hear(state, "joined|alice|e1|0", ...lines, "now");
  state.takeOut();
  return state;
}

/** What the server's `lines` have for the person. */
function hear(state: ClientState, ...lines: string[]): News[] {
  return lines.flatMap((line) => state.take(parseServerLine(line)!));
}

/** What they say of it: the texts of messages, the kinds of the rest. */
function told(state: ClientState, ...lines: string[]): string[] {
  return hear(state, ...lines).map((news) =>
    "id" in news ? news.text : news.kind
  );
}

/** Begins another connection, and gives what is said on it, line by line. */
function again(state: ClientState, ...lines: string[]): string[] {
  state.end();
  state.begin();
  const join = state.takeOut();
  hear(state, ...lines);
  return (join + state.takeOut()).trimEnd().split("\n");
}

const say = (state: ClientState, text: string, to = "*") =>
  state.say({ kind: "say", to, text });

Deno.test("ClientState comes in with its KEY and without a cursor, and says what waited behind joined", () => {
  const state = new ClientState("alice", KEY, 0);
  say(state, "first", "bob");
  state.begin();
  assertEquals(state.takeOut(), `join|alice|${KEY}|-\n`);
  state.say({ kind: "act", to: "*", text: "waves" });
  assertEquals(state.takeOut(), "");
  hear(state, "joined|alice|e1|0");
  assertEquals(state.takeOut(), "send|1|bob|first\nact|2|*|waves\n");
});

Deno.test("ClientState says again what is not acknowledged, in order and under its NUMBER", () => {
  const state = joined();
  for (const text of ["a", "b", "c", "d"]) say(state, text);
  assertEquals(state.unacknowledged, 4);
  hear(state, "sent|1");
  assertEquals(state.unacknowledged, 3);
  // `sent|2` was lost on its way.
  assertEquals(again(state, "joined|alice|e1|2").slice(1), [
    "send|3|*|c",
    "send|4|*|d",
  ]);
  hear(state, "now", "sent|4");
  assert(state.isSettled);
});

Deno.test("ClientState goes on with the NUMBERs that another history knows", () => {
  const state = joined();
  say(state, "a");
  say(state, "b");
  hear(state, "sent|1");
  assertEquals(again(state, "joined|alice|e2|0").slice(1), ["send|1|*|b"]);
  say(state, "c");
  assertEquals(state.takeOut(), "send|2|*|c\n");
  hear(state, "now", "sent|2");
  assert(state.isSettled);
});

Deno.test("ClientState tells what was refused, and counts it as answered", () => {
  const state = joined();
  say(state, "a", "nobody");
  say(state, "b");
  assertEquals(hear(state, "refused|1|unknown|No such"), [{
    kind: "refused",
    code: "unknown",
    text: "No such",
    saying: { kind: "say", to: "nobody", text: "a" },
  }]);
  assertEquals(state.unacknowledged, 1);
  hear(state, "sent|2");
  assert(state.isSettled);
  assertEquals(told(state, "kept|2|bob", "missed|3"), ["kept", "missed"]);
});

Deno.test("ClientState shows no ID twice, and comes back with the last it saw", () => {
  const state = joined();
  const lines = ["message|5|1|bob|*|five", "message|9|1|bob|alice|nine"];
  assertEquals(told(state, ...lines, ...lines), ["five", "nine"]);
  assertEquals(again(state, "joined|alice|e1|0")[0], `join|alice|${KEY}|e1.9`);
  assertEquals(
    told(state, ...lines, "message|10|1|bob|*|ten", "now"),
    ["ten"],
  );
});

Deno.test("ClientState shows what was kept behind old lines of higher IDs", () => {
  const state = new ClientState("alice", KEY, Infinity);
  state.begin();
  const lines = [
    "joined|alice|e1|0",
    "old|message|20|1|bob|*|old",
    "message|5|1|bob|alice|kept",
    "now",
    "message|21|1|bob|*|new",
  ];
  assertEquals(told(state, ...lines), ["joined", "old", "kept", "new"]);
  assertEquals(again(state)[0], `join|alice|${KEY}|e1.21`);
});

Deno.test("ClientState tells no cursor before an opening was complete, and shows what it holds once", () => {
  const state = new ClientState("alice", KEY, Infinity);
  const opening = [
    "joined|alice|e1|0",
    "old|message|20|1|bob|*|old",
    "message|5|1|bob|alice|kept",
  ];
  state.begin();
  assertEquals(told(state, ...opening), ["joined", "old", "kept"]);
  assertEquals(again(state)[0], `join|alice|${KEY}|-`);
  assertEquals(
    told(state, ...opening, "message|7|1|bob|alice|kept, too", "now"),
    ["joined", "kept, too"],
  );
});

Deno.test("ClientState shows the last of the old lines at the start, and later all that were missed", () => {
  const old = [1, 2, 3].map((id) => `old|message|${id}|1|bob|*|${id}`);
  const state = new ClientState("alice", KEY, 2);
  state.begin();
  assertEquals(told(state, "joined|alice|e1|0", ...old), ["joined"]);
  assertEquals(told(state, "now"), ["2", "3"]);
  // Another history: nothing of it was shown.
  again(state, "joined|alice|e2|0");
  assertEquals(told(state, ...old, "now"), ["1", "2", "3"]);
});

Deno.test("ClientState shows its own old lines at the start, and not when it comes back", () => {
  const state = new ClientState("alice", KEY, Infinity);
  state.begin();
  const old = "old|message|1|1|Alice|*|of yesterday";
  assertEquals(told(state, "joined|alice|e1|0", old, "now").slice(1), [
    "of yesterday",
  ]);
  again(state, "joined|alice|e2|0");
  assertEquals(told(state, "old|message|2|1|alice|*|just typed", "now"), []);
});

Deno.test("ClientState shows an answer to history though it was shown before", () => {
  const state = joined();
  hear(state, "message|1|1|bob|*|one");
  state.askHistory(5);
  assertEquals(state.takeOut(), "history|5\n");
  assert(!state.isSettled);
  assertEquals(told(state, "old|message|1|1|bob|*|one", "now"), ["one"]);
  assert(state.isSettled);
});

Deno.test("ClientState says what came last was seen, once, and only when the opening is complete", () => {
  const state = new ClientState("alice", KEY, 0);
  state.begin();
  hear(state, "joined|alice|e1|0", "message|5|1|bob|alice|kept");
  state.takeOut();
  state.saySeen();
  assertEquals(state.takeOut(), "");
  hear(state, "now");
  state.saySeen();
  state.saySeen();
  assertEquals(state.takeOut(), "seen|5\n");
  hear(state, "message|30|1|bob|*|x", "message|8|1|bob|alice|kept for a nick");
  state.quit();
  assertEquals(state.takeOut(), "seen|8\nquit\n");
});

Deno.test("ClientState asks again what was not answered", () => {
  const state = joined();
  state.askNames(false);
  state.askNames(true);
  state.askHistory(3);
  state.rename("al");
  assertEquals(again(state, "joined|alice|e1|0").slice(1), [
    "nick|al",
    "history|3",
    "who",
  ]);
  hear(state, "now", "renamed|alice|al");
  assertEquals(state.name, "al");
  assertEquals(told(state, "names|al|bob", "names|carol", "names"), ["names"]);
  assertEquals(state.names, ["al", "bob", "carol"]);
  hear(state, "now");
  assert(state.isSettled);
  assertEquals(again(state)[0], `join|al|${KEY}|-`);
});

Deno.test("ClientState asks for another name behind what it has seen, and once where it is refused", () => {
  const state = joined();
  hear(state, "message|5|1|bob|*|five");
  assertEquals(state.rename("bob"), undefined);
  assertEquals(state.takeOut(), "seen|5\nnick|bob\n");
  assert(!state.isSettled);
  assertEquals(told(state, "refused|0|taken|There is a bob"), ["refused"]);
  assert(state.isSettled);
  assertEquals(typeof state.rename("a|b"), "string");
  assertEquals(again(state, "joined|alice|e1|0").length, 1);
});

Deno.test("ClientState knows who is here", () => {
  const state = joined();
  state.askNames(false);
  assertEquals(hear(state, "names|alice|Bob", "names"), []);
  assertEquals(hear(state, "came|carol|alice"), [
    { kind: "came", names: ["carol"] },
  ]);
  assertEquals(hear(state, "came|alice"), []);
  hear(state, "left|bob", "renamed|carol|Caro");
  assertEquals(state.names, ["alice", "Caro"]);
  // While it was away others may have come and gone.
  assertEquals(again(state, "joined|alice|e1|0")[1], "who");
});

Deno.test("say() refuses what no server takes, with a sentence, and sends nothing of it", () => {
  const state = joined();
  for (
    const [text, to] of [
      ["x".repeat(4097), "bob"],
      ["é".repeat(2049), "bob"],
      ["a\rb", "bob"],
      ["a\0b", "bob"],
      ["a", "b|c"],
      ["a", "server"],
      ["a", "x".repeat(33)],
      ["a", "b\u200bc"],
    ] as const
  ) assertEquals(typeof say(state, text, to), "string", to);
  assertEquals([state.takeOut(), state.unacknowledged], ["", 0]);
  assertEquals(say(state, "é".repeat(2048), "bob"), undefined);
});

Deno.test("isFull is true before too much waits, and false when there is room again", () => {
  for (const [text, most] of [["x", 512], ["x".repeat(4096), 64]] as const) {
    const state = joined();
    let count = 0;
    for (; !state.isFull; count++) say(state, text);
    assertEquals(count, most);
    hear(state, "sent|1");
    assert(!state.isFull);
    say(state, text);
    assert(state.isFull);
    hear(state, `refused|${count + 1}|unknown|No such`);
    assert(!state.isFull);
  }
});

Deno.test("take() answers ping, once where it is asked again and again", () => {
  const state = joined();
  hear(state, "ping", "ping", "ping");
  assertEquals(state.takeOut(), "pong\n");
});

Deno.test("take() refuses what has no place", () => {
  const before = new ClientState("alice", KEY, 0);
  before.begin();
  for (const line of ["now", "sent|1", "message|1|1|bob|*|x", "came|bob"]) {
    assertThrows(() => hear(before, line), PeerError);
  }
  const state = joined();
  say(state, "a");
  assertThrows(() => hear(state, "sent|2"), PeerError);
  assertThrows(() => hear(state, "joined|alice|e1|0"), PeerError);
});
