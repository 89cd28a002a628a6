import { assert, assertEquals, assertMatch } from "@std/assert";
import { turn } from "../../testing/fake_clock.ts";
import { MemoryChat } from "../../testing/memory_chat.ts";
import { MemoryChatStore } from "../../testing/memory_chat_store.ts";
import { within } from "../../testing/within.ts";

const KEY = "0123456789abcdef";
const OTHER_KEY = "fedcba9876543210";

function isMessage(line: string): boolean {
  return line.startsWith("message|");
}

Deno.test("ChatSession lets people come in, talk to one and to all, and leave", async () => {
  await using chat = new MemoryChat();
  using bob = await chat.join("bob");
  using alice = await chat.join("alice");
  await alice.send("send|1|bob|hello\nact|2|*|waves | both hands\n");
  assertEquals(await alice.line(), "sent|2");
  const time = chat.clock.wallTime();
  assertEquals(await bob.line(), `message|1|${time}|alice|bob|hello`);
  assertEquals(await bob.line(), `action|2|${time}|alice|*|waves | both hands`);
  await alice.send("quit\n");
  assertEquals(await alice.rest(), ["bye|quit|Goodbye"]);
});

Deno.test("ChatSession acknowledges what was said before quit, in the same write", async () => {
  await using chat = new MemoryChat();
  using nc = chat.connect();
  await nc.send("join|nc|-|-\nsend|1|*|x\nsend|2|nobody|x\nquit\n");
  assertEquals(await nc.rest(), [
    "joined|nc|e1|0",
    "now|0",
    "refused|2|unknown|There is nobody called nobody",
    "sent|2",
    "bye|quit|Goodbye",
  ]);
});

Deno.test("ChatSession answers everything that was said before the client ended its side", async () => {
  await using chat = new MemoryChat();
  using nc = chat.connect();
  await nc.send("join|nc|-|-\nsend|1|*|x\nwho\n");
  await nc.end();
  const lines = await nc.rest();
  assertEquals(lines, [
    "joined|nc|e1|0",
    "now|0",
    "sent|1",
    "names|nc",
    "names",
  ]);
  while (chat.server.clients > 0) await turn();
  assertEquals(chat.room.size, 0);
});

Deno.test("ChatSession takes a connection over that shows the same KEY, and goes on with its NUMBERs", async () => {
  await using chat = new MemoryChat();
  using first = await chat.join("alice", { key: KEY });
  using bob = await chat.join("bob", { key: OTHER_KEY });
  await chat.clock.advance(1000);
  for (const peer of [first, bob]) await peer.until(/^came/);
  await first.send("send|1|bob|one\nsend|2|bob|two\n");
  await first.until(/^sent\|2/);
  using second = chat.connect();
  await second.send(`join|ALICE|${KEY}|e1.0\nsend|2|bob|two\nsend|3|bob|3\n`);
  assertEquals(await first.rest(), [
    "bye|replaced|You have come in once more",
  ]);
  assertEquals(await second.line(), "joined|ALICE|e1|2");
  await second.until(/^sent\|3/);
  const texts = (await bob.until(/3$/)).map((line) => line.split("|").at(-1));
  assertEquals(texts, ["one", "two", "3"]);
  // Nobody was told of a coming or a leaving.
  await chat.clock.advance(1000);
  assertEquals(await bob.ask("ping"), "pong");
});

Deno.test("ChatSession refuses a name that somebody has, in any spelling, also with another KEY", async () => {
  await using chat = new MemoryChat();
  using alice = await chat.join("alice", { key: KEY });
  for (const key of ["-", OTHER_KEY]) {
    using other = chat.connect();
    assertEquals(
      await other.ask(`join|ＡＬＩＣＥ|${key}|-`),
      "refused|0|taken|There is a ＡＬＩＣＥ here already",
    );
    assertEquals(await other.ask(`join|alice2|${key}|-`), "joined|alice2|e1|0");
  }
  assertEquals(await alice.ask("ping"), "pong");
});

Deno.test("ChatSession passes a pasted block of 50 lines, slows a flood down to its rate, and takes all of it in order", async () => {
  await using chat = new MemoryChat();
  using bob = await chat.join("bob");
  using alice = await chat.join("alice");
  const block = (from: number, to: number) => {
    let text = "";
    for (let i = from; i <= to; i++) text += `send|${i}|bob|${i}\n`;
    return text;
  };
  await alice.send(block(1, 50));
  assertEquals((await bob.until(/\|50$/)).length, 50);
  await alice.send(block(51, 1000));
  await turn();
  assertMatch((await alice.until(/^sent\|(19\d|200)$/)).at(-1)!, /^sent/);
  await chat.clock.advance(10_000);
  const after = await alice.until(/^sent\|(69\d|70\d)$/);
  assert(after.length > 100);
  await chat.clock.advance(10_000);
  const told = (await bob.until(/\|1000$/)).filter(isMessage);
  assertEquals(
    told.map((line) => Number(line.split("|").at(-1))),
    Array.from({ length: 950 }, (_, i) => i + 51),
  );
});

Deno.test("ChatSession drops a reader that does not read, with a reason; the others hear everything", async () => {
  await using chat = new MemoryChat({ limits: { linesPerSecond: Infinity } });
  using slow = await chat.join("slow", { key: KEY });
  using quick = await chat.join("quick");
  using alice = await chat.join("alice");
  const text = "x".repeat(4000);
  let heard = 0;
  for (let i = 1; i <= 200; i++) {
    await alice.send(`send|${i}|*|${text}\n`);
    heard += (await quick.until(/^message/)).length;
    await alice.until(/^sent/);
  }
  assertEquals(heard, 200);
  assertEquals(chat.log.notes, ["slow reads too slowly and is dropped"]);
  assertEquals(chat.room.names, ["alice", "quick"]);
  // What was taken, a goodbye, and nothing else.
  const lines = await slow.rest();
  assert(lines.length < 100);
  assertEquals(
    lines.at(-1),
    "bye|slow|You read too slowly; come back to what you missed",
  );
  // And back to what was missed.
  const seen = lines.filter((line) => line.endsWith(text)).length;
  using back = chat.connect();
  await back.send(`join|slow|${KEY}|e1.${seen}\n`);
  const missed = await back.until(/^now/);
  assertEquals(missed.filter((line) => line.endsWith(text)).length, 200 - seen);
});

Deno.test("ChatSession ends a connection that takes nothing at all, not even the goodbye", async () => {
  await using chat = new MemoryChat({ limits: { linesPerSecond: Infinity } });
  using dead = await chat.join("dead", { bToA: { capacityBytes: 100 } });
  using alice = await chat.join("alice");
  await alice.send(`send|1|*|${"x".repeat(4000)}\n`);
  await alice.until(/^sent/);
  assertEquals(chat.room.names, ["alice", "dead"]);
  await chat.clock.advance(20_000);
  await alice.send("ping\n");
  await alice.until(/^pong/);
  await chat.clock.advance(45_000);
  await dead.rest();
  await turn();
  assertEquals(chat.room.names, ["alice"]);
});

Deno.test("ChatSession tells long answers piece by piece: thousands of lines of history to one who reads slowly", async () => {
  await using chat = new MemoryChat({
    history: 10_000,
    limits: { linesPerSecond: Infinity },
  });
  using alice = await chat.join("alice");
  const text = "x".repeat(1000);
  for (let i = 1; i <= 2000; i++) await alice.send(`send|${i}|*|${text}\n`);
  await alice.until(/^sent\|2000/);
  using late = chat.connect();
  await late.send("join|late|-|-\n");
  await turn();
  await alice.send("send|2001|*|live\nsend|2002|late|for late\n");
  await alice.until(/^sent\|2002/);
  const lines = await late.until(/^now/);
  assertEquals(lines.filter((line) => line.startsWith("old|")).length, 2000);
  assertEquals(
    lines.slice(-3).map((line) => line.split("|").at(-1)),
    ["live", "for late", "2002"],
  );
  // Asked for again and again, without reading: each answer waits for the one before.
  await late.send("history|10000\nhistory|10000\nwho\n");
  await turn();
  for (let answers = 0; answers < 2; answers++) {
    assertEquals((await late.until(/^now/)).length, 2002);
  }
  assertEquals(await late.until(/^names$/), ["names|alice|late", "names"]);
  assertEquals(chat.log.notes, []);
});

Deno.test("ChatSession asks who says nothing for a sign of life; one with a KEY who gives none is gone", async () => {
  await using chat = new MemoryChat();
  using keyed = await chat.join("keyed", { key: KEY });
  using alive = await chat.join("alive", { key: OTHER_KEY });
  using nc = await chat.join("nc");
  await chat.clock.advance(32_000);
  for (const peer of [keyed, alive, nc]) await peer.until(/^ping$/);
  await alive.send("pong\n");
  await turn();
  await chat.clock.advance(31_000);
  assertEquals(
    (await keyed.rest()).at(-1),
    "bye|timeout|Nothing was heard of you for too long",
  );
  // A person with nc is asked again, so that the network finds out.
  assertEquals((await nc.until(/^ping$/)).at(-1), "ping");
  assertEquals(chat.room.names, ["alive", "nc"]);
});

Deno.test("ChatSession ends a connection that does not come in, however busy it is otherwise", async () => {
  await using chat = new MemoryChat();
  using idle = chat.connect();
  using busy = chat.connect();
  for (let second = 0; second < 29; second++) {
    assertMatch(await busy.ask("who"), /^refused\|0\|not-joined\|/);
    await chat.clock.advance(1000);
  }
  assertEquals(chat.server.clients, 2);
  await chat.clock.advance(3000);
  for (const peer of [idle, busy]) {
    assertMatch((await peer.rest()).at(-1)!, /^bye\|timeout\|Nobody/);
  }
  while (chat.server.clients > 0) await chat.clock.advance(1000);
});

Deno.test("ChatSession says goodbye to everyone when the server stops, behind what was said last", async () => {
  const store = new MemoryChatStore();
  await using chat = new MemoryChat({ store });
  using bob = await chat.join("bob");
  using alice = await chat.join("alice");
  await alice.send("send|1|bob|last words\n");
  const stopped = chat.stop(3000);
  assertEquals(
    (await bob.rest()).at(-1),
    "bye|stopping|The server is stopping",
  );
  assertEquals(
    (await alice.rest()).at(-1),
    "bye|stopping|The server is stopping",
  );
  bob.close();
  alice.close();
  await within("the server to stop", stopped);
});

Deno.test("ChatSession acknowledges and shows nothing while it cannot be stored, listens to nobody, and goes on when it can", async () => {
  const store = new MemoryChatStore();
  await using chat = new MemoryChat({
    store,
    limits: { linesPerSecond: Infinity },
  });
  using bob = await chat.join("bob");
  using alice = await chat.join("alice", { key: KEY });
  store.isFull = true;
  for (let i = 1; i <= 1000; i++) await alice.send(`send|${i}|bob|${i}\n`);
  await chat.clock.advance(90_000);
  assertMatch(chat.log.notes.join(), /^Cannot store what is said: .*full$/);
  assert(alice.channel.isClosed === false && chat.room.lastId < 200);
  const { batches } = store;
  store.isFull = false;
  await chat.clock.advance(1000);
  assertEquals(
    (await bob.until(/\|1000$/)).filter(isMessage)
      .length,
    1000,
  );
  await alice.until(/^sent\|1000/);
  assert(store.batches > batches);
  assertEquals(chat.log.notes.at(-1), "What is said is stored again");
});

Deno.test("ChatSession stops although nothing can be stored", async () => {
  const store = new MemoryChatStore();
  const chat = new MemoryChat({ store });
  using alice = await chat.join("alice");
  store.isFull = true;
  await alice.send("send|1|*|x\nsend|2|*|x\n");
  await turn();
  const stopped = chat.stop(3000);
  await chat.clock.advance(5000);
  await within("the server to stop", stopped);
  assertEquals(
    (await alice.rest()).filter((line) => line.startsWith("sent")),
    [],
  );
});

Deno.test("ChatSession loses nothing that was acknowledged, and doubles nothing, wherever the connection is cut", async () => {
  const talk = "send|1|bob|one\nsend|2|*|two\nsend|3|bob|three\n";
  const said = `join|alice|${KEY}|-\n${talk}`;
  for (let cutAfterBytes = 1; cutAfterBytes <= said.length; cutAfterBytes++) {
    await using chat = new MemoryChat();
    using bob = await chat.join("bob", { key: OTHER_KEY });
    using first = chat.connect({ aToB: { cutAfterBytes } });
    await first.send(said).catch(() => {});
    await first.rest();
    using second = chat.connect();
    const joined = await second.ask(`join|alice|${KEY}|-`);
    const taken = Number(joined.split("|").at(-1));
    const again = talk.split("\n").slice(taken).join("\n");
    await second.send(again + "ping\n");
    await second.until(/^pong/);
    await bob.send("ping\n");
    const texts = (await bob.until(/^pong/)).flatMap((line) =>
      isMessage(line) ? line.split("|").at(-1)! : []
    );
    assertEquals(texts, ["one", "two", "three"], `cut after ${cutAfterBytes}`);
  }
});

Deno.test("ChatSession tells a thousand who arrive together in few lines", async () => {
  await using chat = new MemoryChat();
  using first = await chat.join("first");
  const others = await Promise.all(
    Array.from({ length: 1000 }, (_, i) => chat.join(`somebody ${i}`)),
  );
  await chat.clock.advance(1000);
  await first.send("ping\n");
  const lines = await first.until(/^pong/);
  assert(lines.length < 40, `${lines.length} lines`);
  assertEquals(
    new Set(lines.flatMap((line) => line.split("|").slice(1))).size,
    1001,
  );
  for (const other of others) other.close();
});

Deno.test("ChatSession is one of the server's clients until its last line is taken", async () => {
  await using chat = new MemoryChat();
  using nc = chat.connect({ bToA: { capacityBytes: 10 } });
  await nc.send("join|nc|-|-\nquit\n");
  // As nc -N does: that it has said everything does not mean that it has heard everything.
  await nc.end();
  await turn();
  assertEquals(chat.server.clients, 1);
  assertEquals((await nc.rest()).at(-1), "bye|quit|Goodbye");
  nc.close();
  while (chat.server.clients > 0) await turn();
});
