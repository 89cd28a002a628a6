/**
 * Who may import whom (ARCHITECTURE.md, "Layers"), as a table and a check. Arrows point down: a folder knows those of its
 * row, and itself. `layers_test.ts` holds the tree to it.
 *
 * @module
 */

/** Folders whose code depends on its arguments alone. */
const PURE = [
  "bytes",
  "names",
  "wire",
  "http",
  "chat",
  "commands",
  "files",
  "sync",
  "tracker",
];
const CORE = ["errors.ts", "bytes", "names"];

interface Row {
  /** Folders of lib whose values and types may be used. */
  readonly values: readonly string[];
  /** Folders of lib of which only types may be used. */
  readonly types?: readonly string[];
  /** Whether packages (`@std/...`) may be used. */
  readonly packages?: boolean;
  /** Whether it may say `Deno.`. */
  readonly deno?: boolean;
}

/** The folders of lib, and `entry` for the scripts beside it. */
const ROWS: { readonly [layer: string]: Row } = {
  "errors.ts": { values: [] },
  "std.d.ts": { values: [] },
  bytes: { values: ["errors.ts"] },
  names: { values: ["errors.ts", "bytes"] },
  wire: { values: CORE },
  http: { values: CORE, packages: true },
  chat: { values: [...CORE, "wire", "web"] },
  commands: { values: CORE },
  // Its hashes and the syntax of its ignore files are those of others.
  sync: { values: CORE, packages: true },
  tracker: { values: [...CORE, "sync"] },
  // What server and browser share is written for the browser.
  web: { values: [] },
  files: { values: [...CORE, "web"], types: ["wire", "http"] },
  io: {
    // What is kept and what is sent of a record is the same text.
    values: [...CORE, "sync"],
    types: ["chat", "tracker"],
    packages: true,
    deno: true,
  },
  drivers: {
    values: [
      ...CORE,
      "wire",
      "http",
      "chat",
      "commands",
      "files",
      "sync",
      "tracker",
      "web",
    ],
    types: ["io"],
  },
  // The version of all programs stands in deno.json.
  cli: {
    values: [...CORE, "deno.json"],
    types: ["io", "sync"],
    packages: true,
  },
  programs: {
    values: [...CORE, ...PURE, "io", "drivers", "cli"],
    packages: true,
    deno: true,
  },
  entry: {
    values: ["errors.ts", "cli", "io", "drivers", "programs"],
    packages: true,
    deno: true,
  },
};

/** What makes code depend on more than its arguments. A date made of a number does not. */
const IMPURE =
  /\b(?:Deno\.|console\b|performance\b|Math\.random\b|Date\.now\b|Date(?:\(\)|;)|(?<!node:)crypto\b|setTimeout\b|setInterval\b|fetch\(|async\b|await\b|Promise\b)/;

/** An import, an export of something imported, or a script that a worker runs. */
export interface Import {
  readonly target: string;
  readonly typesOnly: boolean;
}

const COMMENT =
  /("(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`)|\/\*[\s\S]*?\*\/|\/\/.*/g;
const STATIC = /^\s*(?:import|export)\b([^;"]*?)\bfrom\s*"([^"]+)"/gm;
const BARE =
  /^\s*import\s*"([^"]+)"|\bimport\(\s*"([^"]+)"|\bnew URL\(\s*"(\.[^"]+\.ts)"/gm;

/** `source` without its comments. */
export function withoutComments(source: string): string {
  return source.replace(COMMENT, (_, text?: string) => text ?? "");
}

/** What `source` imports. */
export function importsOf(source: string): Import[] {
  const code = withoutComments(source);
  const found: Import[] = [];
  for (const [, clause = "", target = ""] of code.matchAll(STATIC)) {
    const names = /\{([\s\S]*)\}/.exec(clause)?.[1]?.split(",")
      .map((name) => name.trim()).filter((name) => name !== "");
    const typesOnly = /^\s*type\b/.test(clause) ||
      (/^\s*\{/.test(clause) && names !== undefined &&
        names.every((name) => name.startsWith("type ")));
    found.push({ target, typesOnly });
  }
  for (const [, a, b, c] of code.matchAll(BARE)) {
    found.push({ target: (a ?? b ?? c)!, typesOnly: false });
  }
  return found;
}

/**
 * What in the file `path` (relative to the repository, with `/`) breaks the rules; nothing in a test or in lib/testing does.
 */
export function layerFaults(path: string, source: string): string[] {
  if (path.endsWith("_test.ts") || path.startsWith("lib/testing/")) return [];
  const layer = layerOf(path);
  const row = ROWS[layer];
  if (row === undefined) return [`${path}: "${layer}" has no row in the table`];
  const faults: string[] = [];
  for (const { target, typesOnly } of importsOf(source)) {
    if (!target.startsWith(".")) {
      if (!row.packages && !typesOnly) {
        faults.push(`${path}: ${layer} imports the package ${target}`);
      }
      continue;
    }
    const other = layerOf(new URL(target, `file:///${path}`).pathname.slice(1));
    const may = other === layer || row.values.includes(other) ||
      (typesOnly && row.types?.includes(other));
    if (!may) {
      faults.push(
        `${path}: ${layer} imports ${
          typesOnly ? "types" : "values"
        } of ${other}`,
      );
    }
  }
  const code = withoutComments(source);
  if (!row.deno && code.includes("Deno.")) {
    faults.push(`${path}: ${layer} says Deno.`);
  } else if (PURE.includes(layer)) {
    const word = IMPURE.exec(code)?.[0];
    if (word !== undefined) faults.push(`${path}: ${layer} says ${word}`);
  }
  return faults;
}

/** `lib/wire/x.ts` is `wire`, `lib/errors.ts` itself, `web/x.js` is `web`, `server.ts` `entry`; anything else is called by its path. */
function layerOf(path: string): string {
  const [first = "", second = ""] = path.split("/");
  if (first === "lib") return second;
  if (first === "web") return first;
  return /^[a-z_]+\.ts$/.test(path) ? "entry" : path;
}
