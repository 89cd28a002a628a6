/**
 * What every `SharedDirectory` promises of what is changed in it: files that come in, notes, removal.
 *
 * @module
 */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { MisuseError, Refusal } from "../errors.ts";
import { xxh64 } from "../io/checks.ts";
import { NOTE_BYTES_MAX } from "../io/rooted_writing.ts";
import { toName } from "../names/name.ts";
import { assertSameBytes, patterned } from "./content.ts";
import {
  basesOf,
  type DirectorySubject,
  type MakeSubject,
  namesOf,
  readAll,
  refuses,
  text,
  TOKEN,
} from "./directory_suite.ts";

const OTHER_TOKEN = "another-token-is-apart";

/**
 * Runs the suite.
 *
 * @param kind the class, for the names of the tests
 * @param make a new, empty one
 */
export function testDirectoryWriting(kind: string, make: MakeSubject): void {
  const test = (promise: string, run: (subject: DirectorySubject) => unknown) =>
    Deno.test(`${kind} ${promise}`, async () => {
      using subject = make();
      await run(subject);
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
    const other = directory.receive(name, OTHER_TOKEN);
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

  test("finish asks last of all whether the file may have its name", async ({ directory, put, get }) => {
    put("a", "old");
    const incoming = directory.receive(toName("a"), TOKEN);
    incoming.append(new TextEncoder().encode("new"));
    const wanted = new Error("no");
    const finishing = incoming.finish(toName("a"), "overwrite", 1000, () => {
      throw wanted;
    });
    assertEquals(await finishing.catch((error) => error), wanted);
    assertEquals(text(get("a")!), "old");
    let seen = "";
    await incoming.finish(toName("a"), "overwrite", 1000, () => {
      seen = text(get("a")!);
    });
    assertEquals(seen, "old");
    assertEquals(text(get("a")!), "new");
  });

  test("receive goes on with a token whatever the name in that folder, closed as often as may be; finish gives the name", async ({ directory, get }) => {
    // As tus does: one request after the other, perhaps each to another thread.
    const bytes = patterned(1000);
    for (let at = 0; at < bytes.length; at += 100) {
      const incoming = directory.receive(toName(`d/name-${at}`), TOKEN);
      assertEquals(incoming.length, at);
      incoming.append(bytes.subarray(at, at + 100));
      incoming.close();
    }
    const incoming = directory.receive(toName("d/x"), TOKEN);
    assertEquals(await incoming.xxh64(), xxh64(bytes));
    refuses("busy", () => directory.receive(toName("d/y"), TOKEN));
    await incoming.finish(toName("d/final"), "refuse");
    assertSameBytes(get("d/final"), bytes);
    assertEquals(await namesOf(directory, ""), ["d/final"]);
  });

  test("receive keeps a token of one folder apart from the same one of another", ({ directory }) => {
    const one = directory.receive(toName("a/x"), TOKEN);
    const other = directory.receive(toName("b/x"), TOKEN);
    one.append(patterned(10));
    assertEquals(other.length, 0);
    one.discard();
    other.discard();
  });

  test("cutTo takes back what is behind, and nothing else; what follows is appended there", async ({ directory, get }) => {
    const name = toName("a");
    const incoming = directory.receive(name, TOKEN);
    const bytes = patterned(300);
    incoming.append(bytes.subarray(0, 200));
    for (const length of [1000, 200]) {
      incoming.cutTo(length);
      assertEquals(incoming.length, 200);
    }
    incoming.cutTo(100);
    assertEquals(incoming.length, 100);
    assertEquals(await incoming.xxh64(), xxh64(bytes.subarray(0, 100)));
    incoming.append(bytes.subarray(100));
    assertEquals(await incoming.xxh64(), xxh64(bytes));
    incoming.cutTo(0);
    incoming.append(bytes);
    await incoming.finish(name, "refuse");
    assertSameBytes(get("a"), bytes);
  });

  test("a note is kept until it is dropped, apart by folder and token, and seen by nobody else", async ({ directory }) => {
    const sub = toName("new/sub");
    const odd = "\ufeff\u0000 é😀\r\n" + "x".repeat(5000);
    assertEquals(directory.note("", TOKEN), undefined);
    assertEquals(directory.note(sub, TOKEN), undefined);
    directory.keepNote("", TOKEN, odd);
    directory.keepNote(sub, TOKEN, "");
    directory.keepNote("", OTHER_TOKEN, "other");
    assertEquals(directory.note("", TOKEN), odd);
    assertEquals(directory.note(sub, TOKEN), "");
    directory.keepNote("", TOKEN, "shorter");
    assertEquals(directory.note("", TOKEN), "shorter");
    assertEquals(await namesOf(directory, ""), []);
    assertEquals(basesOf(await directory.folder("")), ["new"]);
    assertEquals(basesOf(await directory.folder(sub)), []);

    directory.dropNote("", TOKEN);
    directory.dropNote("", TOKEN);
    assertEquals(directory.note("", TOKEN), undefined);
    assertEquals(directory.note(sub, TOKEN), "");
    assertEquals(directory.note("", OTHER_TOKEN), "other");
  });

  test("a note is no part, and stays when the part goes", async ({ directory }) => {
    directory.keepNote("", TOKEN, "note");
    const incoming = directory.receive(toName("a"), TOKEN);
    assertEquals(incoming.length, 0);
    incoming.append(patterned(10));
    directory.dropNote("", TOKEN);
    assertEquals(incoming.length, 10);
    directory.keepNote("", TOKEN, "note");
    await incoming.finish(toName("a"), "refuse");
    assertEquals(directory.note("", TOKEN), "note");
    directory.dropNote("", TOKEN);
    assertEquals(await namesOf(directory, ""), ["a"]);
  });

  test("a note has at most 64 KiB; a longer one is refused, and the old one stays", ({ directory }) => {
    const most = "é".repeat(NOTE_BYTES_MAX / 2);
    directory.keepNote("", TOKEN, most);
    assertEquals(directory.note("", TOKEN), most);
    refuses("too-large", () => directory.keepNote("", TOKEN, most + "x"));
    assertEquals(directory.note("", TOKEN), most);
  });

  test("a note needs a folder: none is kept below a file", ({ directory, put }) => {
    put("file", "");
    for (const place of ["file", "file/x"]) {
      const name = toName(place);
      refuses("exists", () => directory.keepNote(name, TOKEN, ""));
      assertEquals(directory.note(name, TOKEN), undefined);
      directory.dropNote(name, TOKEN);
    }
  });

  test("what is no token is our own fault, whatever it would have made of a path", async ({ directory, put }) => {
    // security.md P1: tokens come from URLs.
    put("d/x", "");
    for (
      const token of [
        "",
        "short",
        "x".repeat(65),
        "../../../../etc/passwd",
        "0123456789abcdef/../../x",
        "0123456789abcdeF",
        "0123456789abcdef\n",
        "0123456789abcdef\0",
        "0123456789abcde.",
        "é".repeat(16),
      ]
    ) {
      for (
        const call of [
          () => directory.receive(toName("new/x"), token),
          () => directory.keepNote(toName("new"), token, ""),
          () => directory.note(toName("d"), token),
          () => directory.dropNote(toName("d"), token),
        ]
      ) assertThrows(call, MisuseError);
    }
    assertEquals(basesOf(await directory.folder("")), ["d"]);
  });

  test("remove removes a file; who has it open keeps it", async ({ directory, put, settle }) => {
    const name = toName("d/a");
    put("d/a", "12345");
    settle();
    const file = directory.open(name);
    assert(await directory.small(name) !== undefined);
    directory.remove(name);
    assertEquals(text(await readAll(file)), "12345");
    file.close();
    assertEquals(await directory.small(name), undefined);
    refuses("not-found", () => directory.open(name));
    refuses("not-found", () => directory.remove(name));
    assertEquals(await directory.folder(toName("d")), []);
  });

  test("remove removes an empty folder, and refuses one in which anything is, also of ours", async ({ directory, put }) => {
    const folder = toName("d/e");
    put("d/e/a", "");
    const refused = () => {
      const error = assertThrows(() => directory.remove(folder), Refusal);
      assertEquals([error.code, error.message], [
        "exists",
        "The folder is not empty",
      ]);
      assertEquals(directory.kindOf(folder), "folder");
    };
    refused();
    directory.remove(toName("d/e/a"));
    const incoming = directory.receive(toName("d/e/x"), TOKEN);
    refused();
    incoming.discard();
    directory.keepNote(folder, TOKEN, "");
    refused();
    directory.dropNote(folder, TOKEN);
    put("d/e/.hidden", "");
    refused();
    put("d/e/f/g", "");
    directory.remove(toName("d/e/f/g"));
    refused();
    refuses("not-found", () => directory.remove(toName("d/e/.hidden")));
    assertEquals(basesOf(await directory.folder(folder)), ["f"]);
  });

  test("remove of an empty folder leaves those beside and above it", async ({ directory, put, remove }) => {
    put("d/e/a", "");
    put("d/ef/a", "");
    remove("d/e/a");
    directory.remove(toName("d/e"));
    refuses("not-found", () => directory.kindOf(toName("d/e")));
    assertEquals(basesOf(await directory.folder(toName("d"))), ["ef"]);
  });

  test("remove refuses what is not there", ({ directory, put }) => {
    put("file", "12345");
    for (const name of ["none", "none/x", "file/x", "file/x/y"]) {
      refuses("not-found", () => directory.remove(toName(name)));
    }
    assertEquals(directory.kindOf(toName("file")), "file");
  });
}
