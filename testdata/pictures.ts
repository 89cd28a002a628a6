/**
 * The classic job: 283 pictures, 45 MB, most of them small and a few large, as in any folder of
 * pictures. They are painted here because a repository is no place for 45 MB of them, and always come out the same.
 *
 *     deno run --allow-read --allow-write testdata/pictures.ts [FOLDER]
 */

import { fromFileUrl, join, relative } from "@std/path";
import { paint, paletteOf } from "./painting.ts";
import { encodePng } from "./png.ts";
import {
  between,
  normalQuantile,
  pick,
  type Random,
  seededRandom,
  shuffled,
} from "./random.ts";
import { scenes } from "./scenes.ts";

/** What is decided about a picture before it is painted. */
export interface PlannedPicture {
  /** Name of the file, `picture_001.png` and so on. */
  name: string;
  /** Everything about the looks of the picture follows from this. */
  seed: number;
  /** A key of `scenes`. */
  scene: string;
  /** Length that the file should have; it comes out within `sizeTolerance` of it. */
  bytes: number;
  /** When the picture claims to have been taken, which becomes the file's modification time. */
  modified: Date;
}

/** How far a file may be from its planned length, as a share of that length. */
export const sizeTolerance = 0.06;

const pictureCount = 283;
const planSeed = 283;

// Log-normal: half of the files are smaller than the median, and the longest comes to 1.9 MB,
// so that it stays below 2 MB whatever the tolerance makes of it.
const bytesMedian = 94_500;
const bytesSpread = 1.03;

/**
 * What all 283 pictures will be; the same list on every call.
 *
 * The sizes are the quantiles of the log-normal distribution, not draws from it: so the total is
 * what it should be with any seed, and chance decides only which picture gets which size.
 */
export function planPictures(): PlannedPicture[] {
  const random = seededRandom(planSeed);
  const sizes = shuffled(
    random,
    Array.from({ length: pictureCount }, (_, i) => {
      const deviation = normalQuantile((i + 0.5) / pictureCount);
      return Math.round(bytesMedian * Math.exp(bytesSpread * deviation));
    }),
  );
  const kinds = Object.keys(scenes);
  return sizes.map((bytes, i) => ({
    name: `picture_${String(i + 1).padStart(3, "0")}.png`,
    seed: planSeed * 1000 + i,
    scene: kinds[i % kinds.length]!,
    bytes,
    modified: someDay(random),
  }));
}

/** A moment of 2019 to 2024; an even second, because that is what the coarsest file systems keep. */
function someDay(random: Random): Date {
  const from = Date.UTC(2019, 0, 1);
  const until = Date.UTC(2025, 0, 1);
  return new Date(Math.floor(between(random, from, until) / 2000) * 2000);
}

/**
 * Paints the planned picture and returns the bytes of its PNG file, always the same for the same plan.
 *
 * How well a picture compresses is known only afterwards. So the first attempt is a guess from the grain,
 * and what it came to tells how large the next must be: one more is usual for a file that missed.
 */
export function pictureFile(plan: PlannedPicture): Uint8Array<ArrayBuffer> {
  const attemptsMax = 6;
  const random = seededRandom(plan.seed);
  const makeScene = scenes[plan.scene];
  if (makeScene === undefined) {
    throw new RangeError(`Cannot paint "${plan.scene}": no such scene`);
  }
  const scene = makeScene(random);
  const palette = paletteOf(random);
  const aspect = pick(random, [4 / 3, 3 / 2, 16 / 9, 1, 4 / 5, 2 / 3]);
  const grain = between(random, 3.5, 8);
  const grainSeed = Math.floor(random() * 2 ** 32);

  let bytesPerPixel = guessedBytesPerPixel(grain);
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    const area = plan.bytes / bytesPerPixel;
    const width = Math.max(1, Math.round(Math.sqrt(area * aspect)));
    const height = Math.max(1, Math.round(area / width));
    const file = encodePng(
      paint(
        scene,
        { width, height },
        palette,
        grain,
        seededRandom(grainSeed),
      ),
    );
    if (Math.abs(file.length / plan.bytes - 1) <= sizeTolerance) return file;
    bytesPerPixel = file.length / (width * height);
  }
  throw new Error(
    `Cannot bring ${plan.name} to ${plan.bytes} bytes in ${attemptsMax} attempts`,
  );
}

/**
 * The entropy of the difference of two grains, for three channels: log2(sigma * sqrt(2 pi e)) bits,
 * where sigma is sqrt(2) times that of one grain.
 */
function guessedBytesPerPixel(grain: number): number {
  const whatThePictureAdds = 1.04;
  return whatThePictureAdds * 3 *
    Math.log2(grain * Math.sqrt(4 * Math.PI * Math.E)) / 8;
}

/**
 * Sees to it that `directory` holds the pictures of `plans`, by default all 283, and returns how many there are
 * and their total length. Pictures that are there already are left as they are. What else lies in the folder
 * is not touched, and not counted.
 *
 * The planned modification time is set last and is what marks a picture as complete: a file that
 * was cut short, by us or by anyone, bears the time of the cut. So no list of what is done has to lie about.
 */
export async function makePictures(
  directory: string,
  plans: readonly PlannedPicture[] = planPictures(),
): Promise<{ files: number; bytes: number }> {
  await Deno.mkdir(directory, { recursive: true });
  let bytes = 0;
  for (const plan of plans) {
    const path = join(directory, plan.name);
    const length = await completeLength(path, plan);
    if (length !== undefined) {
      bytes += length;
      continue;
    }
    const file = pictureFile(plan);
    await Deno.writeFile(path, file);
    await Deno.utime(path, plan.modified, plan.modified);
    bytes += file.length;
  }
  return { files: plans.length, bytes };
}

/** The length of the file at `path` if it is the complete picture of `plan`, otherwise undefined. */
async function completeLength(
  path: string,
  plan: PlannedPicture,
): Promise<number | undefined> {
  try {
    const { size, mtime } = await Deno.stat(path);
    const rightTime = mtime?.getTime() === plan.modified.getTime();
    const rightSize = Math.abs(size / plan.bytes - 1) <= sizeTolerance;
    return rightTime && rightSize ? size : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

if (import.meta.main) {
  const directory = Deno.args[0] ??
    fromFileUrl(new URL("pictures", import.meta.url));
  const start = performance.now();
  const { files, bytes } = await makePictures(directory);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const megabytes = (bytes / 1e6).toFixed(1);
  const shown = Deno.args[0] ?? relative(Deno.cwd(), directory);
  Deno.stdout.writeSync(
    new TextEncoder().encode(
      `${files} pictures, ${megabytes} MB in ${shown} (${seconds} s)\n`,
    ),
  );
}
