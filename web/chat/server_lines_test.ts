import { assertEquals } from "@std/assert";
import { parseServerLine, type ServerLine } from "./server_lines.js";

const hello = {
  id: 7,
  time: 1700000000000,
  from: "alice",
  to: "bob",
  text: "hello | you|",
};

const LINES: readonly (readonly [string, ServerLine | undefined])[] = [
  ["joined|bob|e1|3", { kind: "joined", name: "bob", epoch: "e1", number: 3 }],
  [
    "message|7|1700000000000|alice|bob|hello | you|",
    { kind: "message", isOld: false, ...hello },
  ],
  [
    "action|7|1700000000000|alice|bob|hello | you|",
    { kind: "action", isOld: false, ...hello },
  ],
  [
    "old|message|7|1700000000000|alice|bob|hello | you|",
    { kind: "message", isOld: true, ...hello },
  ],
  ["now", { kind: "now" }],
  ["sent|12", { kind: "sent", number: 12 }],
  ["kept|12|Mary Ann", { kind: "kept", number: 12, name: "Mary Ann" }],
  [
    "refused|0|taken|The name is taken: by |",
    {
      kind: "refused",
      number: 0,
      code: "taken",
      text: "The name is taken: by |",
    },
  ],
  ["came|a|b c", { kind: "came", names: ["a", "b c"] }],
  ["left|a", { kind: "left", names: ["a"] }],
  ["names", { kind: "names", names: [] }],
  ["renamed|a|b", { kind: "renamed", from: "a", to: "b" }],
  ["missed|4", { kind: "missed", count: 4 }],
  ["bye|slow|You | read", { kind: "bye", code: "slow", text: "You | read" }],
  ["ping", { kind: "ping" }],
  ["", undefined],
  ["old|names|a", undefined],
  ["message|7", undefined],
  ["joined|bob", undefined],
  ["constructor", undefined],
];

Deno.test("parseServerLine() understands every line of docs/chat.md, and passes over others", () => {
  for (const [line, said] of LINES) {
    assertEquals(parseServerLine(line), said, line);
  }
});
