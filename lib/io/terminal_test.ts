import { assertEquals } from "@std/assert";
import { fromBytes, toBytes } from "../bytes/ascii.ts";
import { peerText } from "./terminal.ts";

/** A stdout that remembers; takes a few bytes at a time. */
class Screen {
  text = "";
  readonly #isTerminal: boolean;

  constructor(isTerminal: boolean) {
    this.#isTerminal = isTerminal;
  }

  writeSync(bytes: Uint8Array): number {
    const taken = bytes.subarray(0, 3);
    this.text += fromBytes(taken) ?? String.fromCharCode(...taken);
    return taken.length;
  }

  isTerminal(): boolean {
    return this.#isTerminal;
  }
}

const HOSTILE = "\x1b[2Jred\x07\r\nnext\tline\u202e\n";

// L2
Deno.test("peerText() makes visible what could drive a terminal, also when it comes in pieces", () => {
  const screen = new Screen(true);
  const write = peerText(screen);
  const bytes = toBytes(HOSTILE);
  for (let i = 0; i < bytes.length; i++) write(bytes.subarray(i, i + 1));
  assertEquals(screen.text, "\\x1b[2Jred\\x07\\r\nnext\tline\\u{202e}\n");
});

Deno.test("peerText() leaves a pipe every byte as it came", () => {
  const pipe = new Screen(false);
  peerText(pipe)(toBytes("\x1b[2J\r\n"));
  assertEquals(pipe.text, "\x1b[2J\r\n");
});
