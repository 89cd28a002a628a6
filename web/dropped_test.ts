import { assertEquals } from "@std/assert";
import { filesIn, filesOf, pastedName } from "./dropped.js";

type Tree = { readonly [name: string]: Tree | File | "unreadable" };

/** What a browser gives of a dropped thing: folders a hundred entries at a time, and an empty list at the end. */
function entryOf(name: string, tree: Tree | File | "unreadable"): unknown {
  if (tree instanceof File) {
    return {
      name,
      isFile: true,
      file: (resolve: (file: File) => void) => resolve(tree),
    };
  }
  return {
    name,
    isFile: false,
    createReader: () => {
      const children = tree === "unreadable"
        ? []
        : Object.entries(tree).map(([name, child]) => entryOf(name, child));
      return {
        readEntries: (
          resolve: (entries: unknown[]) => void,
          reject: (error: Error) => void,
        ) =>
          tree === "unreadable"
            ? reject(new Error("NotReadable"))
            : resolve(children.splice(0, 100)),
      };
    },
  };
}

/** A `DataTransfer` with `tree` in it, and a text, as browsers add one. */
function dropped(tree: Tree): DataTransfer {
  const items = Object.entries(tree).map(([name, child]) => ({
    kind: "file",
    webkitGetAsEntry: () => entryOf(name, child),
  }));
  return { items: [{ kind: "string" }, ...items] } as unknown as DataTransfer;
}

const FILE = new File(["x"], "x");

Deno.test("filesIn() finds all files of dropped folders, with their paths, and files beside them", async () => {
  const { files, unreadable } = await filesIn(dropped({
    "a.txt": FILE,
    "Holiday": { "1.jpg": FILE, "more": { "2.jpg": FILE, "empty": {} } },
  }));
  assertEquals(files.map(({ path }) => path), [
    "a.txt",
    "Holiday/1.jpg",
    "Holiday/more/2.jpg",
  ]);
  assertEquals(unreadable, []);
});

Deno.test("filesIn() reads large folders to their end: browsers give a hundred entries at a time", async () => {
  const many = Object.fromEntries(
    Array.from({ length: 1234 }, (_, i) => [`${i}`, FILE]),
  );
  const { files } = await filesIn(dropped({ many }));
  assertEquals(files.length, 1234);
});

Deno.test("filesIn() leaves out what systems put into folders, and tells what it may not read", async () => {
  const { files, unreadable } = await filesIn(dropped({
    "a": { ".DS_Store": FILE, "Thumbs.db": FILE, ".profile": FILE },
    "secret": "unreadable",
    "b": FILE,
  }));
  assertEquals(files.map(({ path }) => path), ["a/.profile", "b"]);
  assertEquals(unreadable, ["secret"]);
});

Deno.test("filesIn() takes what was dropped before the event is over", () => {
  let isOver = false;
  const transfer = {
    items: [{
      kind: "file",
      webkitGetAsEntry: () => {
        assertEquals(isOver, false);
        return entryOf("a", FILE);
      },
    }],
  } as unknown as DataTransfer;
  const taken = filesIn(transfer);
  isOver = true;
  return taken.then(({ files }) => assertEquals(files.length, 1));
});

Deno.test("filesOf() gives chosen files their folder", () => {
  const inFolder = Object.defineProperty(
    new File(["x"], "1.jpg"),
    "webkitRelativePath",
    { value: "Holiday/1.jpg" },
  );
  const list = [inFolder, new File(["x"], "a"), new File(["x"], ".DS_Store")];
  assertEquals(
    filesOf(list as unknown as FileList).map(({ path }) => path),
    ["Holiday/1.jpg", "a"],
  );
  assertEquals(filesOf(null), []);
});

Deno.test("pastedName() tells pictures of the screen apart, which are all called the same", () => {
  const now = new Date(2026, 10, 1, 9, 5, 7);
  assertEquals(
    pastedName(new File([], "image.png"), now),
    "pasted 2026-11-01 09.05.07.png",
  );
  assertEquals(pastedName(new File([], "report.pdf"), now), "report.pdf");
});
