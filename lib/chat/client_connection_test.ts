import { assert, assertEquals, assertThrows } from "@std/assert";
import { toBytes } from "../bytes/ascii.ts";
import { PeerError } from "../errors.ts";
import {
  ClientConnection,
  parseServerLine,
  type ServerLine,
} from "./client_connection.ts";

const message = (over: object = {}): ServerLine => ({
  kind: "message",
  isOld: false,
  id: 7,
  time: 1700000000000,
  from: "alice",
  to: "bob",
  text: "hello",
  ...over,
} as ServerLine);

/** What a server says, and what it means. */
const LINES: readonly (readonly [string, ServerLine])[] = [
  ["joined|Mary Ann|a1|0", {
    kind: "joined",
    name: "Mary Ann",
    epoch: "a1",
    number: 0,
  }],
  ["message|7|1700000000000|alice|bob|hello", message()],
  ["message|7|1700000000000|alice|*|hello", message({ to: "*" })],
  ["message|7|1700000000000|alice|bob|a|b | c|", message({ text: "a|b | c|" })],
  ["message|7|1700000000000|alice|bob||", message({ text: "|" })],
  ["message|7|1700000000000|alice|bob| ", message({ text: " " })],
  [
    "message|7|1700000000000|דוד|bob|שלום",
    message({
      from: "דוד",
      text: "שלום",
    }),
  ],
  [
    "message|7|1700000000000|👍🏽|bob|e\u0301👩‍👩‍👧",
    message({
      from: "👍🏽",
      text: "e\u0301👩‍👩‍👧",
    }),
  ],
  [
    "action|7|1700000000000|alice|bob|hello",
    message({ kind: "action" }),
  ],
  ["old|message|7|1700000000000|alice|bob|hello", message({ isOld: true })],
  [
    "old|action|7|1700000000000|alice|bob|a|b",
    message({ kind: "action", isOld: true, text: "a|b" }),
  ],
  ["now", { kind: "now", id: undefined }],
  ["now|12", { kind: "now", id: 12 }],
  ["sent|3", { kind: "sent", number: 3 }],
  ["kept|3|bob", { kind: "kept", number: 3, name: "bob" }],
  ["refused|3|unknown|No | such", {
    kind: "refused",
    number: 3,
    code: "unknown",
    text: "No | such",
  }],
  ["refused|0|busy|", {
    kind: "refused",
    number: 0,
    code: "busy",
    text: "",
  }],
  ["came|bob", { kind: "came", names: ["bob"] }],
  ["left|bob|Mary Ann", { kind: "left", names: ["bob", "Mary Ann"] }],
  ["renamed|bob|rob", { kind: "renamed", from: "bob", to: "rob" }],
  ["names|a|b", { kind: "names", names: ["a", "b"] }],
  ["names", { kind: "names", names: [] }],
  ["missed|2", { kind: "missed", count: 2 }],
  ["ping", { kind: "ping" }],
  ["pong", { kind: "pong" }],
  ["bye|stopping|The server stops", {
    kind: "bye",
    code: "stopping",
    text: "The server stops",
  }],
];

/** What no server that speaks the protocol says. */
const FAULTS: Readonly<Record<string, string>> = {
  "an empty line": "",
  "HTTP": "HTTP/1.1 400 Bad Request",
  "the wire protocol": "ERR bad-request What?",
  "a word with blanks": "hello there",
  "joined without a number": "joined|bob|a1",
  "joined with a number that is none": "joined|bob|a1|x",
  "joined without a name": "joined||a1|0",
  "an epoch with a blank": "joined|bob|a 1|0",
  "a message without text": "message|7|1|alice|bob",
  "a message with an empty text": "message|7|1|alice|bob|",
  "a message from nobody": "message|7|1||bob|hello",
  "a message to nobody": "message|7|1|alice||hello",
  "a message whose id is negative": "message|-7|1|alice|bob|hello",
  "a message whose id is no number": "message|7e1|1|alice|bob|hello",
  "a message of no time": "message|7||alice|bob|hello",
  "something old that is no message": "old|now",
  "old alone": "old",
  "now with a word": "now|x",
  "sent without a number": "sent",
  "sent with more than a number": "sent|3|4",
  "kept for nobody": "kept|3|",
  "refused without a code": "refused|3",
  "nobody came": "came",
  "a nobody among those who came": "came|bob||al",
  "a nobody among the names": "names|",
  "renamed to nothing": "renamed|bob",
  "missed without a count": "missed",
  "ping with a word": "ping|x",
  "bye without a code": "bye",
};

/** The lines that `bytes` say, given in pieces of `pieceBytes`. */
function heard(bytes: Uint8Array, pieceBytes: number): ServerLine[] {
  const machine = new ClientConnection();
  const lines: ServerLine[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    machine.buffer.append(bytes.subarray(at, at + pieceBytes));
    for (let line; (line = machine.next()) !== undefined;) lines.push(line);
  }
  return lines;
}

Deno.test("next() understands every line of docs/chat.md, whatever pieces it comes in", () => {
  const text = LINES.map(([line], i) => line + (i % 2 === 0 ? "\n" : "\r\n"));
  const bytes = toBytes(text.join(""));
  const expected = LINES.map(([, line]) => line);
  for (const pieceBytes of [1, 2, 3, 7, 100, bytes.length]) {
    assertEquals(heard(bytes, pieceBytes), expected, `${pieceBytes}`);
  }
});

Deno.test("next() skips what a newer server says", () => {
  const text = "topic|all of it\nping\nnew-word\npong\n";
  assertEquals(heard(toBytes(text), 5), [{ kind: "ping" }, { kind: "pong" }]);
});

Deno.test("parseServerLine() refuses what is not in docs/chat.md", () => {
  for (const [what, line] of Object.entries(FAULTS)) {
    let said: unknown;
    try {
      said = parseServerLine(line);
    } catch (error) {
      said = error;
    }
    assert(said instanceof PeerError, `${what}: ${said}`);
  }
});

Deno.test("next() takes a line of 5120 bytes, and no longer one, however it comes", () => {
  const head = "message|1|1|a|b|";
  const longest = head + "x".repeat(5120 - head.length);
  assertEquals(heard(toBytes(longest + "\n"), 1000).length, 1);
  for (const end of ["x\n", "x"]) {
    const error = assertThrows(
      () => heard(toBytes(longest + end), 1000),
      PeerError,
    );
    assertEquals(error.message, "The server does not speak the chat protocol");
  }
});

Deno.test("next() refuses what is not UTF-8, and everything behind it", () => {
  const machine = new ClientConnection();
  machine.buffer.append(toBytes("ping\n"));
  machine.buffer.append(new Uint8Array([0x6e, 0xff, 0x0a]));
  machine.buffer.append(toBytes("ping\n"));
  assertEquals(machine.next(), { kind: "ping" });
  assertThrows(() => machine.next(), PeerError);
  assertThrows(() => machine.next(), PeerError);
});
