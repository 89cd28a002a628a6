import { assert, assertEquals } from "@std/assert";
import { turn } from "../../testing/fake_clock.ts";
import { OutPort, QUEUE_BYTES_MAX } from "./out_port.ts";

/** A port whose writes end when they are told to. */
class Peer {
  readonly written: string[] = [];
  readonly told: string[] = [];
  readonly port: OutPort;
  #write: PromiseWithResolvers<void> | undefined;

  constructor() {
    this.port = new OutPort({
      write: (bytes) => {
        this.written.push(new TextDecoder().decode(bytes));
        this.#write = Promise.withResolvers();
        return this.#write.promise;
      },
      again: (port) => void port.flush(),
      overflown: () => this.told.push("overflown"),
      ended: (isWhole) => this.told.push(`ended ${isWhole}`),
    });
  }

  /** The write under way is taken, or fails. */
  async take(fault?: Error): Promise<void> {
    if (fault === undefined) this.#write?.resolve();
    else this.#write?.reject(fault);
    await turn();
  }
}

Deno.test("OutPort writes what came up in a turn at once, and what comes meanwhile with the next write", async () => {
  const peer = new Peer();
  for (const text of ["a", "b"]) peer.port.out.putText(text);
  peer.port.flush();
  for (const text of ["c", "d"]) {
    peer.port.out.putText(text);
    peer.port.flush();
  }
  assertEquals(peer.written, ["ab"]);
  await peer.take();
  assertEquals(peer.written, ["ab", "cd"]);
  await peer.take();
  assertEquals(peer.told, []);
});

Deno.test("OutPort ends when everything is written, and at once when a write fails", async () => {
  const peer = new Peer();
  peer.port.out.putText("a");
  peer.port.flush();
  peer.port.out.putText("bye");
  peer.port.isEnding = true;
  peer.port.flush();
  await peer.take();
  assertEquals(peer.told, []);
  await peer.take();
  assertEquals([peer.written, peer.told], [["a", "bye"], ["ended true"]]);
  const broken = new Peer();
  broken.port.out.putText("a");
  broken.port.flush();
  await broken.take(new Error("reset"));
  assertEquals(broken.told, ["ended false"]);
  broken.port.out.putText("b");
  broken.port.flush();
  assertEquals([broken.written, broken.port.out.length], [["a"], 0]);
});

Deno.test("OutPort tells that a reader is slow only while a write waits for it", async () => {
  const peer = new Peer();
  peer.port.out.putText("x".repeat(QUEUE_BYTES_MAX + 1));
  peer.port.flush();
  assertEquals(peer.told, []);
  peer.port.out.putText("x".repeat(QUEUE_BYTES_MAX));
  peer.port.flush();
  assertEquals(peer.told, []);
  peer.port.out.putText("x");
  peer.port.flush();
  assertEquals(peer.told, ["overflown"]);
  await peer.take();
});

Deno.test("OutPort knows up to which ID it has written, and waits for a long answer", async () => {
  const peer = new Peer();
  peer.port.out.putText("a");
  peer.port.flushed = 7;
  peer.port.flush();
  peer.port.flushed = 9;
  assertEquals(peer.port.written, 0);
  await peer.take();
  assertEquals(peer.port.written, 7);
  peer.port.source = (function* () {})();
  let isAnswered = false;
  const answered = peer.port.answered().then(() => isAnswered = true);
  await turn();
  assert(!isAnswered);
  peer.port.end();
  await answered;
});
