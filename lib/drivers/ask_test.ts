import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { PeerError, Refusal } from "../errors.ts";
import { toName } from "../names/name.ts";
import { FakeClock } from "../testing/fake_clock.ts";
import { channelPair } from "../testing/memory_channel.ts";
import { MemoryServer } from "../testing/memory_server.ts";
import { follow, type Script } from "../testing/scripted_server.ts";
import { askText } from "../testing/ask_text.ts";
import { ask, askList } from "./ask.ts";
import { isLoss } from "./connection_loss.ts";
import { WireLink } from "./wire_link.ts";

function linkTo(server: MemoryServer, chunkBytes = Infinity) {
  const { clientEnd } = server.connect({ bToA: { chunkBytes } });
  return new WireLink<undefined>(clientEnd, server.clock);
}

/** A link to a server that does as `script` says; what arrives comes in pieces of `chunkBytes`. */
function linkToScript(script: Script, chunkBytes = Infinity) {
  const [ours, theirs] = channelPair({ bToA: { chunkBytes } });
  void follow(script, theirs);
  return new WireLink<undefined>(ours, new FakeClock());
}

function frame(text: string): string {
  return `DATA ${new TextEncoder().encode(text).length}\n${text}`;
}

Deno.test("askText() gives the text of an answer, also where a character is cut in two", async () => {
  for (const chunkBytes of [1, 2, 3, 100]) {
    await using server = new MemoryServer();
    const link = linkTo(server, chunkBytes);
    assertEquals(
      await askText(link, { verb: "echo", text: "größer 😀" }),
      "größer 😀\n",
    );
    link.close();
  }
});

Deno.test("ask() throws what the server refuses, and the connection goes on", async () => {
  await using server = new MemoryServer();
  const link = linkTo(server);
  const name = toName("nowhere");
  const { code } = await assertRejects(
    () => askText(link, { verb: "download", name }),
    Refusal,
  );
  assertEquals(code, "not-found");
  assertEquals(await askText(link, { verb: "echo", text: "a" }), "a\n");
  link.close();
});

Deno.test("ask() gives the fields of each frame, and those of the end", async () => {
  const link = linkToScript(() =>
    "DATA 2 stream=stdout\nabDATA 1 stream=stderr\ncDATA 0\nEND exit=7\n"
  );
  const answer = ask(link, { verb: "run", line: "x" });
  const seen: string[] = [];
  for (;;) {
    const { done, value } = await answer.next();
    if (done) {
      assertEquals(value.get("exit"), "7");
      break;
    }
    seen.push(
      `${value.fields.get("stream")} ${new TextDecoder().decode(value.bytes)}`,
    );
  }
  assertEquals(seen, ["stdout ab", "stderr c"]);
  link.close();
});

Deno.test("ask() keeps a code that it does not know, of a newer server, in the text", async () => {
  const link = linkToScript(() => "ERR on-fire It burns\n");
  const { code, message } = await assertRejects(
    () => askText(link, { verb: "help" }),
    Refusal,
  );
  assertEquals([code, message], ["internal", "on-fire: It burns"]);
  link.close();
});

Deno.test("ask() fails when the connection ends or is lost in the middle of an answer", async () => {
  const answer = "DATA 3\nabcDATA 2\nde";
  for (let cut = 0; cut <= answer.length; cut++) {
    for (const cutAs of ["end", "reset"] as const) {
      const [ours, theirs] = channelPair({
        bToA: { cutAfterBytes: cut, cutAs },
      });
      void follow(() => answer, theirs);
      const link = new WireLink<undefined>(ours, new FakeClock());
      const error = await assertRejects(() => askText(link, { verb: "help" }));
      assert(isLoss(error), `${error}`);
      link.close();
    }
  }
});

Deno.test("askList() gives all files, or those in and below a place, whatever pieces the list comes in", async () => {
  const files = Object.fromEntries(
    ["a/1", "a/2 \n\\", "b", "größer 😀"].map((name) => [name, name]),
  );
  await using server = new MemoryServer({ files });
  server.directory.batchEntries = 2;
  for (const chunkBytes of [1, 2, 7, 50, 10_000]) {
    const link = linkTo(server, chunkBytes);
    const names = async (place: string) =>
      (await askList(link, place === "" ? "" : toName(place))).map(({ name }) =>
        name as string
      );
    assertEquals(await names(""), Object.keys(files));
    assertEquals(await names("a"), ["a/1", "a/2 \n\\"]);
    assertEquals(await names("b"), ["b"]);
    const [b] = await askList(link, toName("b"));
    assertEquals([b?.size, b?.mtime], [1, server.directory.mtimeOf("b")]);
    link.close();
  }
});

Deno.test("askList() gives no files of a server that has none", async () => {
  await using server = new MemoryServer();
  const link = linkTo(server);
  assertEquals(await askList(link, ""), []);
  link.close();
});

for (
  const [what, answer] of [
    ["is cut off in a line", frame("1 2 v a\n1 2 v b") + "END\n"],
    ["has a line that is none", frame("1 2 v a\n\n1 2 v b\n") + "END\n"],
    ["goes up", frame("1 2 v a\n1 2 v ../evil\n") + "END\n"],
    ["has an absolute name", frame("1 2 v /etc/passwd\n") + "END\n"],
    ["has a name of ours", frame("1 2 v .landline-x.lock\n") + "END\n"],
    ["has a NUL", frame("1 2 v a\\x00b\n") + "END\n"],
  ] as const
) {
  Deno.test(`askList() trusts nothing of a listing that ${what}`, async () => {
    // security.md P1, P3, P4, T2.
    for (const chunkBytes of [1, 1000]) {
      const link = linkToScript(() => answer, chunkBytes);
      await assertRejects(() => askList(link, ""), PeerError);
      link.close();
    }
  });
}

Deno.test("askList() trusts nothing of a listing that is not UTF-8", async () => {
  // security.md P5.
  const line = new Uint8Array([
    ...new TextEncoder().encode("DATA 8\n1 2 v \xff"),
    0,
  ]);
  line.set([0xff, 0x0a], line.length - 3);
  const link = linkToScript(() => line.subarray(0, line.length - 1));
  await assertRejects(() => askList(link, ""), PeerError, "UTF-8");
  link.close();
});

Deno.test("WireLink is stalled when an answer is due and nothing moves, and not while it has nothing to wait for", async () => {
  await using server = new MemoryServer();
  const link = linkTo(server);
  await server.clock.advance(60_000);
  assert(!link.isStalled(10_000), "nothing was asked");
  await askText(link, { verb: "help" });
  await server.clock.advance(60_000);
  assert(!link.isStalled(10_000), "everything is answered");
  link.queue({ verb: "help" }, undefined);
  await server.clock.advance(9_000);
  assert(!link.isStalled(10_000));
  await server.clock.advance(2_000);
  assert(link.isStalled(10_000));
  link.close();
});

Deno.test("askText() refuses a text that would become two requests", async () => {
  await using server = new MemoryServer();
  const link = linkTo(server);
  const { message } = await assertRejects(
    () => askText(link, { verb: "echo", text: "a\nquit" }),
    Refusal,
  );
  assertStringIncludes(message, "line");
  assertEquals(await askText(link, { verb: "echo", text: "b" }), "b\n");
  link.close();
});
