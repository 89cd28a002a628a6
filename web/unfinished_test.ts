import { assertEquals } from "@std/assert";
import { MemoryStorage } from "../lib/testing/memory_storage.ts";
import { UnfinishedUploads } from "./unfinished.js";

const FILM = {
  url: "http://h/.landline-upload/1",
  folder: "/films/",
  path: "a/film.mkv",
  size: 12,
  lastModified: 34,
  begun: 1000,
};

const DAY = 24 * 3600 * 1000;

Deno.test("UnfinishedUploads finds the same file for the same place again, and nothing else", () => {
  const storage = new MemoryStorage();
  new UnfinishedUploads(storage).remember(FILM);
  const later = new UnfinishedUploads(storage);
  assertEquals(later.find(FILM), FILM);
  for (
    const other of [
      { folder: "/" },
      { path: "film.mkv" },
      { size: 13 },
      { lastModified: 35 },
    ]
  ) assertEquals(later.find({ ...FILM, ...other }), undefined);
});

Deno.test("UnfinishedUploads tells those of a folder, oldest first, and forgets those of last week", () => {
  const memory = new UnfinishedUploads(new MemoryStorage());
  memory.remember({ ...FILM, path: "b", begun: 2000 });
  memory.remember({ ...FILM, path: "a", begun: 1000 });
  memory.remember({ ...FILM, folder: "/", path: "c" });
  assertEquals(
    memory.all("/films/", 3000).map(({ path }) => path),
    ["a", "b"],
  );
  assertEquals(memory.all("/films/", 8 * DAY), []);
  assertEquals(memory.find({ ...FILM, path: "a" }), undefined);
});

Deno.test("UnfinishedUploads forgets what is finished", () => {
  const memory = new UnfinishedUploads(new MemoryStorage());
  memory.remember(FILM);
  memory.forget(FILM);
  assertEquals(memory.find(FILM), undefined);
});

Deno.test("UnfinishedUploads does without storage, and with a full one", () => {
  const none = new UnfinishedUploads(null);
  none.remember(FILM);
  assertEquals(none.find(FILM), undefined);
  const full = new UnfinishedUploads(new MemoryStorage(0));
  full.remember(FILM);
  assertEquals(full.all("/films/", 0), []);
});

for (const text of ["", "null", "[]", "{", "1", '{"url":1}', '{"url":"x"}']) {
  Deno.test(`UnfinishedUploads takes ${text} in the storage for nothing, and leaves what is not ours`, () => {
    const storage = new MemoryStorage();
    new UnfinishedUploads(storage).remember(FILM);
    storage.setItem(storage.key(0)!, text);
    storage.setItem("other", text);
    const memory = new UnfinishedUploads(storage);
    assertEquals(memory.find(FILM), undefined);
    assertEquals(memory.all("/films/", 0), []);
    assertEquals(storage.getItem("other"), text);
  });
}
