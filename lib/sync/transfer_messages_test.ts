import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import {
  BODY_BYTES_MAX,
  FILES_MAX,
  GET_BYTES_MAX,
  GOT_RUNS_MAX,
  readTransferAnswer,
  readTransferRequest,
  type TransferAnswer,
  transferLine,
  type TransferRequest,
} from "./transfer_messages.ts";

const ROOT = "A".repeat(43);

const ID = fc.maxSafeNat();
const ROOTS = fc.array(
  fc.string({
    unit: fc.constantFrom(...("ABCxyz019_-" as string)),
    minLength: 43,
    maxLength: 43,
  }),
  { minLength: 1, maxLength: 8 },
);
const ONE_ROOT = ROOTS.map(([root]) => root!);
const HI: fc.Arbitrary<TransferRequest & TransferAnswer> = fc.record({
  m: fc.constant("hi" as const),
  proto: fc.nat(),
  folder: fc.constantFrom("a", "set-1_Z", "x".repeat(64)),
  peer: fc.constantFrom("0123456789", "abcdefghij"),
});

const REQUEST: fc.Arbitrary<TransferRequest> = fc.oneof(
  HI,
  fc.record({
    m: fc.constant("get" as const),
    id: ID,
    root: ONE_ROOT,
    at: fc.maxSafeNat(),
    len: fc.integer({ min: 1, max: GET_BYTES_MAX }),
  }),
  fc.record({ m: fc.constant("files" as const), id: ID, roots: ROOTS }),
  fc.record({
    m: fc.constant("list" as const),
    id: ID,
    root: ONE_ROOT,
    at: fc.nat(1000),
  }),
  fc.record({ m: fc.constant("bits" as const), id: ID, root: ONE_ROOT }),
  fc.record({ m: fc.constantFrom("cancel" as const, "ping" as const), id: ID }),
);

const OF = fc.option(fc.nat(FILES_MAX - 1), { nil: undefined });
const ANSWER: fc.Arbitrary<TransferAnswer> = fc.oneof(
  HI,
  fc.record({
    m: fc.constant("no" as const),
    code: fc.constantFrom(...["folder", "proto", "busy"] as const),
    text: fc.string({ maxLength: 200 }),
  }),
  fc.record({
    m: fc.constant("data" as const),
    id: ID,
    of: OF,
    len: fc.nat(BODY_BYTES_MAX),
  }),
  fc.record({
    m: fc.constant("bits" as const),
    id: ID,
    whole: fc.constant(false),
    len: fc.nat(1000),
  }),
  fc.record({
    m: fc.constant("got" as const),
    root: ONE_ROOT,
    whole: fc.boolean(),
    blocks: fc.array(fc.tuple(fc.nat(9999), fc.nat(99)), {
      maxLength: GOT_RUNS_MAX,
    }).map((runs) => runs.flat()),
  }),
  fc.record({
    m: fc.constant("err" as const),
    id: ID,
    of: OF,
    code: fc.constantFrom(
      ...["gone", "busy", "changed", "cancelled"] as const,
    ),
  }),
  fc.record({ m: fc.constant("pong" as const), id: ID }),
);

Deno.test("readTransferRequest() reads every request that transferLine() writes", () => {
  fc.assert(fc.property(REQUEST, (request) => {
    const line = transferLine(request);
    assert(line.endsWith("\n") && !line.slice(0, -1).includes("\n"));
    assertEquals(readTransferRequest(line.slice(0, -1)), request);
  }));
});

Deno.test("readTransferAnswer() reads every answer that transferLine() writes", () => {
  fc.assert(fc.property(ANSWER, (answer) => {
    assertEquals(readTransferAnswer(transferLine(answer)), answer);
  }));
});

Deno.test("readTransferRequest() and readTransferAnswer() read any text, or say why not", () => {
  const keys = fc.constantFrom(
    ...["m", "id", "root", "at", "len", "roots", "of", "blocks", "whole"],
  );
  const values = fc.oneof(
    fc.constantFrom("get", "files", "list", "bits", "data", "got", "err", ROOT),
    fc.jsonValue(),
    fc.double(),
  );
  const texts = fc.oneof(
    fc.string(),
    fc.dictionary(keys, values).map((object) => JSON.stringify(object)),
  );
  fc.assert(fc.property(texts, (text) => {
    for (const read of [readTransferRequest, readTransferAnswer]) {
      const message = read(text);
      assert(typeof message === "string" || typeof message.m === "string");
    }
  }));
});

/** What is refused, and a word of the reason. */
const REFUSED_REQUESTS: readonly [unknown, string][] = [
  [{ m: "put", id: 1 }, '"m"'],
  [{ m: "get", root: ROOT, at: 0, len: 1 }, '"id"'],
  [{ m: "get", id: 1, root: "../x", at: 0, len: 1 }, '"root"'],
  [{ m: "get", id: 1, root: ROOT, at: -1, len: 1 }, '"at"'],
  [{ m: "get", id: 1, root: ROOT, at: 0.5, len: 1 }, '"at"'],
  [{ m: "get", id: 1, root: ROOT, at: 0, len: 0 }, "nothing"],
  [{ m: "get", id: 1, root: ROOT, at: 0, len: GET_BYTES_MAX + 1 }, '"len"'],
  [{ m: "get", id: 1, root: ROOT, at: 0, len: "1" }, '"len"'],
  [{ m: "files", id: 1, roots: [] }, "no files"],
  [{ m: "files", id: 1, roots: [ROOT, 7] }, '"roots"'],
  [{ m: "files", id: 1, roots: Array(FILES_MAX + 1).fill(ROOT) }, '"roots"'],
  [{ m: "list", id: 1, root: ROOT, at: 2 ** 20 + 1 }, '"at"'],
  [{ m: "hi", proto: 1, folder: "a b", peer: "aaaaaaaaaa" }, '"folder"'],
  [{ m: "hi", proto: 1, folder: "a", peer: "A" }, '"peer"'],
  [["get"], "object"],
];

Deno.test("readTransferRequest() says what is wrong with a request", () => {
  for (const [request, word] of REFUSED_REQUESTS) {
    const reason = readTransferRequest(JSON.stringify(request));
    assert(typeof reason === "string", JSON.stringify(request));
    assertStringIncludes(reason, word);
  }
});

const REFUSED_ANSWERS: readonly [unknown, string][] = [
  [{ m: "get", id: 1 }, '"m"'],
  [{ m: "data", id: 1, len: BODY_BYTES_MAX + 1 }, '"len"'],
  [{ m: "data", id: 1, len: -1 }, '"len"'],
  [{ m: "data", id: 1, of: FILES_MAX, len: 1 }, '"of"'],
  [{ m: "bits", id: 1, whole: true, len: 1 }, "no bits"],
  [{ m: "bits", id: 1, whole: 1, len: 1 }, '"whole"'],
  [{ m: "got", root: ROOT, whole: false, blocks: [1] }, "no end"],
  [{ m: "got", root: ROOT, whole: false, blocks: [1, -1] }, '"blocks"'],
  [
    {
      m: "got",
      root: ROOT,
      whole: false,
      blocks: Array(GOT_RUNS_MAX * 2 + 2).fill(1),
    },
    '"blocks"',
  ],
  [{ m: "err", id: 1, code: "tired" }, '"code"'],
  [{ m: "no", code: "busy", text: "x".repeat(201) }, '"text"'],
];

Deno.test("readTransferAnswer() says what is wrong with an answer", () => {
  for (const [answer, word] of REFUSED_ANSWERS) {
    const reason = readTransferAnswer(JSON.stringify(answer));
    assert(typeof reason === "string", JSON.stringify(answer));
    assertStringIncludes(reason, word);
  }
});
