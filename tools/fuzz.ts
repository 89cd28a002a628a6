/**
 * Throws bytes at the parsers until the time is up: `deno task fuzz --seconds 60`. Needs no permission.
 *
 * What must hold for any bytes, in any pieces: they give events, a `Refusal` or a `PeerError`, and never another exception;
 * the pieces make no difference; nothing holds more memory than it is bounded to; what is understood can be written again
 * and means the same. A round that fails prints its seed, and `--seed N --rounds 1` is that round again.
 *
 * @module
 */

import { parseFlags } from "../lib/cli/flags.ts";
import { fuzzRound } from "../lib/testing/fuzzing.ts";

const FLAGS = {
  seconds: {
    type: "seconds",
    value: "SECONDS",
    default: 10,
    help: "then it ends",
  },
  rounds: {
    type: "count",
    value: "N",
    min: 1,
    max: 1e15,
    help: "then it ends, too",
  },
  seed: {
    type: "count",
    value: "N",
    min: 0,
    max: 2 ** 32 - 1,
    help: "of the first round; the next one has the next",
  },
} as const;

/** @returns the exit code */
function main(args: readonly string[]): number {
  const { flags } = parseFlags(FLAGS, args);
  const until = performance.now() + flags.seconds;
  const first = flags.seed ?? Math.floor(Math.random() * 2 ** 31);
  let rounds = 0;
  for (; performance.now() < until && rounds !== flags.rounds; rounds++) {
    const seed = (first + rounds) % 2 ** 32;
    try {
      fuzzRound(seed);
    } catch (error) {
      say(
        `Seed ${seed} fails; again with: deno task fuzz --seed ${seed} --rounds 1`,
      );
      say(error instanceof Error ? error.stack ?? error.message : `${error}`);
      return 1;
    }
  }
  say(`${rounds} rounds from seed ${first} on, and nothing found`);
  return 0;
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text + "\n"));
}

if (import.meta.main) Deno.exit(main(Deno.args));
