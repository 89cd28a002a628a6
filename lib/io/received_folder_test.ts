import {
  assert,
  assertEquals,
  assertNotEquals,
  assertThrows,
} from "@std/assert";
import { Refusal } from "../errors.ts";
import { type Name, toName } from "../names/name.ts";
import { within } from "../testing/within.ts";
import type { OnConflict } from "./directory.ts";
import { type ReceivedFile, ReceivedFolder } from "./received_folder.ts";
import { newToken } from "./tokens.ts";

const MTIME = 1_600_000_000_123;
const SMALL = { size: 5, version: "1", pieceBytes: 10 };
const LARGE = { size: 25, version: "1", pieceBytes: 10 };
const HELLO = new TextEncoder().encode("hello");

async function inFolder(
  body: (path: string) => void | Promise<void>,
): Promise<void> {
  const path = Deno.realPathSync(Deno.makeTempDirSync());
  try {
    await body(path);
  } finally {
    Deno.removeSync(path, { recursive: true });
  }
}

function open(path: string, onConflict: OnConflict = "overwrite") {
  return new ReceivedFolder(path, onConflict, newToken);
}

function names(path: string): string[] {
  return [...Deno.readDirSync(path)].map(({ name }) => name).sort();
}

function refusalOf(body: () => unknown): string {
  const { code, message } = assertThrows(body, Refusal);
  assertEquals(/\/tmp|os error/.test(message), false, message);
  return code;
}

function receive(folder: ReceivedFolder, name: string): Name {
  const file = folder.begin(toName(name), SMALL);
  file.write(0, HELLO);
  return file.finish(MTIME);
}

function writePiece(file: ReceivedFile, index: number): void {
  file.write(index * 10, new Uint8Array(index === 2 ? 5 : 10).fill(65 + index));
  file.remember(index, "0000000000000000");
}

Deno.test("ReceivedFolder makes the folder, with the folders above it", async () => {
  await inFolder((path) => {
    using folder = open(`${path}/a/b`);
    assertEquals(folder.root, `${path}/a/b`);
  });
});

Deno.test("begin() writes beside the final name, finish() gives the name, dated to the millisecond", async () => {
  await inFolder((path) => {
    using folder = open(path);
    const name = toName("sub/deep/a.txt");
    const file = folder.begin(name, SMALL);
    file.write(0, HELLO);
    const before = names(`${path}/sub/deep`);
    assertEquals(before.length, 1);
    assert(before[0]?.startsWith(".landline-"), before[0]);
    assertEquals(file.finish(MTIME), name);
    assertEquals(names(`${path}/sub/deep`), ["a.txt"]);
    const info = Deno.statSync(`${path}/${name}`);
    assertEquals([info.mtime?.getTime(), info.size], [MTIME, 5]);
  });
});

Deno.test("ReceivedFolder leaves nothing of its own behind when the run ends", async () => {
  await inFolder((path) => {
    {
      using folder = open(path);
      folder.folding();
      receive(folder, "a");
      folder.begin(toName("given up"), SMALL).abandon();
      folder.begin(toName("wrong"), SMALL).discard();
      folder.begin(toName("large and empty"), LARGE).abandon();
      folder.begin(toName("large and wrong"), LARGE).discard();
      assertNotEquals(names(path), ["a"]);
    }
    assertEquals(names(path), ["a"]);
  });
});

Deno.test("ReceivedFolder holds many small files open at once, each in a part of its own", async () => {
  await inFolder((path) => {
    using folder = open(path);
    const files = ["a", "b", "c"].map((name) => {
      const file = folder.begin(toName(name), SMALL);
      file.write(0, new TextEncoder().encode(name));
      return file;
    });
    for (const file of files.toReversed()) file.finish(MTIME);
    receive(folder, "d");
    assertEquals(
      ["a", "b", "c", "d"].map((name) =>
        Deno.readTextFileSync(`${path}/${name}`)
      ),
      ["a", "b", "c", "hello"],
    );
  });
});

Deno.test("has() is true for a file of that size and time, and only then", async () => {
  await inFolder((path) => {
    {
      using first = open(path);
      receive(first, "sub/a");
    }
    Deno.mkdirSync(`${path}/folder`);
    Deno.symlinkSync(`${path}/sub/a`, `${path}/link`);
    using folder = open(path);
    const has = (name: string, size = 5, mtime = MTIME) =>
      folder.has(toName(name), size, mtime);
    assert(has("sub/a"));
    assert(!has("sub/a", 4));
    assert(!has("sub/a", 5, MTIME + 1));
    assert(!has("sub/b"));
    assert(!has("nowhere/a"));
    assert(!has("link"));
    const { size, mtime } = Deno.statSync(`${path}/folder`);
    assert(!has("folder", size, mtime?.getTime()));
  });
});

Deno.test("ReceivedFolder removes the parts of a run that was killed, in every folder that it comes to", async () => {
  await inFolder((path) => {
    const run = "0123456789abcdef";
    Deno.mkdirSync(`${path}/sub`);
    for (
      const litter of [
        `.landline-${run}.lock`,
        `.landline-${run}-0.part`,
        `sub/.landline-${run}-17.part`,
      ]
    ) Deno.writeTextFileSync(`${path}/${litter}`, "half");
    const others = [".landline-x.part", `.landline-${run}.part`, "a.part"];
    for (const other of others) Deno.writeTextFileSync(`${path}/${other}`, "");
    using folder = open(path);
    folder.has(toName("sub/a"), 1, 1);
    assertEquals(names(path), [...others, "sub"].sort());
    assertEquals(names(`${path}/sub`), []);
  });
});

Deno.test("ReceivedFolder leaves the parts of a run that lives: two runs into one folder at once", async () => {
  await inFolder((path) => {
    using first = open(path);
    const one = first.begin(toName("a"), SMALL);
    one.write(0, HELLO);
    {
      using second = open(path);
      const two = second.begin(toName("a"), SMALL);
      two.write(0, new TextEncoder().encode("HELLO"));
      one.finish(MTIME);
      assertEquals(Deno.readTextFileSync(`${path}/a`), "hello");
      two.finish(MTIME);
      assertEquals(Deno.readTextFileSync(`${path}/a`), "HELLO");
      receive(second, "b");
    }
    receive(first, "c");
    first[Symbol.dispose]();
    assertEquals(names(path), ["a", "b", "c"]);
  });
});

Deno.test("ReceivedFolder takes a run of another process for alive as long as it lives", async () => {
  await inFolder(async (path) => {
    const module = import.meta.resolve("./received_folder.ts");
    const script = `
      const { ReceivedFolder } = await import(${JSON.stringify(module)});
      const folder = new ReceivedFolder(Deno.args[0], "overwrite", () => "00000000000000aa");
      folder.begin("a", { size: 5, version: "1", pieceBytes: 10 }).write(0, new Uint8Array(3));
      console.log("ready");
      setInterval(() => {}, 1000);`;
    const child = new Deno.Command(Deno.execPath(), {
      args: ["eval", script, "--", path].filter((word) => word !== "--"),
      stdout: "piped",
    }).spawn();
    const reader = child.stdout.getReader();
    try {
      await within("the other run to begin", reader.read());
      const litter = names(path);
      assertEquals(litter.length, 2);
      {
        using folder = open(path);
        folder.has(toName("a"), 1, 1);
        assertEquals(names(path), litter);
      }
      child.kill("SIGKILL");
      await child.status;
      using folder = open(path);
      folder.has(toName("a"), 1, 1);
      assertEquals(names(path), []);
    } finally {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended.
      }
      await child.status;
      await reader.cancel();
    }
  });
});

Deno.test("begin() refuses a large file that another run is receiving", async () => {
  await inFolder((path) => {
    using first = open(path);
    using second = open(path);
    const name = toName("a");
    const file = first.begin(name, LARGE);
    assertEquals(refusalOf(() => second.begin(name, LARGE)), "busy");
    writePiece(file, 0);
    file.abandon();
    const again = second.begin(name, LARGE);
    assertEquals([...again.verified], [0]);
    again.discard();
  });
});

Deno.test("begin() goes on with a large file where an earlier run stopped, and finish() leaves only the file", async () => {
  await inFolder((path) => {
    const name = toName("sub/large.bin");
    {
      using folder = open(path);
      const file = folder.begin(name, LARGE);
      writePiece(file, 2);
      writePiece(file, 0);
      file.abandon();
    }
    assertEquals(names(`${path}/sub`).length, 2);
    using folder = open(path);
    const file = folder.begin(name, LARGE);
    assertEquals([...file.verified].sort(), [0, 2]);
    writePiece(file, 1);
    file.finish(MTIME);
    assertEquals(names(`${path}/sub`), ["large.bin"]);
    assertEquals(
      Deno.readTextFileSync(`${path}/${name}`),
      "A".repeat(10) + "B".repeat(10) + "C".repeat(5),
    );
    assertEquals(Deno.statSync(`${path}/${name}`).mtime?.getTime(), MTIME);
  });
});

Deno.test("sha256() is that of what is written", async () => {
  await inFolder(async (path) => {
    using folder = open(path);
    const file = folder.begin(toName("a"), SMALL);
    file.write(2, HELLO.subarray(2));
    file.write(0, HELLO.subarray(0, 2));
    assertEquals(
      await file.sha256(),
      "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
    );
    file.discard();
  });
});

Deno.test("ReceivedFolder never writes through a folder that is a symbolic link", async () => {
  // security.md P6, W1: the link could lead anywhere.
  await inFolder((path) => {
    const [inside, outside] = [`${path}/in`, `${path}/out`];
    Deno.mkdirSync(`${outside}/sub`, { recursive: true });
    Deno.mkdirSync(inside);
    Deno.symlinkSync(outside, `${inside}/link`);
    using folder = open(inside);
    for (const name of ["link/a", "link/sub/a", "link/new/a"].map(toName)) {
      assertEquals(refusalOf(() => folder.begin(name, SMALL)), "not-allowed");
      assertEquals(refusalOf(() => folder.begin(name, LARGE)), "not-allowed");
    }
    assertEquals(names(outside), ["sub"]);
    assertEquals(names(`${outside}/sub`), []);
  });
});

Deno.test("finish() replaces a symbolic link instead of writing to where it leads", async () => {
  // security.md P6, W1.
  await inFolder((path) => {
    Deno.writeTextFileSync(`${path}/victim`, "untouched");
    Deno.mkdirSync(`${path}/in`);
    Deno.symlinkSync(`${path}/victim`, `${path}/in/a`);
    using folder = open(`${path}/in`);
    receive(folder, "a");
    assertEquals(Deno.readTextFileSync(`${path}/victim`), "untouched");
    assert(Deno.lstatSync(`${path}/in/a`).isFile);
  });
});

for (const onConflict of ["overwrite", "rename", "refuse"] as const) {
  Deno.test(`finish() refuses a name that a folder has, or leaves it alone, with --on-conflict ${onConflict}`, async () => {
    await inFolder((path) => {
      Deno.mkdirSync(`${path}/a/full`, { recursive: true });
      using folder = open(path, onConflict);
      const file = folder.begin(toName("a"), SMALL);
      file.write(0, HELLO);
      if (onConflict === "rename") {
        assertEquals(file.finish(MTIME) as string, "a (1)");
      } else {
        assertEquals(refusalOf(() => file.finish(MTIME)), "exists");
        file.discard();
      }
      assertEquals(names(`${path}/a`), ["full"]);
    });
  });
}

Deno.test("has() and begin() take a file for what it is where a name needs a folder", async () => {
  await inFolder((path) => {
    Deno.writeTextFileSync(`${path}/a`, "mine");
    using folder = open(path);
    for (const name of ["a/b", "a/b/c"].map(toName)) {
      assertEquals(folder.has(name, 1, 1), false);
      assertEquals(refusalOf(() => folder.begin(name, SMALL)), "exists");
    }
    assertEquals(Deno.readTextFileSync(`${path}/a`), "mine");
  });
});

Deno.test("finish() overwrites, renames or refuses, as --on-conflict says, large files as small ones", async () => {
  for (const incoming of [SMALL, LARGE]) {
    await inFolder((path) => {
      const finish = (onConflict: OnConflict, text: string) => {
        using folder = open(path, onConflict);
        const file = folder.begin(toName("bio.txt"), incoming);
        file.write(0, new TextEncoder().encode(text));
        try {
          return file.finish(MTIME);
        } catch (error) {
          file.discard();
          throw error;
        }
      };
      const text = (name: string) => Deno.readTextFileSync(`${path}/${name}`);
      finish("refuse", "1");
      assertEquals(refusalOf(() => finish("refuse", "2")), "exists");
      assertEquals(text("bio.txt"), "1");
      assertEquals(finish("rename", "3") as string, "bio (1).txt");
      assertEquals(finish("rename", "4") as string, "bio (2).txt");
      assertEquals(finish("overwrite", "5") as string, "bio.txt");
      assertEquals(names(path), ["bio (1).txt", "bio (2).txt", "bio.txt"]);
      assertEquals(["bio.txt", "bio (1).txt", "bio (2).txt"].map(text), [
        "5",
        "3",
        "4",
      ]);
    });
  }
});

Deno.test("folding() tells what this file system takes for the same name, and leaves no probe", async () => {
  await inFolder((path) => {
    using folder = open(path);
    const { ignoresCase, normalizes } = folder.folding();
    assertEquals(names(path), []);
    Deno.writeTextFileSync(`${path}/x\u00e9`, "");
    const finds = (name: string) => {
      try {
        return Deno.lstatSync(`${path}/${name}`).isFile;
      } catch {
        return false;
      }
    };
    assertEquals(ignoresCase, finds("X\u00e9"));
    assertEquals(normalizes, finds("xe\u0301"));
  });
});
