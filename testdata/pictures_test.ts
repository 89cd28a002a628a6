import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "@std/path";
import {
  makePictures,
  pictureFile,
  planPictures,
  sizeTolerance,
} from "./pictures.ts";
import { decodePng } from "./png_decode.ts";

/** One small picture of every scene, so that the tests stay quick. */
const few = planPictures()
  .sort((a, b) => a.bytes - b.bytes)
  .filter(({ scene }, i, all) =>
    all.findIndex((other) => other.scene === scene) === i
  );

async function inTempFolder(body: (folder: string) => Promise<void>) {
  const folder = await Deno.makeTempDir({ prefix: "landline_pictures_" });
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function listing(folder: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  return entries.map((entry) => entry.name).sort();
}

Deno.test("planPictures() plans 283 files of 45 MB, from a few KB to 2 MB", () => {
  const sizes = planPictures().map((plan) => plan.bytes);
  const total = sizes.reduce((sum, bytes) => sum + bytes);
  assertEquals(sizes.length, 283);
  // Whatever the tolerance does, and it does not go the same way 283 times.
  assert(total > 44e6 && total < 46e6, `total is ${total}`);
  assert(Math.min(...sizes) > 2_000 && Math.min(...sizes) < 10_000);
  assert(Math.max(...sizes) > 1_500_000);
  assert(Math.max(...sizes) * (1 + sizeTolerance) <= 2_000_000);
});

Deno.test("planPictures() plans sizes whose logarithms are normally distributed", () => {
  const logs = planPictures().map((plan) => Math.log(plan.bytes));
  const mean = logs.reduce((sum, log) => sum + log) / logs.length;
  const moment = (power: number) =>
    logs.reduce((sum, log) => sum + (log - mean) ** power, 0) / logs.length;
  const deviation = Math.sqrt(moment(2));
  const within = logs.filter((log) => Math.abs(log - mean) < deviation).length;
  assert(Math.abs(moment(3) / deviation ** 3) < 0.05, "not symmetric");
  assert(Math.abs(within / logs.length - 0.683) < 0.02, "not normal");
});

Deno.test("planPictures() is the same on every call, with names of its own and times on even seconds", () => {
  const plans = planPictures();
  assertEquals(plans, planPictures());
  assertEquals(new Set(plans.map((plan) => plan.name)).size, 283);
  assertEquals(plans[0]!.name, "picture_001.png");
  assertEquals(plans[282]!.name, "picture_283.png");
  assert(new Set(plans.map((plan) => plan.modified.getTime())).size > 200);
  assert(plans.every((plan) => plan.modified.getTime() % 2000 === 0));
});

for (const plan of few) {
  Deno.test(`pictureFile() paints ${plan.scene} as a PNG of the planned size, the same every time`, () => {
    const file = pictureFile(plan);
    assert(Math.abs(file.length / plan.bytes - 1) <= sizeTolerance);
    assertEquals(file, pictureFile(plan));
    const { width, height, pixels } = decodePng(file);
    assert(width > 20 && height > 20, `${width} x ${height}`);
    assert(new Set(pixels).size > 40, "the picture is flat");
  });
}

Deno.test("pictureFile() refuses a scene that it does not know", () => {
  const plan = { ...few[0]!, scene: "sheep" };
  assertThrows(() => pictureFile(plan), RangeError, '"sheep"');
});

Deno.test("makePictures() writes the planned files with their times, and nothing else", () =>
  inTempFolder(async (folder) => {
    const inside = join(folder, "made", "on the way");
    const made = await makePictures(inside, few);
    assertEquals(await listing(inside), few.map(({ name }) => name).sort());
    let bytes = 0;
    for (const plan of few) {
      const { size, mtime } = await Deno.stat(join(inside, plan.name));
      assertEquals(mtime, plan.modified);
      bytes += size;
    }
    assertEquals(made, { files: few.length, bytes });
  }));

Deno.test("makePictures() leaves a complete set as it is", () =>
  inTempFolder(async (folder) => {
    const made = await makePictures(folder, few);
    // Changed behind its back, with length and time kept: a rewrite would undo it.
    const plan = few[1]!;
    const path = join(folder, plan.name);
    const changed = (await Deno.readFile(path)).fill(7);
    await Deno.writeFile(path, changed);
    await Deno.utime(path, plan.modified, plan.modified);
    assertEquals(await makePictures(folder, few), made);
    assertEquals(await Deno.readFile(path), changed);
  }));

Deno.test("makePictures() repairs a missing, a shortened and an overwritten picture", () =>
  inTempFolder(async (folder) => {
    const made = await makePictures(folder, few);
    const [missing, cut, cutWithTimeKept, overwritten] = few;
    await Deno.remove(join(folder, missing!.name));
    await Deno.truncate(join(folder, cut!.name), 1000);
    await Deno.truncate(join(folder, cutWithTimeKept!.name), 1000);
    const { modified } = cutWithTimeKept!;
    await Deno.utime(join(folder, cutWithTimeKept!.name), modified, modified);
    const path = join(folder, overwritten!.name);
    await Deno.writeFile(path, (await Deno.readFile(path)).fill(7));

    assertEquals(await makePictures(folder, few), made);
    for (const plan of few) {
      const path = join(folder, plan.name);
      assertEquals(await Deno.readFile(path), pictureFile(plan));
      assertEquals((await Deno.stat(path)).mtime, plan.modified);
    }
  }));

Deno.test("makePictures() says so if the folder is a file", () =>
  inTempFolder(async (folder) => {
    const path = join(folder, "taken");
    await Deno.writeTextFile(path, "");
    await assertRejects(() => makePictures(path, few));
  }));
