/**
 * What every `SharedDirectory` promises, as tests: one suite for the folder on the disk and the one in memory, so that
 * what the drivers' tests learn from memory holds on disks. Here is what is read; `directory_suite_writing.ts` has what
 * is changed.
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
import type {
  FolderEntry,
  OpenFile,
  SharedDirectory,
} from "../io/directory.ts";
import { SMALL_FILE_BYTES_MAX } from "../io/small_files.ts";
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
  /** From now on, all changes were long ago. */
  settle(): void;
}

export type MakeSubject = (options?: { hidden: boolean }) => DirectorySubject;

const NASTY = `a b#%|"'<&>\\*?:\n\r\t\x01\x7f\u200bé😀 .txt`;
export const TOKEN = "0123456789abcdef";

/**
 * Runs the suite.
 *
 * @param kind the class, for the names of the tests
 * @param make a new, empty one
 */
export function testDirectory(kind: string, make: MakeSubject): void {
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

  test("what begins with a dot is not told of, given, removed or noted", async ({ directory, put, settle, get }) => {
    put(".a", "");
    put(".b/c", "");
    put("d/.e", "");
    settle();
    assertEquals(basesOf(await directory.folder("")), ["d"]);
    assertEquals(basesOf(await directory.folder(toName("d"))), []);
    for (const text of [".a", ".b", ".b/c", "d/.e", ".landline-x.part"]) {
      const name = toName(text);
      refuses("not-found", () => directory.kindOf(name));
      await rejects("not-found", directory.folder(name));
      assertEquals(await directory.small(name), undefined);
      refuses("not-found", () => directory.remove(name));
      refuses("not-found", () => directory.keepNote(name, TOKEN, ""));
      assertEquals(directory.note(name, TOKEN), undefined);
      directory.dropNote(name, TOKEN);
    }
    assert(get(".a") !== undefined);
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
    subject.settle();
    assertEquals(basesOf(await directory.folder("")), [".a", ".b", "d"]);
    assertEquals(basesOf(await directory.folder(toName("d"))), []);
    assert(await directory.small(toName(".b/.c")) !== undefined);
    for (const text of [".landline-x.part", "d/.landline-y/z"]) {
      const name = toName(text);
      refuses("not-found", () => directory.open(name));
      refuses("not-found", () => directory.receive(name, TOKEN));
      refuses("not-found", () => directory.kindOf(name));
      refuses("not-found", () => directory.remove(name));
      assertEquals(await directory.small(name), undefined);
    }
    await rejects("not-found", directory.folder(toName("d/.landline-y")));
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

  test("kindOf tells files from folders, and refuses what is neither", ({ directory, put }) => {
    put("a/b", "");
    assertEquals(directory.kindOf(""), "folder");
    assertEquals(directory.kindOf(toName("a")), "folder");
    assertEquals(directory.kindOf(toName("a/b")), "file");
    for (const name of ["b", "a/c", "a/b/c", "none/b"]) {
      refuses("not-found", () => directory.kindOf(toName(name)));
    }
  });

  test("folder gives the files and folders directly in a place, with sizes and dates", async ({ directory, put, mtimeOf }) => {
    for (const name of ["b", "a/2", "a/c/d", NASTY]) put(name, "12345");
    const entries = [...await directory.folder("")];
    entries.sort((x, y) => x.base < y.base ? -1 : 1);
    const [folder, nasty, file] = entries;
    assertEquals(entries.length, 3);
    assertEquals(folder, {
      base: "a",
      kind: "folder",
      size: 0,
      mtime: folder!.mtime,
    });
    assert(folder!.mtime > 0);
    assertEquals(nasty!.base, NASTY);
    const [size, mtime] = [5, mtimeOf("b")!];
    assertEquals(file, { base: "b", kind: "file", size, mtime });
    assertEquals(basesOf(await directory.folder(toName("a"))), ["2", "c"]);
    assertEquals(basesOf(await directory.folder(toName("a/c"))), ["d"]);
  });

  test("folder refuses what is not a folder", async ({ directory, put }) => {
    put("a/b", "");
    for (const name of ["a/b", "a/b/c", "none", "none/b"]) {
      await rejects("not-found", directory.folder(toName(name)));
    }
  });

  test("folder gives nothing of an empty one", async ({ directory, put, remove }) => {
    assertEquals(await directory.folder(""), []);
    put("a/b", "");
    remove("a/b");
    assertEquals(await directory.folder(toName("a")), []);
    assertEquals(await namesOf(directory, "a"), []);
  });

  test("small gives a file whole, and the same object as long as it is the same", async ({ directory, put, settle }) => {
    put("a/b", patterned(SMALL_FILE_BYTES_MAX));
    put("empty", "");
    settle();
    const name = toName("a/b");
    const small = await directory.small(name);
    assertSameBytes(small?.bytes, patterned(SMALL_FILE_BYTES_MAX));
    const file = directory.open(name);
    assertEquals(small?.info, file.info);
    file.close();
    assert(await directory.small(name) === small);
    assertEquals((await directory.small(toName("empty")))?.bytes.length, 0);
  });

  test("small gives nothing of what is large, not a file, or not there", async ({ directory, put, settle }) => {
    put("large", new Uint8Array(SMALL_FILE_BYTES_MAX + 1));
    put("a/b", "");
    settle();
    for (const name of ["large", "a", "a/b/c", "none", "none/b"]) {
      assertEquals(await directory.small(toName(name)), undefined, name);
    }
  });

  test("small gives no file that was just written: a second change might not show", async ({ directory, put, settle }) => {
    put("a", "12345");
    assertEquals(await directory.small(toName("a")), undefined);
    settle();
    assertEquals(text((await directory.small(toName("a")))!.bytes), "12345");
  });

  for (const [what, change] of Object.entries(CHANGES)) {
    test(`small gives no old bytes of a file that was ${what}`, async (subject) => {
      subject.put("a", "12345");
      subject.settle();
      const { directory, get } = subject;
      const before = await directory.small(toName("a"));
      assert(before !== undefined);
      change(subject);
      const after = await directory.small(toName("a"));
      assertEquals(after?.bytes, what === "removed" ? undefined : get("a"));
      assert(after !== before);
      assert(after?.info.version !== before.info.version);
      subject.put("a", "again");
      assertEquals(text((await directory.small(toName("a")))!.bytes), "again");
    });
  }

  test("small gives all who ask in one turn what is there after the last of them asked", async ({ directory, put, rewrite, settle }) => {
    put("a", "1");
    settle();
    await directory.small(toName("a"));
    const first = directory.small(toName("a"));
    rewrite("a", "2");
    const second = directory.small(toName("a"));
    rewrite("a", "3");
    assertEquals(text((await first)!.bytes), "3");
    assert(await first === await second);
  });

  test("small gives who asks after an answer what is there then", async ({ directory, put, rewrite, settle }) => {
    put("a", "1");
    settle();
    const first = directory.small(toName("a"));
    // In the very moment of the answer, before anybody else runs.
    const second = first.then(() => {
      rewrite("a", "2");
      return directory.small(toName("a"));
    });
    assertEquals(text((await second)!.bytes), "2");
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

/** Fails unless `call` is rejected with a refusal of that code. */
export async function rejects(
  code: FaultCode,
  call: Promise<unknown>,
): Promise<void> {
  const refusal = await assertRejects(() => call, Refusal);
  assert(refusal.code === code, `${refusal.code} instead of ${code}`);
}

/** What is directly in a folder, sorted. */
export function basesOf(entries: readonly FolderEntry[]): string[] {
  return entries.map(({ base }) => base).sort();
}

export function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
