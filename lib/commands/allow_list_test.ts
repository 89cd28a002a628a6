import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { anyLineText } from "../testing/arbitrary.ts";
import {
  type FoundCommand,
  matchCommand,
  parseAllowList,
} from "./allow_list.ts";

/** What `--allow-run` would make of `list`, with every program in /bin. */
function allowing(list: string): FoundCommand[] {
  return parseAllowList(list).map((entry) => ({
    ...entry,
    path: "/bin/" + entry.program,
  }));
}

Deno.test("parseAllowList() reads programs, their exact arguments, and what is open", () => {
  assertEquals(parseAllowList("ls,ps aux, uname *"), [
    { program: "ls", args: [], open: false },
    { program: "ps", args: ["aux"], open: false },
    { program: "uname", args: [], open: true },
  ]);
  assertEquals(parseAllowList("git  log  -n 5 *"), [
    { program: "git", args: ["log", "-n", "5"], open: true },
  ]);
});

Deno.test("parseAllowList() takes a star for one only as the last word", () => {
  assertEquals(parseAllowList("ls * -l"), [
    { program: "ls", args: ["*", "-l"], open: false },
  ]);
  assertEquals(parseAllowList("ls -*"), [
    { program: "ls", args: ["-*"], open: false },
  ]);
});

Deno.test("parseAllowList() refuses an entry that names no program, so that no typing slip allows anything", () => {
  for (const list of ["", ",", "ls,", "ls,,ps", " ", "*", "* *", "ls,*"]) {
    assertThrows(() => parseAllowList(list), RangeError, "names no program");
  }
  for (const list of ["ls\t-l", "ls\n", "ls \0"]) {
    assertThrows(() => parseAllowList(list), RangeError);
  }
});

Deno.test("matchCommand() gives the absolute path and the arguments of an exact entry", () => {
  const allowed = allowing("ls,ps aux");
  assertEquals(matchCommand(allowed, "ls"), { path: "/bin/ls", args: [] });
  assertEquals(matchCommand(allowed, "ps aux"), {
    path: "/bin/ps",
    args: ["aux"],
  });
});

Deno.test("matchCommand() lets arguments be added only to an open entry", () => {
  const allowed = allowing("ls,uname *,git log *");
  assertEquals(matchCommand(allowed, "uname"), {
    path: "/bin/uname",
    args: [],
  });
  assertEquals(matchCommand(allowed, "uname -a ;x"), {
    path: "/bin/uname",
    args: ["-a", ";x"],
  });
  assertEquals(matchCommand(allowed, "git log -n 5")?.args, ["log", "-n", "5"]);
  for (const line of ["ls -l", "git", "git push", "git -n log"]) {
    assertEquals(matchCommand(allowed, line), undefined, line);
  }
});

Deno.test("matchCommand() tries every entry of a program", () => {
  const allowed = allowing("ls -l,ls -a");
  assertEquals(matchCommand(allowed, "ls -a")?.args, ["-a"]);
});

Deno.test("matchCommand() knows no shell: what would be one is no match (security.md C1)", () => {
  const allowed = allowing("ls,ps aux");
  const lines = [
    "",
    " ",
    "ls;id",
    "ls; id",
    "ls ;id",
    "ls&&id",
    "ls && id",
    "ls|id",
    "ls & id",
    "$(id)",
    "ls $(id)",
    "`id`",
    "ls\tid",
    "ls\nid",
    "ls\rid",
    "ls\0",
    "ls\x7f",
    "lsx",
    "l",
    "LS",
    "ls ",
    " ls",
    "ls  ",
    "/bin/ls",
    "./ls",
    "../bin/ls",
    "'ls'",
    '"ls"',
    "\\ls",
    "ls *",
    "ls > x",
    "ps",
    "ps  aux",
    "ps aux ",
    "ps aux x",
    "psaux",
    "PATH=. ls",
    "constructor",
  ];
  for (const line of lines) {
    assertEquals(matchCommand(allowed, line), undefined, JSON.stringify(line));
  }
});

Deno.test("matchCommand() gives an open entry its arguments as they are, but none that is empty", () => {
  const allowed = allowing("echo *");
  assertEquals(matchCommand(allowed, "echo $(id) `id` a;b *")?.args, [
    "$(id)",
    "`id`",
    "a;b",
    "*",
  ]);
  for (
    const line of ["echo ", "echo  a", "echo a ", "echo a\tb", "echo a\nb"]
  ) {
    assertEquals(matchCommand(allowed, line), undefined, JSON.stringify(line));
  }
});

Deno.test("matchCommand() allows nothing where nothing is allowed", () => {
  assertEquals(matchCommand([], "ls"), undefined);
});

Deno.test("matchCommand() never gives a program or argument that was not on the list, for a list without stars", () => {
  const allowed = allowing("ls,ps aux,git log -n 5");
  const known = new Set(["ls", "ps aux", "git log -n 5"]);
  const word = fc.constantFrom("ls", "ps", "aux", "git", "log", "-n", "5", ";");
  const near = fc.array(word, { maxLength: 5 }).map((words) => words.join(" "));
  fc.assert(
    fc.property(fc.oneof(near, anyLineText()), (line) => {
      const found = matchCommand(allowed, line);
      assertEquals(found !== undefined, known.has(line));
      if (found === undefined) return;
      assert(line === [found.path.slice(5), ...found.args].join(" "));
    }),
    { numRuns: 1000 },
  );
});
