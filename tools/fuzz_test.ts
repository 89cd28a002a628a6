import { assertThrows } from "@std/assert";
import { MisuseError } from "../lib/errors.ts";
import { fuzzRound } from "../lib/testing/fuzzing.ts";
import { ServerConnection } from "../lib/wire/server_connection.ts";

Deno.test("fuzzRound() finds nothing in the first thousand seeds", () => {
  for (let seed = 0; seed < 1000; seed++) {
    try {
      fuzzRound(seed);
    } catch (cause) {
      throw new Error(
        `Seed ${seed} fails; again with: deno task fuzz --seed ${seed} --rounds 1`,
        { cause },
      );
    }
  }
});

Deno.test("fuzzRound() finds a machine that throws what it must not, and finds it again by its seed", () => {
  const next = ServerConnection.prototype.next;
  const failing = () => {
    for (let seed = 0;; seed++) {
      try {
        fuzzRound(seed);
      } catch {
        return seed;
      }
    }
  };
  try {
    ServerConnection.prototype.next = function (now) {
      const event = next.call(this, now);
      if (event.kind === "request" && event.request.verb === "quit") {
        throw new MisuseError("planted");
      }
      return event;
    };
    const seed = failing();
    assertThrows(() => fuzzRound(seed), MisuseError, "planted");
  } finally {
    ServerConnection.prototype.next = next;
  }
});
