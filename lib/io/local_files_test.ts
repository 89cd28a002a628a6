import { assert, assertEquals, assertThrows } from "@std/assert";
import { Refusal } from "../errors.ts";
import { patterned } from "../testing/content.ts";
import { type LocalFile, localFiles, openLocalFile } from "./local_files.ts";

function inFolder(body: (path: string) => void): void {
  const path = Deno.makeTempDirSync();
  try {
    body(path);
  } finally {
    Deno.removeSync(path, { recursive: true });
  }
}

function put(path: string, content: string | Uint8Array, mtime = 1234.567) {
  Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  Deno.writeFileSync(
    path,
    typeof content === "string" ? new TextEncoder().encode(content) : content,
  );
  Deno.utimeSync(path, mtime, mtime);
}

function only(path: string): LocalFile {
  const files = localFiles(path);
  assertEquals(files.length, 1);
  return files[0]!;
}

Deno.test("localFiles() gives a file its own name, its size and its time", () => {
  inFolder((path) => {
    put(`${path}/sub/a b.txt`, "hello");
    const { name, size, mtime } = only(`${path}/sub/a b.txt`);
    assertEquals([name, size, mtime] as unknown[], ["a b.txt", 5, 1_234_567]);
  });
});

Deno.test("localFiles() names what is in a folder from the folder's own name on, sorted", () => {
  inFolder((path) => {
    for (const name of ["b", "a/z", "a/y/x", "c d"]) {
      put(`${path}/pics/${name}`, name);
    }
    const expected = ["pics/a/y/x", "pics/a/z", "pics/b", "pics/c d"];
    for (const asked of ["pics", "pics/", "pics/a/.."]) {
      const found = localFiles(`${path}/${asked}`).map(({ name }) => name);
      assertEquals(found as string[], expected, asked);
    }
  });
});

Deno.test("localFiles() sends names that begin with a dot only when they are named themselves", () => {
  inFolder((path) => {
    for (const name of [".secret", ".git/config", "a", "sub/.env"]) {
      put(`${path}/pics/${name}`, name);
    }
    assertEquals(localFiles(`${path}/pics`).map(({ name }) => name as string), [
      "pics/a",
    ]);
    assertEquals(only(`${path}/pics/.secret`).name as string, ".secret");
    assertEquals(only(`${path}/pics/.git`).name as string, ".git/config");
  });
});

Deno.test("localFiles() follows no links in a folder, and leaves out what is no file", () => {
  // security.md P6: a link could lead to what nobody meant to send.
  inFolder((path) => {
    put(`${path}/secret`, "outside");
    put(`${path}/pics/a`, "a");
    Deno.symlinkSync(`${path}/secret`, `${path}/pics/link`);
    Deno.symlinkSync(path, `${path}/pics/up`);
    Deno.symlinkSync(`${path}/nowhere`, `${path}/pics/broken`);
    assertEquals(localFiles(`${path}/pics`).map(({ name }) => name as string), [
      "pics/a",
    ]);
  });
});

Deno.test("localFiles() gives every state of every file another token, and the same state the same", () => {
  inFolder((path) => {
    const tokens = new Set<string>();
    const token = (name: string) => only(`${path}/${name}`).token;
    put(`${path}/a`, "12345");
    tokens.add(token("a"));
    assertEquals(token("a"), [...tokens][0]);
    put(`${path}/a`, "123456");
    tokens.add(token("a"));
    put(`${path}/a`, "123456", 1234.568);
    tokens.add(token("a"));
    put(`${path}/b`, "123456", 1234.568);
    tokens.add(token("b"));
    Deno.removeSync(`${path}/a`);
    put(`${path}/new`, "123456", 1234.568);
    Deno.renameSync(`${path}/b`, `${path}/kept`);
    Deno.renameSync(`${path}/new`, `${path}/b`);
    tokens.add(token("b"));
    assertEquals(tokens.size, 5);
    for (const token of tokens) assert(/^[0-9a-f]{16}$/.test(token), token);
  });
});

Deno.test("localFiles() throws the system's error for a path that is not there", () => {
  inFolder((path) => {
    assertThrows(() => localFiles(`${path}/nowhere`), Deno.errors.NotFound);
  });
});

Deno.test("readAt() fills what it is given, as far as the file goes", () => {
  inFolder((path) => {
    put(`${path}/a`, patterned(1000));
    using file = openLocalFile(only(`${path}/a`));
    const bytes = new Uint8Array(600);
    assertEquals(file.readAt(300, bytes), 600);
    assertEquals(bytes, patterned(1000).slice(300, 900));
    assertEquals(file.readAt(700, bytes), 300);
    assertEquals(bytes.slice(0, 300), patterned(1000).slice(700));
    assertEquals(file.readAt(1000, bytes), 0);
  });
});

Deno.test("hasChanged() sees another size and another time", () => {
  inFolder((path) => {
    put(`${path}/a`, "hello");
    const local = only(`${path}/a`);
    using file = openLocalFile(local);
    assert(!file.hasChanged());
    put(`${path}/a`, "hullo", 1234.568);
    assert(file.hasChanged());
    put(`${path}/a`, "hello!", 1234.567);
    assert(file.hasChanged());
  });
});

Deno.test("openLocalFile() refuses a file that is gone since it was found: that is no lost connection", () => {
  inFolder((path) => {
    put(`${path}/a`, "hello");
    const local = only(`${path}/a`);
    Deno.removeSync(`${path}/a`);
    const { code } = assertThrows(() => openLocalFile(local), Refusal);
    assertEquals(code, "not-found");
  });
});
