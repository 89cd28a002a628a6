import { assertEquals } from "@std/assert";
import { removeOldParts } from "./old_parts.ts";

const BEFORE = 2_000_000_000_000;
const OLD_S = 1_999_999_999;
const NEW_S = 2_000_000_001;

Deno.test("removeOldParts() removes parts nobody has gone on with, in all folders, and nothing else", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/sub`);
    const make = async (name: string, mtime: number) => {
      await Deno.writeTextFile(`${folder}/${name}`, "x");
      await Deno.utime(`${folder}/${name}`, mtime, mtime);
    };
    await make(".landline-0123456789abcdef.part", OLD_S);
    await make("sub/.landline-1123456789abcdef.part", OLD_S);
    await make(".landline-2123456789abcdef.part", NEW_S);
    await make("mine.part", OLD_S);
    await make(".landline-3123456789abcdef.part", OLD_S);
    using held = await Deno.open(`${folder}/.landline-3123456789abcdef.part`, {
      write: true,
    });
    assertEquals(held.tryLockSync(true), true);

    assertEquals(await removeOldParts(folder, BEFORE), 2);

    const left = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    assertEquals(left, [
      ".landline-2123456789abcdef.part",
      ".landline-3123456789abcdef.part",
      "mine.part",
      "sub",
    ]);
    assertEquals([...Deno.readDirSync(`${folder}/sub`)].length, 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
