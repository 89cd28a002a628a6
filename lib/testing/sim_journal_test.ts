import { assert, assertEquals } from "@std/assert";
import { fromBytes, toBytes } from "../bytes/ascii.ts";
import { SimDisk } from "./sim_disk.ts";
import { SimPerson } from "./sim_people.ts";

/** A disk whose time is moved by hand. */
function newDisk(isOrdered = true) {
  const time = { now: 1_700_000_000_000 };
  const disk = new SimDisk({ now: () => time.now, isOrdered });
  return { time, disk, person: new SimPerson(disk) };
}

/** Everything there is, as `path=content`, after a power cut; all that can be left of it by 300 of them. */
function leftBy(
  prepare: () => { disk: SimDisk; person: SimPerson },
): Set<string> {
  const left = new Set<string>();
  let seed = 1;
  const random = () => (seed = seed * 16807 % 2147483647) / 2147483647;
  for (let i = 0; i < 300; i++) {
    const { disk, person } = prepare();
    disk.crash(random);
    left.add(treeOf(person));
  }
  return left;
}

function treeOf(person: SimPerson): string {
  return [...person.walk()].map(([path, { kind, bytes }]) =>
    kind === "folder" ? path : `${path}=${fromBytes(bytes)}`
  ).join(" ");
}

Deno.test("SimDisk loses none of what is on the disk", () => {
  const left = leftBy(() => {
    const made = newDisk();
    made.person.write("a/b", toBytes("1234"));
    made.person.describe("a/b", { mtime: 5, mode: 0o755 });
    made.disk.flush();
    return made;
  });
  assertEquals([...left], ["a a/b=1234"]);
});

Deno.test("SimDisk loses none of what is half a minute old", () => {
  const left = leftBy(() => {
    const made = newDisk();
    made.person.write("a", toBytes("1234"));
    made.time.now += 30_000;
    return made;
  });
  assertEquals([...left], ["a=1234"]);
});

Deno.test("SimDisk may leave nothing or a piece of a new file", () => {
  const left = leftBy(() => {
    const made = newDisk();
    made.person.write("a", toBytes("12"));
    return made;
  });
  assertEquals([...left].sort(), ["", "a=", "a=1", "a=12"]);
});

Deno.test("SimDisk may leave a file that was renamed without its bytes, and with them if they were synced first", () => {
  const replaced = (isSynced: boolean) =>
    leftBy(() => {
      const made = newDisk();
      made.person.write("a", toBytes("old"));
      made.disk.flush();
      made.person.write("b", toBytes("new"));
      if (isSynced) made.disk.journal.syncFile(made.disk.get("b"));
      made.disk.rename("b", "a");
      return made;
    });
  assert(replaced(false).has("a="), "a file of no bytes");
  assertEquals([...replaced(true)].sort(), ["a=new", "a=old b=new"]);
});

Deno.test("SimDisk does a rename wholly or not at all", () => {
  for (const isOrdered of [true, false]) {
    const left = leftBy(() => {
      const made = newDisk(isOrdered);
      made.person.makeFolders("d");
      made.person.write("a", toBytes("1"));
      made.disk.flush();
      made.disk.rename("a", "d/b");
      return made;
    });
    assertEquals([...left].sort(), ["a=1 d", "d d/b=1"]);
  }
});

Deno.test("SimDisk keeps the order of names if it has one", () => {
  const left = (isOrdered: boolean) =>
    leftBy(() => {
      const made = newDisk(isOrdered);
      made.person.write("a", toBytes("1"));
      made.disk.flush();
      made.disk.link("a", "b");
      made.disk.unlink("a");
      return made;
    });
  assertEquals([...left(true)].sort(), ["a=1", "a=1 b=1", "b=1"]);
  assert(left(false).has(""), "The second name may be lost, and the first");
});

Deno.test("SimDisk without order keeps what was synced, and no folder that is in none", () => {
  const left = leftBy(() => {
    const made = newDisk(false);
    made.person.write("a/b", toBytes("1"));
    made.disk.flush();
    made.person.makeFolders("c");
    made.disk.rename("a", "c/a");
    return made;
  });
  // Never moved into a folder that is lost itself.
  assertEquals([...left].sort(), ["a a/b=1", "a a/b=1 c", "c c/a c/a/b=1"]);
  const synced = leftBy(() => {
    const made = newDisk(false);
    made.person.makeFolders("a");
    made.disk.journal.syncFolder(made.disk.root);
    return made;
  });
  assertEquals([...synced], ["a"]);
});

Deno.test("SimDisk counts names anew", () => {
  const { disk, person } = newDisk();
  person.write("a", toBytes("1"));
  disk.link("a", "b");
  disk.flush();
  disk.unlink("b");
  disk.crash(() => 0);
  assertEquals(treeOf(person), "a=1 b=1");
  assertEquals(disk.get("a").links, 2);
});
