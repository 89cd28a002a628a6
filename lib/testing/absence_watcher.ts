/**
 * A program of its own that reads a file again and again until it is told to stop: did it ever see nothing, or a piece?
 * Given the path and the two contents that are whole; prints `ready`, `looked` when it has looked for a while, and in the end
 * what it has counted, as JSON.
 *
 * @module
 */

import { toBytes } from "../bytes/ascii.ts";

/** What the watcher has counted. */
export interface Watched {
  readonly absent: number;
  readonly torn: number;
}

/** How many looks are a while. */
const LOOKS = 200;

function say(line: string): void {
  Deno.stdout.writeSync(toBytes(line + "\n"));
}

if (import.meta.main) {
  const [path = "", ...whole] = Deno.args;
  let isOver = false;
  void Deno.stdin.read(new Uint8Array(1)).then(() => isOver = true);
  say("ready");
  let [looks, absent, torn] = [0, 0, 0];
  while (!isOver) {
    for (let i = 0; i < 50; i++) {
      if (looks === LOOKS) say("looked");
      looks++;
      try {
        if (!whole.includes(Deno.readTextFileSync(path))) torn++;
      } catch {
        absent++;
      }
    }
    await new Promise((resolve) => setTimeout(resolve));
  }
  say(JSON.stringify({ absent, torn }));
}
