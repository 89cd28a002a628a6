import { assertEquals } from "@std/assert";
import { toBytes } from "../bytes/ascii.ts";
import { copyDisk } from "./sim_copy.ts";
import { SimDisk } from "./sim_disk.ts";
import { SimPerson } from "./sim_people.ts";
import { treeOf } from "./sim_tree.ts";

Deno.test("copyDisk() puts all that is on one disk in place of all that is on another, for good", () => {
  const [from, to] = [1_000_000, 2_000_000].map((now) =>
    new SimDisk({ now: () => now })
  );
  const person = new SimPerson(from!);
  person.write("d/f", toBytes("f"), 5000);
  person.describe("d/f", { mode: 0o755 });
  person.makeFolders("e");
  person.write(".landline/id", toBytes("mark"));
  new SimPerson(to!).write("old/f", toBytes("old"));
  copyDisk(from!, to!);
  to!.crash(() => 0);
  assertEquals(treeOf(to!), treeOf(from!));
  assertEquals(to!.get("d/f").mtime, 5000);
  assertEquals(to!.get(".landline/id").bytes, toBytes("mark"));
  person.write("d/f", toBytes("changed"));
  assertEquals(to!.get("d/f").bytes, toBytes("f"));
});
