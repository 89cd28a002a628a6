import { assertEquals } from "@std/assert";
import { fromBytes } from "../bytes/ascii.ts";
import { DiskFolder } from "./disk_folder.ts";
import { Exchanger, take } from "./exchanged_file.ts";

Deno.test("Exchanger gives a file its name, and gives what had it", () => {
  using disk = new DiskFolder();
  using exchanger = new Exchanger();
  disk.write("fresh", "one");
  assertEquals(exchanger.put(disk.at("fresh"), disk.at("ä b")), undefined);
  disk.write("fresh", "two");
  const replaced = exchanger.put(disk.at("fresh"), disk.at("ä b"));
  assertEquals(fromBytes(replaced!), "one");
  assertEquals(Deno.readTextFileSync(disk.at("ä b")), "two");
  assertEquals(disk.list(), ["ä b"]);
});

Deno.test("take() takes a file away, and gives what it was", () => {
  using disk = new DiskFolder();
  disk.write("a", "one");
  const aside = disk.at("aside");
  assertEquals(fromBytes(take(disk.at("a"), aside)!), "one");
  assertEquals(take(disk.at("a"), aside), undefined);
  assertEquals(disk.list(), []);
});
