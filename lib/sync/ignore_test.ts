import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { cpuTime } from "../testing/cpu_time.ts";
import { IgnoreRules, RULES_CHARACTERS_MAX, RULES_MAX } from "./ignore.ts";

/** Rules of the root, and of other folders. */
function rules(
  root: string,
  others: Readonly<Record<string, string>> = {},
  local = "",
): IgnoreRules {
  return new IgnoreRules(
    new Map([["", root], ...Object.entries(others)]),
    local,
  );
}

/** Which of `paths` are ignored; a slash at the end says folder. */
function ignored(of: IgnoreRules, paths: readonly string[]): string[] {
  return paths.filter((path) =>
    of.ignores(path.replace(/\/$/, ""), path.endsWith("/"))
  );
}

Deno.test("IgnoreRules ignores what is ours, whatever the rules say, and what editors and desktops leave", () => {
  const of = rules("!.landline\n!**/.landline/**\n");
  const ours = [
    ".landline/",
    ".landline/id",
    "a/.landline-part-1",
    "a/.landline/",
  ];
  assertEquals(ignored(of, ours), ours);
  const left = [
    ".~lock.a.odt#",
    "a/~$b.docx",
    ".a.txt.swp",
    "a/.DS_Store",
    "Thumbs.db",
  ];
  assertEquals(ignored(of, left), left);
  assertEquals(
    ignored(of, ["a", "a~", "swp", "b/DS_Store", ".landlineignore"]),
    [],
  );
  assertEquals(
    ignored(rules("!*.swp"), left),
    left.filter((path) => !path.endsWith("swp")),
  );
});

Deno.test("IgnoreRules reads a file as git does", () => {
  const of = rules(
    [
      "\ufeff# a comment",
      "",
      "*.o",
      "!keep.o",
      "build/",
      "/top",
      "a/**/z",
      "\\#file",
      "\\!file",
      "trailing   ",
      "quoted\\ ",
      "crlf\r",
      "[ab]x",
    ].join("\n"),
  );
  assertEquals(
    ignored(of, [
      "x.o",
      "d/x.o",
      "keep.o",
      "d/keep.o",
      "build/",
      "build",
      "d/build/",
      "build/keep.o",
      "top",
      "d/top",
      "a/z",
      "a/b/c/z",
      "b/z",
      "#file",
      "!file",
      "trailing",
      "quoted ",
      "quoted",
      "crlf",
      "ax",
      "cx",
      "new\nline/x.o",
    ]),
    [
      "x.o",
      "d/x.o",
      "build/",
      "d/build/",
      "build/keep.o",
      "top",
      "a/z",
      "a/b/c/z",
      "#file",
      "!file",
      "trailing",
      "quoted ",
      "crlf",
      "ax",
      "new\nline/x.o",
    ],
  );
});

Deno.test("IgnoreRules holds the rules of a folder for it and what is below, and lets deeper ones overrule", () => {
  const of = rules("*.log\n", {
    "a": "!keep.log\n*.tmp\n/here\nsub/there\n",
    "a/b": "keep.log\n",
    "odd [x]*!# ": "only\n",
  });
  const all = [
    "keep.log",
    "a/keep.log",
    "a/c/keep.log",
    "a/b/keep.log",
    "x.tmp",
    "a/x.tmp",
    "a/b/c/x.tmp",
    "ab/x.tmp",
    "a/here",
    "a/b/here",
    "a/sub/there",
    "a/b/sub/there",
    "odd [x]*!# /only",
    "odd [x]*!# /c/only",
    "odd xyz!# /only",
    "only",
  ];
  assertEquals(ignored(of, all), [
    "keep.log",
    "a/b/keep.log",
    "a/x.tmp",
    "a/b/c/x.tmp",
    "a/here",
    "a/sub/there",
    "odd [x]*!# /only",
    "odd [x]*!# /c/only",
  ]);
});

Deno.test("IgnoreRules does not mix up folders, whichever is asked about first", () => {
  const of = rules("", { "a": "\ufeff/x\n" });
  assertEquals(ignored(of, ["a/x", "x", "b/x", "a/x"]), ["a/x", "a/x"]);
});

Deno.test("IgnoreRules tells capitals from small letters", () => {
  assertEquals(ignored(rules("*.o\nA\n"), ["x.O", "a", "x.o", "A"]), [
    "x.o",
    "A",
  ]);
});

Deno.test("IgnoreRules ignores what lies in an ignored folder, whatever is taken back there", () => {
  const of = rules("gone/\n!gone/back\n", { "gone": "!back\n" });
  const all = ["gone/", "gone/back", "gone/deep/back"];
  assertEquals(ignored(of, all), all);
  // Its rules are ignored with it.
  assertEquals(ignored(of, ["gone/.landlineignore"]), ["gone/.landlineignore"]);
});

Deno.test("IgnoreRules gives the rules of this machine the last word", () => {
  const of = rules(
    "*.iso\n",
    { "a": "!b.iso\nc\n" },
    "/a/b.iso\n!/a/c\nmine\n",
  );
  assertEquals(
    ignored(of, ["x.iso", "a/b.iso", "a/c", "mine", "a/mine"]),
    ["x.iso", "a/b.iso", "mine", "a/mine"],
  );
});

Deno.test("IgnoreRules shares every .landlineignore: peers have to agree about what they share", () => {
  const of = rules("*\n.landlineignore\n!a/\n");
  assertEquals(
    ignored(of, [
      ".landlineignore",
      "a/.landlineignore",
      "b/.landlineignore",
      "x",
    ]),
    ["b/.landlineignore", "x"],
  );
  // A folder of that name is like any other.
  assertEquals(ignored(of, [".landlineignore/"]), [".landlineignore/"]);
});

Deno.test("IgnoreRules takes no time that a peer can choose", () => {
  const stars = "**/a/**/bc\n/x/**/y/**/z\na/***/b/***/c\n";
  const of = rules(stars + "*a*a*a*a*a*a*a*a*b\n/a/**/b/**\n**/c/d\n");
  assertEquals(of.faults.length, 3);
  assert(of.faults[0]!.includes("**/a/**/bc"), of.faults[0]);
  const began = cpuTime();
  of.ignores("a/".repeat(1500) + "bcc", false);
  of.ignores("a".repeat(255), false);
  of.ignores(("b" + "a".repeat(254) + "/").repeat(11) + "b", false);
  assert(cpuTime() - began < 2000);
});

Deno.test("IgnoreRules is bounded, and says what it does not obey", () => {
  const many = rules("a\n".repeat(RULES_MAX), { "d": "b\n" });
  assertEquals(ignored(many, ["a", "d/b"]), ["a"]);
  assertEquals(many.faults.length, 2);
  const long = rules("x\n".repeat(RULES_CHARACTERS_MAX / 2) + "late\n");
  assertEquals(ignored(long, ["late"]), []);
  assertEquals(long.faults.length, 2);
  const wide = rules("x".repeat(100_000) + "\nx\n");
  assertEquals(ignored(wide, ["x"]), ["x"]);
  assertEquals(wide.faults.length, 1);
  assert(wide.faults[0]!.endsWith("it is too long"));
  assertEquals(rules("**/a/**/b\n".repeat(1000)).faults.length, 20);
});

Deno.test("IgnoreRules gives the same answers however often it is asked", () => {
  const of = rules("*.o\n");
  for (let i = 0; i < 25_000; i++) {
    assert(of.ignores(`d${i % 50}/f${i}.o`, false));
    assert(!of.ignores(`d${i % 50}/f${i}.c`, false));
  }
});

Deno.test("IgnoreRules never throws", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary" }),
      fc.stringMatching(/^[ab*?!\\[\]\/ .#-]{0,20}$/),
      fc.array(fc.stringMatching(/^[^/\x00]{1,5}$/), {
        minLength: 1,
        maxLength: 4,
      }),
      fc.boolean(),
      (text, pattern, parts, isFolder) => {
        const of = rules(
          `${text}\n${pattern}`,
          { [parts[0]!]: pattern },
          pattern,
        );
        of.ignores(parts.join("/"), isFolder);
      },
    ),
    { numRuns: 500 },
  );
});

/** What git says of `paths` in each of `folders` with these files; `undefined` where there is no git. */
async function ignoredByGit(
  folders: readonly ReadonlyMap<string, string>[],
  paths: readonly string[],
): Promise<string[][] | undefined> {
  const root = await Deno.makeTempDir({ prefix: "landline-ignore-" });
  const git = async (args: string[], input: string) => {
    const child = new Deno.Command("git", {
      args: ["-c", "core.excludesFile=", ...args],
      cwd: root,
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const writer = child.stdin.getWriter();
    const writing = writer.write(new TextEncoder().encode(input))
      .then(() => writer.close());
    const [output] = await Promise.all([child.output(), writing]);
    return output;
  };
  // It sees itself which are folders; a slash at the end would be part of a name to it.
  const named = (at: number, path: string) =>
    `${at}/${path.replace(/\/$/, "")}`;
  try {
    await git(["init", "-q"], "");
    const asked: string[] = [];
    for (const [at, files] of folders.entries()) {
      for (const path of paths) {
        if (path.endsWith("/")) {
          Deno.mkdirSync(`${root}/${at}/${path}`, { recursive: true });
        }
        asked.push(named(at, path) + "\0");
      }
      for (const [below, text] of files) {
        Deno.writeTextFileSync(`${root}/${at}/${below}/.gitignore`, text);
      }
    }
    const { stdout } = await git(
      ["check-ignore", "-z", "--no-index", "--stdin"],
      asked.join(""),
    );
    const found = new Set(new TextDecoder().decode(stdout).split("\0"));
    return folders.map((_, at) =>
      paths.filter((path) => found.has(named(at, path)))
    );
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("IgnoreRules decides as git does", async () => {
  const words = ["a", "b", "ab", "a.o", "b.o", "c x"];
  const patterns = words.flatMap((word) => [
    word,
    `${word}/`,
    `/${word}`,
    `!${word}`,
    `a/${word}`,
    `**/${word}`,
    `a/**/${word}`,
    `${word}/**`,
    `${word}*`,
    `?${word.slice(1)}`,
    `[a-b]${word.slice(1)}`,
  ]);
  const paths: string[] = [];
  for (const x of words.slice(0, 3)) {
    for (const y of words.slice(0, 3)) {
      paths.push(`${x}/`, `${x}/${y}/`);
      for (const z of words) paths.push(`${x}/${y}/f${z}`, `${x}/${y}/${z}.o`);
    }
  }
  const unique = [...new Set(paths)];
  // A fixed walk through the combinations: the same ones in every run.
  const folders = Array.from({ length: 60 }, (_, i) => {
    const at = (k: number) => patterns[(i * 7 + k * 13) % patterns.length]!;
    return new Map([
      ["", [at(0), at(1), at(2), at(3)].join("\n")],
      ["a", [at(4), at(5)].join("\n")],
      ["a/b", at(6 + i)],
    ]);
  });
  const expected = await ignoredByGit(folders, unique);
  if (expected === undefined) return;
  for (const [at, files] of folders.entries()) {
    assertEquals(
      ignored(new IgnoreRules(files), unique),
      expected[at],
      JSON.stringify([...files]),
    );
  }
});
