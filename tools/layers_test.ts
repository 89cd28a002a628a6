import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { importsOf, layerFaults } from "./layers.ts";

const ROOT = fromFileUrl(new URL("../", import.meta.url));

/** The scripts of lib, and those beside it. */
async function* scripts(folder = ""): AsyncIterable<string> {
  for await (const { name, isDirectory } of Deno.readDir(ROOT + folder)) {
    const path = folder + name;
    if (isDirectory && (folder !== "" || name === "lib")) {
      yield* scripts(path + "/");
    } else if (name.endsWith(".ts")) yield path;
  }
}

Deno.test("layerFaults() finds nothing in our tree", async () => {
  const faults: string[] = [];
  let files = 0;
  for await (const path of scripts()) {
    files++;
    faults.push(...layerFaults(path, await Deno.readTextFile(ROOT + path)));
  }
  assertEquals(faults, []);
  assert(files > 50, `Only ${files} scripts were looked at`);
});

Deno.test("importsOf() sees every way of importing, over lines as well, and none in a comment", () => {
  const source = `
    import a from "./a.ts"; // import x from "./no.ts";
    import {
      type B,
      b,
    } from "./b.ts";
    import { type C, type D } from "./c.ts";
    import type { E } from "./e.ts";
    import * as f from "./f.ts";
    import "./g.ts";
    export { h } from "./h.ts";
    export type { I } from "./i.ts";
    /* import y from "./no.ts"; */
    const j = await import("./j.ts");
    new Worker(new URL("./k.ts", import.meta.url));
    const text = "// not a comment"; import l from "./l.json" with { type: "json" };
  `;
  const found = importsOf(source.replaceAll("; import l", ";\nimport l"));
  const targets = (typesOnly: boolean) =>
    found.filter((found) => found.typesOnly === typesOnly)
      .map(({ target }) => target).sort().join(" ");
  assertEquals(targets(true), "./c.ts ./e.ts ./i.ts");
  assertEquals(
    targets(false),
    "./a.ts ./b.ts ./f.ts ./g.ts ./h.ts ./j.ts ./k.ts ./l.json",
  );
});

/** Lines that must not stand in a file, and what is said of them. */
const FORBIDDEN: [path: string, line: string, said: string][] = [
  ["lib/errors.ts", `import { x } from "./bytes/ascii.ts";`, "values of bytes"],
  [
    "lib/bytes/x.ts",
    `import { x } from "../names/name.ts";`,
    "values of names",
  ],
  [
    "lib/names/x.ts",
    `import type { X } from "../wire/verbs.ts";`,
    "types of wire",
  ],
  ["lib/wire/x.ts", `import type { X } from "../io/clock.ts";`, "types of io"],
  [
    "lib/wire/x.ts",
    `import { x } from "../drivers/server.ts";`,
    "values of drivers",
  ],
  ["lib/wire/x.ts", `import { x } from "@std/path";`, "package @std/path"],
  ["lib/wire/x.ts", `export async function x() {}`, "says async"],
  ["lib/wire/x.ts", `const now = performance.now();`, "says performance"],
  ["lib/wire/x.ts", `const now = Date.now();`, "says Date"],
  ["lib/http/x.ts", `const now = new Date();`, "says Date"],
  ["lib/http/x.ts", `import { x } from "../wire/verbs.ts";`, "values of wire"],
  ["lib/names/x.ts", `Math.random();`, "says Math.random"],
  ["lib/bytes/x.ts", `console.log(1);`, "says console"],
  ["lib/bytes/x.ts", `Deno.exit(1);`, "says Deno."],
  [
    "lib/commands/x.ts",
    `import { x } from "../wire/verbs.ts";`,
    "values of wire",
  ],
  ["lib/files/x.ts", `import { x } from "../wire/verbs.ts";`, "values of wire"],
  ["lib/wire/x.ts", `import { x } from "../../web/order.js";`, "values of web"],
  [
    "lib/io/x.ts",
    `import type { X } from "../wire/verbs.ts";`,
    "types of wire",
  ],
  [
    "lib/io/x.ts",
    `import { x } from "../drivers/server.ts";`,
    "values of drivers",
  ],
  ["lib/drivers/x.ts", `import { x } from "../io/clock.ts";`, "values of io"],
  [
    "lib/drivers/x.ts",
    `import { type X, x } from "../io/clock.ts";`,
    "values of io",
  ],
  ["lib/drivers/x.ts", `await import("../io/clock.ts");`, "values of io"],
  ["lib/drivers/x.ts", `import { x } from "../cli/flags.ts";`, "values of cli"],
  ["lib/drivers/x.ts", `Deno.exit(1);`, "says Deno."],
  ["lib/cli/x.ts", `import { x } from "../wire/verbs.ts";`, "values of wire"],
  [
    "lib/programs/x.ts",
    `import { x } from "../testing/within.ts";`,
    "values of testing",
  ],
  ["server.ts", `import { x } from "./lib/wire/verbs.ts";`, "values of wire"],
  [
    "server.ts",
    `import { x } from "./lib/testing/within.ts";`,
    "values of testing",
  ],
  [
    "lib/io/x.ts",
    `import { x } from "../../bench/x.ts";`,
    "values of bench/x.ts",
  ],
  ["lib/utils/x.ts", ``, `"utils" has no row`],
];

for (const [path, line, said] of FORBIDDEN) {
  Deno.test(`layerFaults() finds ${line === "" ? "the file" : line} in ${path}`, () => {
    const faults = layerFaults(path, `/** Deno. console */\n${line}\n`);
    assertEquals(faults.length, 1, faults.join());
    assert(faults[0]!.includes(said), faults[0]);
  });
}

Deno.test("layerFaults() allows what the table allows", () => {
  const allowed: [path: string, line: string][] = [
    ["lib/wire/x.ts", `import { x } from "../names/name.ts";`],
    ["lib/wire/x.ts", `// Deno.exit, console, async`],
    ["lib/http/x.ts", `const date = new Date(0); const name = "Date: ";`],
    ["lib/http/x.ts", `import { x } from "multipasta";`],
    ["lib/drivers/x.ts", `import { x } from "../http/range.ts";`],
    ["lib/files/x.ts", `import type { X } from "../wire/verbs.ts";`],
    ["lib/files/x.ts", `import { x } from "../../web/order.js";`],
    ["lib/drivers/x.ts", `import type { Clock } from "../io/clock.ts";`],
    ["lib/drivers/x.ts", `import { type Clock } from "../io/clock.ts";`],
    ["lib/drivers/x_test.ts", `import { x } from "../testing/within.ts";`],
    ["lib/testing/x.ts", `import { x } from "../programs/file_server.ts";`],
    ["lib/programs/x.ts", `import { x } from "../io/clock.ts"; Deno.exit(1);`],
    ["client.ts", `await import("./lib/programs/client/list.ts");`],
  ];
  for (const [path, line] of allowed) assertEquals(layerFaults(path, line), []);
});
