/**
 * What every `SharedDirectory` promises, as tests: one suite for the folder on the disk and the one in memory, so that
 * what the drivers' tests learn from memory holds on disks.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { type FaultCode, Refusal } from "../errors.ts";
import { xxh64 } from "../io/checks.ts";
import type { OpenFile, SharedDirectory } from "../io/directory.ts";
import { type Name, toName } from "../names/name.ts";
import { assertSameBytes, patterned } from "./content.ts";

/** A directory under test, and hands that change what is in it. */
export interface DirectorySubject extends Disposable {
  readonly directory: SharedDirectory;
  /** Gives the name to a new file. */
  put(name: string, content: string | Uint8Array): void;
  /** Changes the file's content in place, and so that its time tells. */
  rewrite(name: string, content: string | Uint8Array): void;
  remove(name: string): void;
  get(name: string): Uint8Array | undefined;
  mtimeOf(name: string): number | undefined;
}

const NASTY = `a b#%|"'<&>\\*?:\n\r\t\x01\x7f\u200bé😀 .txt`;
const TOKEN = "0123456789abcdef";

/**
 * Runs the suite.
 *
 * @param kind the class, for the names of the tests
 * @param make a new, empty one
 */
export function testDirectory(
  kind: string,
  make: (options?: { hidden: boolean }) => DirectorySubject,
): void {
  const test = (promise: string, run: (subject: DirectorySubject) => unknown) =>
    Deno.test(`${kind} ${promise}`, async () => {
      using subject = make();
      await run(subject);
    });

  test("open gives the bytes of a file, from where it is told, and 0 at its end", async ({ directory, put }) => {
    put("a/b", patterned(5000));
    const file = directory.open(toName("a/b"));
    assertEquals(file.info.size, 5000);
    assertSameBytes(await readAll(file), patterned(5000));
    assertEquals(await file.read(new Uint8Array(10)), 0);
    file.seek(4990);
    assertSameBytes(await readAll(file), patterned(5000).slice(4990));
    assertEquals(file.current(), file.info);
    file.close();
  });

  test("open refuses what is not a file", ({ directory, put }) => {
    put("a/b", "");
    for (const name of ["a", "none", "a/b/c", "none/b"]) {
      refuses("not-found", () => directory.open(toName(name)));
    }
  });

  test("names and entries give the files of a place, folder by folder and sorted", async ({ directory, put }) => {
    for (const name of ["b", "a/2", "a-", "a/10", "a/c/d", "B", NASTY, "é"]) {
      put(name, name);
    }
    const all = ["B", "a/10", "a/2", "a/c/d", NASTY, "a-", "b", "é"];
    assertEquals(await namesOf(directory, ""), all);
    assertEquals(await namesOf(directory, "a"), ["a/10", "a/2", "a/c/d"]);
    assertEquals(await namesOf(directory, "a/c/d"), ["a/c/d"]);
    assertEquals(await namesOf(directory, "a/c"), ["a/c/d"]);
    for await (const entries of directory.entries("")) {
      for (const { name, size, version } of entries) {
        assertEquals(size, new TextEncoder().encode(name).length);
        const file = directory.open(name);
        assertEquals(file.info.version, version);
        file.close();
      }
    }
    await assertRejects(() => namesOf(directory, "none"), Refusal);
    await assertRejects(() => namesOf(directory, "b/x"), Refusal);
  });

  test("an empty one has no names", async ({ directory }) => {
    assertEquals(await namesOf(directory, ""), []);
  });

  test("what begins with a dot is not listed, opened or stored", async ({ directory, put }) => {
    put(".a", "");
    put(".b/c", "");
    put("d/.e", "");
    put("f", "");
    assertEquals(await namesOf(directory, ""), ["f"]);
    for (const name of [".a", ".b/c", "d/.e", ".landline-x.part"]) {
      refuses("not-found", () => directory.open(toName(name)));
      refuses("not-found", () => directory.mayStore(toName(name), "overwrite"));
      refuses("not-found", () => directory.receive(toName(name), TOKEN));
    }
    await assertRejects(() => namesOf(directory, ".b"), Refusal);
  });

  Deno.test(`${kind} with hidden lists and opens what begins with a dot, but never our own files`, async () => {
    using subject = make({ hidden: true });
    const { directory, put } = subject;
    put(".a", "");
    put(".b/.c", "");
    put(".landline-x.part", "");
    put("d/.landline-y/z", "");
    assertEquals(await namesOf(directory, ""), [".a", ".b/.c"]);
    directory.open(toName(".b/.c")).close();
    for (const name of [".landline-x.part", "d/.landline-y/z"]) {
      refuses("not-found", () => directory.open(toName(name)));
      refuses("not-found", () => directory.receive(toName(name), TOKEN));
    }
  });

  const CHANGES: Record<string, (subject: DirectorySubject) => void> = {
    "rewritten with as many bytes": ({ rewrite }) => rewrite("a", "12346"),
    "made longer": ({ rewrite }) => rewrite("a", "123456"),
    "made shorter": ({ rewrite }) => rewrite("a", "1"),
    "replaced by the same": ({ put }) => put("a", "12345"),
    "removed": ({ remove }) => remove("a"),
  };
  for (const [what, change] of Object.entries(CHANGES)) {
    test(`an open file shows that it was ${what}`, (subject) => {
      subject.put("a", "12345");
      const file = subject.directory.open(toName("a"));
      change(subject);
      assertNotEquals(file.current().version, file.info.version);
      file.close();
    });
  }

  test("an open file keeps its bytes when its name is given to another, or taken away", async ({ directory, put, remove }) => {
    put("a", "old");
    const file = directory.open(toName("a"));
    put("a", "new");
    assertEquals(text(await readAll(file)), "old");
    remove("a");
    file.seek(0);
    assertEquals(text(await readAll(file)), "old");
    file.close();
  });

  test("receive collects a file that nobody sees until it is finished", async ({ directory, get, mtimeOf }) => {
    const incoming = directory.receive(toName("x/y"), TOKEN);
    incoming.append(patterned(700).subarray(0, 300));
    incoming.append(patterned(700).subarray(300));
    assertEquals(incoming.length, 700);
    assertEquals(await incoming.xxh64(), xxh64(patterned(700)));
    assertEquals(await namesOf(directory, ""), []);
    refuses("not-found", () => directory.open(toName("x/y")));
    const stored = await incoming.finish(toName("x/y"), "refuse", 1234567000);
    assertEquals(stored, toName("x/y"));
    assertSameBytes(get("x/y"), patterned(700));
    assertEquals(mtimeOf("x/y"), 1234567000);
    assertEquals(await namesOf(directory, ""), ["x/y"]);
  });

  test("receive resumes a part that was closed, and begins anew after a discarded one", ({ directory }) => {
    const name = toName("a");
    const first = directory.receive(name, TOKEN);
    first.append(patterned(100));
    first.close();
    const other = directory.receive(name, "another-token-is-apart");
    assertEquals(other.length, 0);
    other.discard();
    const second = directory.receive(name, TOKEN);
    assertEquals(second.length, 100);
    second.discard();
    const third = directory.receive(name, TOKEN);
    assertEquals(third.length, 0);
    third.discard();
  });

  test("receive gives a part to one at a time", ({ directory }) => {
    const first = directory.receive(toName("a"), TOKEN);
    refuses("busy", () => directory.receive(toName("a"), TOKEN));
    first.close();
    directory.receive(toName("a"), TOKEN).discard();
  });

  for (
    const [onConflict, stored, old] of [
      ["refuse", undefined, "old"],
      ["rename", "a (2).txt", "old"],
      ["overwrite", "a.txt", "new"],
    ] as const
  ) {
    test(`a name that is taken: ${onConflict}`, async ({ directory, put, get }) => {
      const name = toName("a.txt");
      put("a (1).txt", "older");
      const incoming = directory.receive(name, TOKEN);
      incoming.append(new TextEncoder().encode("new"));
      put("a.txt", "old");
      if (stored === undefined) {
        refuses("exists", () => directory.mayStore(name, onConflict));
        await assertRejects(() => incoming.finish(name, onConflict), Refusal);
        incoming.discard();
      } else {
        directory.mayStore(name, onConflict);
        assertEquals(await incoming.finish(name, onConflict), toName(stored));
        assertEquals(text(get(stored)!), "new");
      }
      assertEquals(text(get("a.txt")!), old);
      assertEquals(text(get("a (1).txt")!), "older");
      const left = directory.receive(name, TOKEN);
      assertEquals(left.length, 0);
      left.discard();
    });
  }

  test("mayStore and receive refuse a folder's name, and a name that lies in a file", ({ directory, put }) => {
    put("folder/x", "");
    put("file", "");
    for (const onConflict of ["refuse", "rename", "overwrite"] as const) {
      refuses("exists", () => directory.mayStore(toName("folder"), onConflict));
      refuses("exists", () => directory.mayStore(toName("file/x"), onConflict));
    }
    refuses("exists", () => directory.receive(toName("file/x"), TOKEN));
  });
}

/** The bytes from where `file` stands to its end. */
export async function readAll(file: OpenFile): Promise<Uint8Array> {
  const bytes: number[] = [];
  const buffer = new Uint8Array(777);
  for (;;) {
    const count = await file.read(buffer);
    if (count === 0) return new Uint8Array(bytes);
    bytes.push(...buffer.subarray(0, count));
  }
}

/** The names in and below `place`. */
export async function namesOf(
  directory: SharedDirectory,
  place: string,
): Promise<string[]> {
  const all: string[] = [];
  for await (
    const names of directory.names(place === "" ? "" : place as Name)
  ) all.push(...names);
  return all;
}

/** Fails unless `call` throws a refusal of that code. */
export function refuses(code: FaultCode, call: () => unknown): void {
  const refusal = assertThrows(call, Refusal);
  assert(refusal.code === code, `${refusal.code} instead of ${code}`);
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
