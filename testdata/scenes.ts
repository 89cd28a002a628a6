/**
 * What the pictures show: six kinds of scene, each a height for every point of the plane, to which
 * `painting.ts` gives colour and grain.
 */

import { between, pick, type Random } from "./random.ts";

/**
 * Height of a scene at a point: 0 to 1 (a little outside is clipped). The middle of the picture
 * is (0, 0), its shorter side reaches from -0.5 to 0.5, and y grows downwards.
 */
export type Scene = (x: number, y: number) => number;

/** Makers of scenes by name: each draws its parameters from `random`, so that no two scenes are alike. */
export const scenes: Record<string, (random: Random) => Scene> = {
  plasma,
  cells,
  julia,
  hills,
  ripples,
  marble,
};

/** Four slow waves in different directions, added up. */
function plasma(random: Random): Scene {
  const waves = Array.from({ length: 4 }, () => {
    const angle = between(random, 0, 2 * Math.PI);
    const pace = between(random, 0.5, 1.5);
    return {
      dx: Math.cos(angle) * pace,
      dy: Math.sin(angle) * pace,
      phase: random(),
      bend: between(random, 0.08, 0.4),
    };
  });
  return (x, y) => {
    let sum = 0;
    let before = 0; // each wave is bent by the one before, which turns a grid into a liquid
    for (const { dx, dy, phase, bend } of waves) {
      before = wave(x * dx + y * dy + phase + before * bend);
      sum += before;
    }
    return 0.5 + sum / 8;
  };
}

/** Voronoi cells: light in the middle of each, dark at the borders, like stained glass. */
function cells(random: Random): Scene {
  const noise = latticeOf(random);
  const perSide = between(random, 3, 8);
  const bump = between(random, 0.6, 1);
  return (x, y) => {
    const u = x * perSide + 64;
    const v = y * perSide + 64;
    const column = Math.floor(u);
    const row = Math.floor(v);
    let nearest = 9;
    let second = 9;
    let tint = 0;
    for (let j = row - 1; j <= row + 1; j++) {
      for (let i = column - 1; i <= column + 1; i++) {
        const dx = i + noise(i, j) - u;
        const dy = j + noise(j + 31, i + 17) - v;
        const square = dx * dx + dy * dy;
        if (square < nearest) {
          second = nearest;
          nearest = square;
          tint = noise(i + 7, j + 91);
        } else if (square < second) second = square;
      }
    }
    const inside = Math.sqrt(second) - Math.sqrt(nearest);
    return Math.min(1, inside * 3) * (0.25 + 0.75 * tint) * bump +
      (1 - bump) * nearest;
  };
}

/** A Julia set, from places known to be rich; the smoothed count of steps is the height. */
function julia(random: Random): Scene {
  const [re, im] = pick(
    random,
    [
      [-0.8, 0.156],
      [-0.4, 0.6],
      [0.285, 0.01],
      [-0.70176, -0.3842],
      [-0.835, -0.2321],
      [-0.7269, 0.1889],
      [0.355, 0.355],
      [-0.123, 0.745],
    ] as const,
  );
  const zoom = between(random, 1.6, 2.6);
  const angle = between(random, 0, 2 * Math.PI);
  const cos = Math.cos(angle) * zoom;
  const sin = Math.sin(angle) * zoom;
  const stepsMax = 60;
  return (x, y) => {
    let a = x * cos - y * sin;
    let b = x * sin + y * cos;
    for (let step = 0; step < stepsMax; step++) {
      const aa = a * a;
      const bb = b * b;
      if (aa + bb > 64) {
        const smooth = step + 1 - Math.log2(Math.log2(aa + bb) / 2);
        return Math.sqrt(Math.max(0, smooth) / stepsMax);
      }
      b = 2 * a * b + im;
      a = aa - bb + re;
    }
    return 1;
  };
}

/** Ridges one behind the other, paler with distance, below a sky with a sun. */
function hills(random: Random): Scene {
  const noise = noiseOf(random);
  const ridges = Math.floor(between(random, 4, 8));
  const horizon = between(random, -0.15, 0.1);
  const sunX = between(random, -0.4, 0.4);
  const sunY = horizon - between(random, 0.05, 0.28);
  const sunSize = between(random, 0.04, 0.11);
  return (x, y) => {
    // From the nearest ridge to the farthest: each hides what is behind it, except for a soft edge.
    let sum = 0;
    let visible = 1;
    for (let near = ridges; near > 0; near--) {
      const depth = near / ridges;
      const rough = noise(x * (2 + 3 * (1 - depth)) + near * 13, near * 7) +
        noise(x * 14 + near * 5, near * 3) * 0.18;
      const top = horizon + depth * 0.55 - rough * (0.16 + 0.14 * depth);
      const covered = Math.min(1, (y - top) * 180);
      if (covered <= 0) continue;
      const pale = 0.62 * (1 - depth) + Math.min(0.12, (y - top) * 0.4);
      sum += visible * covered * pale;
      visible *= 1 - covered;
      if (visible === 0) return sum;
    }
    const away = distance(x - sunX, y - sunY) - sunSize;
    const disc = 0.07 * Math.max(0, Math.min(1, 1 - away * 180));
    const glow = 0.15 / (1 + 12 * Math.max(0, away));
    const sky = Math.min(1, 0.78 + disc + glow + (y - horizon) * 0.22);
    return sum + visible * sky;
  };
}

/** Rings around a few stones thrown into water, where they meet. */
function ripples(random: Random): Scene {
  const stones = Array.from({ length: 3 }, () => ({
    x: between(random, -0.8, 0.8),
    y: between(random, -0.6, 0.6),
    pace: between(random, 3, 7.5),
  }));
  return (x, y) => {
    let sum = 0;
    for (const stone of stones) {
      const away = distance(x - stone.x, y - stone.y);
      sum += wave(away * stone.pace) / (1 + away * 2);
    }
    return 0.5 + sum / 5 + y * 0.25;
  };
}

/** Clouds pushed about by clouds: marble, smoke, the face of Jupiter. */
function marble(random: Random): Scene {
  const noise = noiseOf(random);
  const scale = between(random, 1.2, 3);
  const push = between(random, 0.8, 2.4);
  const stretch = between(random, 1, 2.5);
  const octaves = (x: number, y: number) =>
    noise(x, y) * 0.55 + noise(x * 2.1 + 9, y * 2.1) * 0.3 +
    noise(x * 4.3, y * 4.3 + 9) * 0.15;
  return (x, y) => {
    const u = x * scale;
    const v = y * scale * stretch;
    const pushed = octaves(
      u + push * octaves(u + 5, v + 1),
      v + push * octaves(u + 2, v + 8),
    );
    return (pushed - 0.2) / 0.6;
  };
}

/** A number in [0, 1) for every point with whole coordinates; it repeats every 256 points. */
function latticeOf(random: Random): (column: number, row: number) => number {
  const values = Float64Array.from({ length: 256 }, random);
  const order = Uint8Array.from({ length: 256 }, () => random() * 256);
  return (column, row) =>
    values[(order[column & 255]! + Math.imul(row, 167)) & 255]!;
}

/** The same lattice with smooth passages between its points: value noise, in [0, 1). */
function noiseOf(random: Random): Scene {
  const lattice = latticeOf(random);
  return (x, y) => {
    const column = Math.floor(x);
    const row = Math.floor(y);
    const s = smoothStep(x - column);
    const t = smoothStep(y - row);
    const top = lattice(column, row) * (1 - s) + lattice(column + 1, row) * s;
    const bottom = lattice(column, row + 1) * (1 - s) +
      lattice(column + 1, row + 1) * s;
    return top * (1 - t) + bottom * t;
  };
}

/** A sine of `turns` made of two parabolas: as round to the eye, and several times cheaper than Math.sin. */
function wave(turns: number): number {
  const p = 2 * (turns - Math.floor(turns)) - 1;
  return 4 * p * (Math.abs(p) - 1);
}

/** Length of a vector; Math.hypot guards against overflow, which costs more than the rest of a scene. */
function distance(dx: number, dy: number): number {
  return Math.sqrt(dx * dx + dy * dy);
}

/** From 0 to 1 with no slope at either end, so that the lattice does not show. */
function smoothStep(t: number): number {
  return t * t * (3 - 2 * t);
}
