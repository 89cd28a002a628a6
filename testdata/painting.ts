/**
 * From the height of a scene to pixels: a palette gives colour, and grain, as of film, gives the
 * file its size.
 */

import type { Picture } from "./png.ts";
import { channels } from "./png.ts";
import { normalQuantile, pick, type Random } from "./random.ts";
import type { Scene } from "./scenes.ts";

/** Red, green and blue for heights from 0 to 1 in `paletteSteps` steps, one after the other. */
export type Palette = Uint8Array;

const paletteSteps = 1024;

/** Colours from low to high, chosen to go together and to leave room for grain at both ends. */
const colourings = [
  ["#1a1b3a", "#5b2a6e", "#c8456b", "#f58a5b", "#f8dc9a"], // dusk
  ["#0e2233", "#15506b", "#2f8f9d", "#8fcfc0", "#eef0d8"], // lagoon
  ["#16241c", "#2f5a3a", "#6f9a4a", "#c6c86a", "#f2edc0"], // meadow
  ["#24160f", "#6a3420", "#b9682f", "#e5a95c", "#f5e3bd"], // desert
  ["#131a2a", "#33456b", "#6f83b0", "#b6bfdc", "#f0eef5"], // morning mist
  ["#200f22", "#4f1f4f", "#8f3f86", "#d183b4", "#f5d5dc"], // heather
  ["#101418", "#3a424a", "#76808a", "#b4b9bc", "#efeeea"], // silver
  ["#0d1f1e", "#174f55", "#d0603a", "#efae5d", "#f5ead2"], // copper
  ["#150f2d", "#2b2f86", "#2f7fd0", "#63cfd0", "#eaf5cf"], // northern lights
  ["#2a0f14", "#7a1a26", "#cf3a30", "#f0903a", "#f6e08c"], // embers
] as const;

/** A palette of two colourings mixed, one of them the stronger. */
export function paletteOf(random: Random): Palette {
  const strong = pick(random, colourings);
  const weak = pick(random, colourings);
  const share = random() * 0.45;
  const result = new Uint8Array(paletteSteps * channels);
  for (let step = 0; step < paletteSteps; step++) {
    const height = step / (paletteSteps - 1);
    for (let channel = 0; channel < channels; channel++) {
      result[step * channels + channel] = Math.round(
        colourAt(strong, height, channel) * (1 - share) +
          colourAt(weak, height, channel) * share,
      );
    }
  }
  return result;
}

function colourAt(
  colouring: readonly string[],
  height: number,
  channel: number,
): number {
  const place = height * (colouring.length - 1);
  const below = Math.min(Math.floor(place), colouring.length - 2);
  const part = (index: number) =>
    parseInt(colouring[index]!.slice(1 + channel * 2, 3 + channel * 2), 16);
  return part(below) + (part(below + 1) - part(below)) * (place - below);
}

/**
 * Paints `scene` in the colours of `palette`. `grain` is the standard deviation of what is added to
 * every byte, in steps of 1/255; `random` decides which grain falls where.
 */
export function paint(
  scene: Scene,
  size: { width: number; height: number },
  palette: Palette,
  grain: number,
  random: Random,
): Picture {
  const { width, height } = size;
  const pixels = new Uint8ClampedArray(width * height * channels);
  const heights = sampled(scene, width, height);
  const samplesPerRow = (width >> 1) + 1;
  const grains = grainTable(grain);
  let chance = Math.floor(random() * 0xffffffff) + 1;
  let to = 0;
  for (let y = 0; y < height; y++) {
    const upper = (y >> 1) * samplesPerRow;
    const lower = ((y + 1) >> 1) * samplesPerRow;
    for (let x = 0; x < width; x++) {
      const left = x >> 1;
      const right = (x + 1) >> 1;
      const colour = channels *
        ((heights[upper + left]! + heights[upper + right]! +
          heights[lower + left]! + heights[lower + right]!) >> 2);
      chance ^= chance << 13; // xorshift32, in place: a call for each pixel would be felt
      chance ^= chance >>> 17;
      chance ^= chance << 5;
      pixels[to] = palette[colour]! + grains[chance & 255]!;
      pixels[to + 1] = palette[colour + 1]! + grains[(chance >> 8) & 255]!;
      pixels[to + 2] = palette[colour + 2]! + grains[(chance >> 16) & 255]!;
      to += channels;
    }
  }
  return { width, height, pixels };
}

/**
 * Heights as steps of the palette, at every second pixel of every second row: what lies between is
 * interpolated, under grain nobody can tell, and a scene may cost four times as much.
 */
function sampled(scene: Scene, width: number, height: number): Uint16Array {
  const columns = (width >> 1) + 1;
  const rows = (height >> 1) + 1;
  const unit = 1 / Math.min(width, height);
  const result = new Uint16Array(columns * rows);
  let to = 0;
  for (let row = 0; row < rows; row++) {
    const y = (row * 2 - height / 2) * unit;
    for (let column = 0; column < columns; column++, to++) {
      const value = scene((column * 2 - width / 2) * unit, y);
      result[to] = Math.max(0, Math.min(1, value)) * (paletteSteps - 1);
    }
  }
  return result;
}

/** 256 equally likely amounts of grain that follow the normal distribution. */
function grainTable(deviation: number): Int8Array {
  return Int8Array.from(
    { length: 256 },
    (_, i) => Math.round(normalQuantile((i + 0.5) / 256) * deviation),
  );
}
