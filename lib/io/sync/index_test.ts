import { assert, assertEquals, assertThrows } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { local, testSyncIndex } from "../../testing/index_suite.ts";
import { openSyncIndex } from "./index.ts";

/** A folder of its own, and the path of an index in it. */
class Site implements Disposable {
  readonly folder = Deno.makeTempDirSync({ prefix: "landline-index-" });
  readonly path = `${this.folder}/index.sqlite`;
  readonly notes: string[] = [];

  open(replica: string) {
    return openSyncIndex(
      this.path,
      () => replica,
      (text) => this.notes.push(text),
    );
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.folder, { recursive: true });
  }
}

testSyncIndex("SqliteIndex", () => {
  const site = new Site();
  const open: ReturnType<Site["open"]>[] = [];
  return {
    open: (newReplica) => {
      // As after the death of a process: what it had open is closed by the system, without a word.
      for (const index of open.splice(0)) closeQuietly(index);
      const index = site.open(newReplica());
      open.push(index);
      return index;
    },
    clean: () => {
      for (const index of open) closeQuietly(index);
      site[Symbol.dispose]();
    },
  };
});

Deno.test("openSyncIndex() moves what is no database aside, and begins anew as a new replica", () => {
  using site = new Site();
  for (const text of ["no database ".repeat(1000), "another ".repeat(1000)]) {
    Deno.writeTextFileSync(site.path, text);
    const index = site.open("bbbbbbbbbb");
    assertEquals(index.load().meta.replica, "bbbbbbbbbb");
    index.commit({ locals: [local("a")] });
    index.close();
    // One is kept: the newest.
    assertEquals(Deno.readTextFileSync(`${site.path}.damaged`), text);
  }
  assertEquals(
    [...Deno.readDirSync(site.folder)].map(({ name }) => name).sort(),
    ["index.sqlite", "index.sqlite.damaged"],
  );
  assertEquals(site.notes.length, 2);
  assert(site.notes[0]!.includes("is kept as"), site.notes[0]);
});

Deno.test("openSyncIndex() begins anew where rows are not what they should be", () => {
  const damages = [
    `update local set record = '{"p":"../x"}'`,
    "update local set record = '{'",
    "update local set seen = '{}'",
    "update global set record = '[]'",
    "update meta set value = 'many' where name = 'counterMax'",
    "update meta set value = '999' where name = 'format'",
    "drop table list",
    "delete from meta where name = 'replica'",
  ];
  for (const damage of damages) {
    using site = new Site();
    const index = site.open("aaaaaaaaaa");
    index.commit({
      locals: [local("a")],
      globals: [{ record: local("b").record, seq: 1 }],
    });
    index.close();
    const database = new DatabaseSync(site.path);
    database.exec(damage);
    database.close();
    const again = site.open("bbbbbbbbbb");
    const { meta, locals } = again.load();
    again.close();
    // A table that is not there holds nothing that was promised: block lists are found again.
    if (damage.startsWith("drop")) continue;
    assertEquals([meta.replica, [...locals].length], ["bbbbbbbbbb", 0], damage);
    assertEquals(site.notes.length, 1, damage);
  }
});

Deno.test("openSyncIndex() finds damaged pages of a database that was not closed", () => {
  using site = new Site();
  const index = site.open("aaaaaaaaaa");
  index.commit({
    locals: Array.from({ length: 2000 }, (_, i) => local(`file ${i}`)),
  });
  index.close();
  const database = new DatabaseSync(site.path);
  database.exec("update meta set value = 'no' where name = 'closed'");
  database.close();
  using file = Deno.openSync(site.path, { read: true, write: true });
  const pages = file.statSync().size / 4096;
  for (let page = 8; page < pages; page += 3) {
    file.seekSync(page * 4096, Deno.SeekMode.Start);
    file.writeSync(new Uint8Array(4096).fill(page));
  }
  const again = site.open("bbbbbbbbbb");
  assertEquals(again.load().meta.replica, "bbbbbbbbbb");
  assertEquals(site.notes.length, 1);
  again.close();
});

Deno.test("openSyncIndex() says what the disk says: missing rights are no reason to begin anew", () => {
  using site = new Site();
  assertThrows(() =>
    openSyncIndex(
      `${site.folder}/missing/index.sqlite`,
      () => "aaaaaaaaaa",
      (text) => site.notes.push(text),
    )
  );
  assertEquals(site.notes, []);
});

Deno.test("openSyncIndex() refuses an index that another process has, and leaves it alone", () => {
  using site = new Site();
  const index = site.open("aaaaaaaaaa");
  assertThrows(() => site.open("bbbbbbbbbb"), Error, "locked");
  index.commit({ locals: [local("a")] });
  index.close();
  assertEquals(site.notes, []);
});

Deno.test("SqliteIndex keeps nothing of a batch that failed", () => {
  using site = new Site();
  const index = site.open("aaaaaaaaaa");
  index.commit({ locals: [local("a")] });
  const impossible = { ...local("b"), seen: { size: 1n } } as never;
  assertThrows(() => index.commit({ locals: [local("c"), impossible] }));
  index.commit({ locals: [local("d")] });
  index.close();
  const again = site.open("bbbbbbbbbb");
  assertEquals([...again.load().locals].map(({ record }) => `${record.path}`), [
    "a",
    "d",
  ]);
  again.close();
});

Deno.test("SqliteIndex shares a record that is the same locally and globally", () => {
  using site = new Site();
  const index = site.open("aaaaaaaaaa");
  const entry = local("a");
  index.commit({
    locals: [entry],
    globals: [{ record: { ...entry.record }, seq: 1 }],
  });
  index.close();
  const again = site.open("bbbbbbbbbb");
  const { locals, globals } = again.load();
  assert([...locals][0]!.record === [...globals][0]!.record);
  again.close();
});

function closeQuietly(index: { close(): void }): void {
  try {
    index.close();
  } catch {
    // Closed already.
  }
}
