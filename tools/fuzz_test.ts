import { assertThrows } from "@std/assert";
import { MisuseError } from "../lib/errors.ts";
import { fuzzRound } from "../lib/testing/fuzzing.ts";
import { ChatServerConnection } from "../lib/chat/server_connection.ts";
import { HttpServerConnection } from "../lib/http/server_connection.ts";
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

/** The first seed that finds something. */
function failingSeed(): number {
  for (let seed = 0;; seed++) {
    try {
      fuzzRound(seed);
    } catch {
      return seed;
    }
  }
}

Deno.test("fuzzRound() finds a machine that throws what it must not, and finds it again by its seed", () => {
  const next = ServerConnection.prototype.next;
  try {
    ServerConnection.prototype.next = function (now) {
      const event = next.call(this, now);
      if (event.kind === "request" && event.request.verb === "quit") {
        throw new MisuseError("planted");
      }
      return event;
    };
    const seed = failingSeed();
    assertThrows(() => fuzzRound(seed), MisuseError, "planted");
  } finally {
    ServerConnection.prototype.next = next;
  }
});

Deno.test("fuzzRound() finds a machine for HTTP that throws in a body, and one that tells of an end too early", () => {
  const next = HttpServerConnection.prototype.next;
  try {
    HttpServerConnection.prototype.next = function (now) {
      const event = next.call(this, now);
      if (event.kind === "body") throw new MisuseError("planted");
      return event;
    };
    const seed = failingSeed();
    assertThrows(() => fuzzRound(seed), MisuseError, "planted");
    HttpServerConnection.prototype.next = function (now) {
      const event = next.call(this, now);
      return event.kind === "need-data" && this.hasBody
        ? { kind: "body-end" }
        : event;
    };
    const early = failingSeed();
    assertThrows(() => fuzzRound(early));
  } finally {
    HttpServerConnection.prototype.next = next;
  }
});

Deno.test("fuzzRound() finds a machine for chats that throws, and one that hears more of less", () => {
  const next = ChatServerConnection.prototype.next;
  try {
    ChatServerConnection.prototype.next = function () {
      const event = next.call(this);
      if (event.kind === "quit") throw new MisuseError("planted");
      return event;
    };
    const seed = failingSeed();
    assertThrows(() => fuzzRound(seed), MisuseError, "planted");
    let waits = 0;
    ChatServerConnection.prototype.next = function () {
      const event = next.call(this);
      // It waits as often as pieces arrive.
      return event.kind === "need-data" && waits++ % 9 === 8
        ? { kind: "who" }
        : event;
    };
    assertThrows(() => fuzzRound(failingSeed()));
  } finally {
    ChatServerConnection.prototype.next = next;
  }
});
