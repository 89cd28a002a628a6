import { assert, assertEquals, assertLess, assertRejects } from "@std/assert";
import { toBytes } from "../bytes/ascii.ts";
import { Refusal } from "../errors.ts";
import { type Crc32, loadCrc32 } from "../io/crc32.ts";
import { toName } from "../names/name.ts";
import {
  type ArchiveFile,
  type ArchiveStream,
  tarStream,
  zipStream,
} from "./archive_streams.ts";

const crc32 = await loadCrc32();

const KINDS: readonly [
  string,
  (files: AsyncIterable<ArchiveFile> | Iterable<ArchiveFile>) => ArchiveStream,
][] = [
  ["tarStream()", tarStream],
  ["zipStream()", (files) => zipStream(files, crc32)],
];

const MTIME = 1_700_000_000_000;

/** Files that can be asked whether they were closed. */
class Shelf {
  listed = 0;
  opened = 0;
  closed = 0;
  /** A buffer that is used for every piece, as a reader of real files does. */
  readonly #buffer = new Uint8Array(10);

  /** A file of `content`, whose promised size may be a lie. */
  file(
    name: string,
    content: string,
    size = toBytes(content).length,
  ): ArchiveFile {
    return {
      name: toName(name),
      size,
      mtime: MTIME,
      read: () => this.#read(toBytes(content)),
    };
  }

  /** Files without end, of five pieces each. */
  *endless(): Generator<ArchiveFile> {
    for (;;) {
      this.listed++;
      yield this.file("a", "x".repeat(45));
    }
  }

  async *#read(content: Uint8Array): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    this.opened++;
    try {
      for (let at = 0; at < content.length; at += this.#buffer.length) {
        const piece = content.subarray(at, at + this.#buffer.length);
        this.#buffer.set(piece);
        yield this.#buffer.subarray(0, piece.length);
        // Whoever kept the piece, keeps this.
        this.#buffer.fill(0xff);
      }
    } finally {
      this.closed++;
    }
  }
}

/** Reads `stream` to its end. */
async function drain(stream: ArchiveStream): Promise<void> {
  // deno-lint-ignore no-empty -- only its end is of interest
  for await (const _ of stream) {}
}

/** Gives `use` the path of a file of `archive`, in a folder of its own. */
async function withArchive<T>(
  archive: ArchiveStream,
  use: (path: string, folder: string) => Promise<T>,
  zeros?: ArrayBuffer,
): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "landline-archive-" });
  try {
    using file = await Deno.create(`${folder}/archive`);
    for await (const piece of archive) {
      // Pieces of `zeros` become holes, that take no room on the disk.
      if (piece.buffer === zeros) {
        await file.seek(piece.length, Deno.SeekMode.Current);
      } else await file.write(piece);
    }
    return await use(`${folder}/archive`, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function outputOf(program: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(program, { args })
    .output();
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
  return new TextDecoder().decode(stdout);
}

/** What the Python program `script` finds in `archive`. */
function readByPython(
  script: string,
  archive: ArchiveStream,
  zeros?: ArrayBuffer,
): Promise<unknown> {
  return withArchive(
    archive,
    async (path) => JSON.parse(await outputOf("python3", "-c", script, path)),
    zeros,
  );
}

/** Whether this machine has `program`; the tests with it are skipped where it has not. */
function has(program: string): boolean {
  try {
    new Deno.Command(program, {
      args: ["--help"],
      stdout: "null",
      stderr: "null",
    }).outputSync();
    return true;
  } catch {
    return false;
  }
}

const CONTENTS = [
  ["a.txt", "hello"],
  ["empty", ""],
  ["d/block", "x".repeat(512)],
  ["d/more", "y".repeat(513)],
  ["d/ä 🙂.txt", "ümläut"],
  [`${"long/".repeat(60)}name`, "deep"],
] as const;

/** Files of `CONTENTS`. */
function shelved(): ArchiveFile[] {
  const shelf = new Shelf();
  return CONTENTS.map(([name, text]) => shelf.file(name, text));
}

const PYTHON_TAR = `
import json, sys, tarfile
with tarfile.open(sys.argv[1], errorlevel=2) as archive:
    print(json.dumps([[m.name, archive.extractfile(m).read().decode(), m.mtime, m.mode] for m in archive]))
`;
const PYTHON_ZIP = `
import json, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    assert archive.testzip() is None
    print(json.dumps([[i.filename, archive.read(i).decode(), i.date_time, i.external_attr >> 16] for i in archive.infolist()]))
`;
/** Only what a few seeks find. */
const PYTHON_TAR_ENDS = `
import json, sys, tarfile
with tarfile.open(sys.argv[1]) as archive:
    print(json.dumps([[m.name, m.size] for m in archive] + [archive.extractfile("behind").read().decode()]))
`;
const PYTHON_ZIP_ENDS = `
import json, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    print(json.dumps([[i.filename, i.file_size] for i in archive.infolist()] + [archive.read("behind").decode()]))
`;

Deno.test({
  name: "tarStream() makes what Python's tarfile reads",
  ignore: !has("python3"),
  async fn() {
    assertEquals(
      await readByPython(PYTHON_TAR, tarStream(shelved())),
      CONTENTS.map(([name, text]) => [name, text, MTIME / 1000, 0o644]),
    );
    assertEquals(await readByPython(PYTHON_TAR, tarStream([])), []);
  },
});

Deno.test({
  name: "zipStream() makes what Python's zipfile reads and finds whole",
  ignore: !has("python3"),
  async fn() {
    const local = new Date(MTIME);
    const date = [
      local.getFullYear(),
      local.getMonth() + 1,
      local.getDate(),
      local.getHours(),
      local.getMinutes(),
      local.getSeconds(),
    ];
    assertEquals(
      await readByPython(PYTHON_ZIP, zipStream(shelved(), crc32)),
      CONTENTS.map(([name, text]) => [name, text, date, 0o100644]),
    );
    assertEquals(await readByPython(PYTHON_ZIP, zipStream([], crc32)), []);
  },
});

Deno.test({
  name:
    "tarStream() and zipStream() are unpacked by tar and unzip, with the times of the files",
  ignore: !has("tar") || !has("unzip"),
  async fn() {
    const UNPACKERS: [
      ArchiveStream,
      (path: string, to: string) => string[],
    ][] = [
      [tarStream(shelved()), (path, to) => ["tar", "-x", "-f", path, "-C", to]],
      [
        zipStream(shelved(), crc32),
        (path, to) => ["unzip", "-q", path, "-d", to],
      ],
    ];
    for (const [archive, unpacker] of UNPACKERS) {
      await withArchive(archive, async (path, folder) => {
        const [program = "", ...args] = unpacker(path, folder);
        await outputOf(program, ...args);
        for (const [name, text] of CONTENTS) {
          assertEquals(await Deno.readTextFile(`${folder}/${name}`), text);
          const { mtime } = await Deno.stat(`${folder}/${name}`);
          assertEquals(mtime?.getTime(), MTIME, `${program} ${name}`);
        }
      });
    }
  },
});

Deno.test({
  name:
    "tarStream() and zipStream() hold files of more than 8 GiB, and what stands behind them",
  ignore: !has("python3"),
  async fn() {
    const size = 8 * 1024 ** 3 + 1;
    const zeros = new Uint8Array(64 * 1024 * 1024);
    const large: ArchiveFile = {
      name: toName("large"),
      size,
      mtime: MTIME,
      async *read() {
        for (let left = size; left > 0; left -= zeros.length) {
          yield zeros.subarray(0, left);
        }
      },
    };
    const files = [large, new Shelf().file("behind", "it")];
    // Nobody looks at the check of the large one: it would only cost time.
    const crc32OfSmall: Crc32 = (bytes, before) =>
      bytes.buffer === zeros.buffer ? 0 : crc32(bytes, before);
    const CASES: [string, ArchiveStream][] = [
      [PYTHON_TAR_ENDS, tarStream(files)],
      [PYTHON_ZIP_ENDS, zipStream(files, crc32OfSmall)],
    ];
    for (const [script, archive] of CASES) {
      assertEquals(await readByPython(script, archive, zeros.buffer), [
        ["large", size],
        ["behind", 2],
        "it",
      ]);
    }
  },
});

for (const [kind, stream] of KINDS) {
  Deno.test(`${kind} ends with an error where a file is shorter or longer than promised, and closes it`, async () => {
    for (const size of [0, 4, 6, 600, 1e12]) {
      const shelf = new Shelf();
      const files = [
        shelf.file("before", "x"),
        shelf.file("a\nb", "hello", size),
        shelf.file("never", "y"),
      ];
      const sent = { bytes: 0 };
      const error = await assertRejects(async () => {
        for await (const piece of stream(files)) sent.bytes += piece.length;
      }, Refusal);
      assertEquals(error.code, "changed");
      assert(error.message.includes('"a\\nb"'), error.message);
      assertEquals([shelf.opened, shelf.closed], [2, 2]);
      assertLess(sent.bytes, 3000, "nothing is sent in place of what lacks");
    }
  });

  Deno.test(`${kind} sends nothing of a file behind the promised size, however much it grows`, async () => {
    const file = new Shelf().file("a", "Z".repeat(1000), 15);
    const sent = { bytes: 0 };
    await assertRejects(async () => {
      for await (const piece of stream([file])) {
        sent.bytes += piece.filter((byte) => byte === 0x5a).length;
      }
    }, Refusal);
    assertLess(sent.bytes, 16);
  });

  Deno.test(`${kind} passes on what goes wrong with a file, and with the list of files`, async () => {
    const shelf = new Shelf();
    const gone = new Refusal("not-found");
    const broken: ArchiveFile = {
      ...shelf.file("b", "x"),
      read: () => {
        throw gone;
      },
    };
    assertEquals(
      await assertRejects(() => drain(stream([broken])), Refusal),
      gone,
    );
    async function* files(): AsyncGenerator<ArchiveFile> {
      yield shelf.file("a", "hello");
      await Promise.resolve();
      throw gone;
    }
    assertEquals(
      await assertRejects(() => drain(stream(files())), Refusal),
      gone,
    );
    assertEquals([shelf.opened, shelf.closed], [1, 1]);
  });

  Deno.test(`${kind} closes the file and the list when its reader goes away, wherever that is`, async () => {
    for (let pieces = 1; pieces < 12; pieces++) {
      const shelf = new Shelf();
      const list = shelf.endless();
      const archive = stream(list);
      for (let taken = 0; taken < pieces; taken++) await archive.next();
      await archive.return();
      assertEquals(list.next().done, true);
      assertEquals(shelf.closed, shelf.opened);
    }
  });

  Deno.test(`${kind} reads nothing that was not asked for`, async () => {
    const shelf = new Shelf();
    const archive = stream(shelf.endless());
    assertEquals([shelf.listed, shelf.opened], [0, 0]);
    await archive.next();
    assertEquals([shelf.listed, shelf.opened], [1, 0]);
    await archive.next();
    assertEquals([shelf.listed, shelf.opened], [1, 1]);
    await archive.return();
    assertEquals([shelf.listed, shelf.closed], [1, 1]);
  });
}
