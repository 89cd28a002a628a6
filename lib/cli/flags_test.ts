import { assert, assertEquals, assertThrows } from "@std/assert";
import { EXIT, ProgramError } from "../errors.ts";
import { type FlagTable, helpOf, parseFlags, parseSize } from "./flags.ts";

const TABLE = {
  "port": {
    type: "count",
    value: "PORT",
    min: 0,
    max: 65535,
    default: 5000,
    alias: ["p"],
    help: "where",
  },
  "tries": { type: "count", value: "N", min: 1, max: 9, help: "how often" },
  "bind": { type: "texts", value: "ADDR", alias: ["b"], help: "on what" },
  "allow-upload": { type: "switch", alias: ["u"], help: "take files" },
  "name": { type: "text", value: "TEXT", help: "who" },
  "out": { type: "text", value: "DIR", default: "received", help: "into" },
  "on-conflict": {
    type: "choice",
    choices: ["refuse", "rename"],
    default: "refuse",
    help: "then",
  },
  "chunk": { type: "size", value: "BYTES", min: 1, help: "at a time" },
  "most": { type: "size", value: "SIZE", min: 0, default: "2K", help: "most" },
  "idle": { type: "seconds", value: "SECONDS", default: 600, help: "then" },
} as const satisfies FlagTable;

const parse = (...args: string[]) => parseFlags(TABLE, args);

/** The first line of what somebody is told who types `args`. */
function told(...args: string[]): string {
  const error = assertThrows(() => parse(...args), ProgramError);
  assertEquals(error.exit, EXIT.usage);
  const [text = "", then] = error.message.split("\n");
  assertEquals(then, "Try --help.");
  return text;
}

Deno.test("parseFlags() gives every flag its default", () => {
  const { flags, words } = parse();
  assertEquals(flags.port, 5000);
  assertEquals(flags.tries, undefined);
  assertEquals(flags.bind, []);
  assertEquals(flags["allow-upload"], false);
  assertEquals(flags.name, undefined);
  assertEquals(flags.out, "received");
  assertEquals(flags["on-conflict"], "refuse");
  assertEquals(flags.chunk, undefined);
  assertEquals(flags.most, 2048);
  assertEquals(flags.idle, 600_000);
  assertEquals(words, []);
});

Deno.test("parseFlags() takes values behind a blank, behind =, and short spellings", () => {
  assertEquals(parse("--port", "80").flags.port, 80);
  assertEquals(parse("--port=80").flags.port, 80);
  assertEquals(parse("-p", "80").flags.port, 80);
  assertEquals(parse("-p80").flags.port, 80);
  assertEquals(parse("-u").flags["allow-upload"], true);
  assertEquals(parse("--name=a=b").flags.name, "a=b");
});

Deno.test("parseFlags() lets a switch take no value: --allow-upload DIR still serves DIR", () => {
  for (const spelling of ["--allow-upload", "-u"]) {
    const { flags, words } = parse(spelling, "inbox");
    assertEquals(flags["allow-upload"], true);
    assertEquals(words, ["inbox"]);
  }
  assertEquals(parse("inbox", "--allow-upload").words, ["inbox"]);
});

Deno.test("parseFlags() keeps words as they are: a folder called 2024, 0x10 or 1e3 is no number", () => {
  for (const word of ["2024", "0x10", "1e3", "007", "true", "null", "-"]) {
    assertEquals(parse(word).words, [word]);
  }
  assertEquals(parse("--name", "2024").flags.name, "2024");
  assertEquals(parse("--out", "007").flags.out, "007");
});

Deno.test("parseFlags() takes everything behind -- for words", () => {
  const { flags, words } = parse("--port", "1", "--", "--port", "-x", "a");
  assertEquals(flags.port, 1);
  assertEquals(words, ["--port", "-x", "a"]);
});

Deno.test("parseFlags() lets the last one count, and collects what may come often", () => {
  assertEquals(parse("--port", "1", "--port=2", "-p", "3").flags.port, 3);
  assertEquals(parse("--bind", "::1", "-b", "127.0.0.1").flags.bind, [
    "::1",
    "127.0.0.1",
  ]);
});

Deno.test("parseFlags() names a flag that is not there, and the one that may have been meant", () => {
  assertEquals(told("--prot"), "There is no flag --prot; did you mean --port?");
  assertEquals(
    told("--allow-uploads", "x"),
    "There is no flag --allow-uploads; did you mean --allow-upload?",
  );
  assertEquals(
    told("--on"),
    "There is no flag --on; did you mean --on-conflict?",
  );
  assertEquals(told("--frobnicate=5"), "There is no flag --frobnicate");
  assertEquals(told("-z"), "There is no flag -z");
  assertEquals(told("--=5"), "There is no flag --");
  assertEquals(told("--no-allow-upload"), "There is no flag --no-allow-upload");
  assertEquals(told("a", "--constructor"), "There is no flag --constructor");
});

Deno.test("parseFlags() says which flag needs a value", () => {
  for (const args of [["--port"], ["--port="], ["--port", "--name", "x"]]) {
    assertEquals(told(...args), "--port needs a value");
  }
  assertEquals(told("--name", ""), "--name needs a value");
  assertEquals(told("--bind"), "--bind needs a value");
  assertEquals(told("--bind", "a", "--bind="), "--bind needs a value");
  assertEquals(told("--out"), "--out needs a value");
  assertEquals(told("--chunk="), "--chunk needs a value");
  assertEquals(told("--on-conflict"), "--on-conflict needs a value");
});

Deno.test("parseFlags() takes whole numbers within their bounds, and nothing else that Number() takes", () => {
  assertEquals(parse("--port", "0").flags.port, 0);
  assertEquals(parse("--port", "65535").flags.port, 65535);
  for (
    const text of ["65536", "-1", "1e3", "0x10", "5.0", " 5", "5 ", "five"]
  ) {
    // "-1" may look like a flag of its own.
    const said = told(`--port=${text}`);
    assertEquals(
      said,
      `--port is a whole number from 0 to 65535, not "${text}"`,
    );
  }
  assertEquals(
    told("--tries", "0"),
    '--tries is a whole number from 1 to 9, not "0"',
  );
});

Deno.test("parseFlags() takes one of the choices", () => {
  assertEquals(parse("--on-conflict", "rename").flags["on-conflict"], "rename");
  assertEquals(
    told("--on-conflict", "Rename"),
    '--on-conflict is one of refuse, rename, not "Rename"',
  );
});

Deno.test("parseFlags() takes sizes, and tells how they are written", () => {
  assertEquals(parse("--chunk", "1000").flags.chunk, 1000);
  assertEquals(parse("--chunk", "64K").flags.chunk, 65536);
  for (const text of ["0", "K", "-5", "1e3", "10X", "ten"]) {
    assertEquals(
      told(`--chunk=${text}`),
      `--chunk is a number of bytes such as 1000, 64K or 10M, at least 1, not "${text}"`,
    );
  }
  assertEquals(parse("--most", "0").flags.most, 0);
});

Deno.test("parseFlags() takes seconds with a fraction and gives milliseconds", () => {
  assertEquals(parse("--idle", "1.5").flags.idle, 1500);
  assertEquals(parse("--idle", "0.001").flags.idle, 1);
  for (const text of ["0", "-1", "1e3", "1.2345", ".5", "1s"]) {
    assertEquals(
      told(`--idle=${text}`),
      `--idle is a number of seconds, not "${text}"`,
    );
  }
});

Deno.test("parseSize() counts in powers of 1024, in any spelling", () => {
  const sizes = {
    "0": 0,
    "1000": 1000,
    "64K": 65536,
    "64k": 65536,
    "64KB": 65536,
    "64KiB": 65536,
    "10M": 10 * 1024 ** 2,
    "2G": 2 * 1024 ** 3,
    "1T": 1024 ** 4,
    "1.5M": 1572864,
    "5b": 5,
  };
  for (const [text, bytes] of Object.entries(sizes)) {
    assertEquals(parseSize(text), bytes, text);
  }
  const none = ["", "K", "-1", "+1", "1e3", "0x10", "1 K", "1P", "1.", ".5"]
    .concat("1KK", "9007199254740992", "9999999T", "1\n", "Infinity", "NaN");
  for (const text of none) assertEquals(parseSize(text), undefined, text);
});

Deno.test("helpOf() has a line for each flag of the table, with its value and its default", () => {
  const help = helpOf(
    { usage: "x [flags]", about: "Does x.", more: "Exit." },
    TABLE,
  );
  const lines = help.split("\n");
  assertEquals(lines.slice(0, 5), [
    "Does x.",
    "",
    "Usage: x [flags]",
    "",
    "Flags:",
  ]);
  for (const name of Object.keys(TABLE)) {
    assertEquals(lines.filter((line) => line.includes(`--${name}`)).length, 1);
  }
  const lineOf = (name: string) =>
    lines.find((line) => line.includes(`--${name}`))!.trim().replace(
      / +/g,
      " ",
    );
  assertEquals(lineOf("port"), "-p, --port PORT where (5000)");
  assertEquals(
    lineOf("on-conflict"),
    "--on-conflict refuse|rename then (refuse)",
  );
  assertEquals(lineOf("allow-upload"), "-u, --allow-upload take files");
  assertEquals(lineOf("chunk"), "--chunk BYTES at a time");
  assert(help.endsWith("Exit."));
});
