import { assertEquals } from "@std/assert";
import type { Channel } from "../io/channel.ts";
import { LineWriter, writeAll } from "./line_writer.ts";

/** A channel that takes at most so many bytes at once, and tells of each write. */
class TakingChannel implements Channel {
  readonly peer = "somebody";
  readonly writes: string[] = [];
  isLost = false;
  readonly #bytesMax: number;

  constructor(bytesMax = Infinity) {
    this.#bytesMax = bytesMax;
  }

  async write(bytes: Uint8Array): Promise<number> {
    await undefined;
    if (this.isLost) throw new Error("lost");
    const taken = bytes.subarray(0, this.#bytesMax);
    this.writes.push(new TextDecoder().decode(taken));
    return taken.length;
  }

  read(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async closeWrite(): Promise<void> {}

  close(): void {}
}

/** All that is under way has come to its end. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

Deno.test("LineWriter writes together what is said in one turn, and while a write is under way", async () => {
  const channel = new TakingChannel();
  const writer = new LineWriter(channel, () => {});
  assertEquals(writer.write(""), 0);
  assertEquals(writer.write("a\n"), 2);
  assertEquals(writer.write("b\n"), 4);
  await Promise.resolve();
  assertEquals(writer.write("c\n"), 2);
  writer.write("d\n");
  await settled();
  assertEquals(channel.writes, ["a\nb\n", "c\nd\n"]);
  writer.write("e\n");
  await settled();
  assertEquals(channel.writes.at(-1), "e\n");
});

Deno.test("LineWriter tells that a write has failed, and does not fail itself", async () => {
  const channel = new TakingChannel();
  let losses = 0;
  const writer = new LineWriter(channel, () => void losses++);
  channel.isLost = true;
  writer.write("a\n");
  await settled();
  assertEquals(losses, 1);
});

Deno.test("writeAll() writes what is left until all is written", async () => {
  const channel = new TakingChannel(3);
  await writeAll(channel, new TextEncoder().encode("12345678"));
  assertEquals(channel.writes, ["123", "456", "78"]);
});
