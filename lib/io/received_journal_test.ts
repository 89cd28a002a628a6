import { assertEquals } from "@std/assert";
import { toName } from "../names/name.ts";
import { assertSameBytes, patterned } from "../testing/content.ts";
import { xxh64 } from "./checks.ts";
import { ReceivedFolder } from "./received_folder.ts";
import { newToken } from "./tokens.ts";

/** A file of three pieces, the last one shorter. */
const CONTENT = patterned(25);
const INCOMING = { size: 25, version: "v1", pieceBytes: 10 };
const NAME = toName("large.bin");

/** A folder in which a run has verified pieces 0 and 2. */
class Interrupted implements Disposable {
  readonly path = Deno.makeTempDirSync();

  constructor() {
    using folder = new ReceivedFolder(this.path, "overwrite", newToken);
    const file = folder.begin(NAME, INCOMING);
    for (const index of [0, 2]) {
      const piece = pieceOf(index);
      file.write(index * 10, piece);
      file.remember(index, xxh64(piece));
    }
    file.abandon();
  }

  /** The file whose name ends so. */
  find(ending: ".part" | ".journal"): string {
    const [found] = [...Deno.readDirSync(this.path)].filter(({ name }) =>
      name.endsWith(ending)
    );
    return `${this.path}/${found?.name}`;
  }

  editJournal(edit: (text: string) => string): void {
    const path = this.find(".journal");
    Deno.writeTextFileSync(path, edit(Deno.readTextFileSync(path)));
  }

  damagePart(offset: number): void {
    using file = Deno.openSync(this.find(".part"), { write: true });
    file.seekSync(offset, Deno.SeekMode.Start);
    file.writeSync(new Uint8Array([CONTENT[offset]! ^ 1]));
  }

  /** What the next run takes for verified. It then gets the rest, and the result has to be right. */
  resume(incoming = INCOMING): number[] {
    using folder = new ReceivedFolder(this.path, "overwrite", newToken);
    const file = folder.begin(NAME, incoming);
    const verified = [...file.verified].sort();
    for (let index = 0; index < 3; index++) {
      if (verified.includes(index)) continue;
      const piece = pieceOf(index);
      file.write(index * 10, piece);
      file.remember(index, xxh64(piece));
    }
    file.finish(1);
    return verified;
  }

  /** The file as it is now; there is nothing beside it. */
  result(): Uint8Array {
    assertEquals([...Deno.readDirSync(this.path)].map(({ name }) => name), [
      NAME,
    ]);
    return Deno.readFileSync(`${this.path}/${NAME}`);
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

function pieceOf(index: number): Uint8Array {
  return CONTENT.slice(index * 10, index * 10 + 10);
}

const otherBoot = (text: string) =>
  text.replace(/^(landline-journal .*) \S+\n/, "$1 another-boot\n");

Deno.test("Journal gives the pieces that were verified", () => {
  using run = new Interrupted();
  assertEquals(run.resume(), [0, 2]);
  assertSameBytes(run.result(), CONTENT);
});

Deno.test("Journal takes a line that was cut off anywhere for not written", () => {
  for (let cut = 1; cut <= "2 0123456789abcdef\n".length; cut++) {
    using run = new Interrupted();
    run.editJournal((text) => text.slice(0, -cut));
    assertEquals(run.resume(), [0], `cut by ${cut}`);
    assertSameBytes(run.result(), CONTENT);
  }
});

Deno.test("Journal begins anew when its own first line was cut off anywhere", () => {
  using whole = new Interrupted();
  const journal = Deno.readTextFileSync(whole.find(".journal"));
  for (let length = 0; length <= journal.indexOf("\n"); length++) {
    using run = new Interrupted();
    run.editJournal((text) => text.slice(0, length));
    assertEquals(run.resume(), []);
    assertSameBytes(run.result(), CONTENT);
  }
});

Deno.test("Journal goes on where a resumed run was interrupted again, behind a line that was cut off", () => {
  using run = new Interrupted();
  run.editJournal((text) => text.slice(0, -3));
  {
    using folder = new ReceivedFolder(run.path, "overwrite", newToken);
    const file = folder.begin(NAME, INCOMING);
    file.write(10, pieceOf(1));
    file.remember(1, xxh64(pieceOf(1)));
    file.abandon();
  }
  assertEquals(run.resume(), [0, 1]);
  assertSameBytes(run.result(), CONTENT);
});

for (
  const [what, incoming] of [
    ["another version", { ...INCOMING, version: "v2" }],
    ["another size", { ...INCOMING, size: 24 }],
    ["another size of pieces", { ...INCOMING, pieceBytes: 9 }],
  ] as const
) {
  Deno.test(`Journal is worth nothing for ${what}, and the part is emptied`, () => {
    using run = new Interrupted();
    using folder = new ReceivedFolder(run.path, "overwrite", newToken);
    const file = folder.begin(NAME, incoming);
    assertEquals([...file.verified], []);
    assertEquals(Deno.statSync(run.find(".part")).size, 0);
    file.discard();
  });
}

Deno.test("Journal checks every piece by reading it after another boot, and only what is right counts", () => {
  using run = new Interrupted();
  run.editJournal(otherBoot);
  run.damagePart(3);
  assertEquals(run.resume(), [2]);
  assertSameBytes(run.result(), CONTENT);
});

Deno.test("Journal keeps all pieces after another boot when they are right", () => {
  using run = new Interrupted();
  run.editJournal(otherBoot);
  assertEquals(run.resume(), [0, 2]);
  assertSameBytes(run.result(), CONTENT);
});

Deno.test({
  name:
    "Journal checks by reading where boots cannot be told apart: Deno may not read /proc",
  permissions: { read: true, write: true },
  fn() {
    using run = new Interrupted();
    run.editJournal((text) => text.replace(/ \S+\n/, " unknown\n"));
    run.damagePart(3);
    assertEquals(run.resume(), [2]);
    assertSameBytes(run.result(), CONTENT);
  },
});

Deno.test("Journal of another version is resumed as such when that run is interrupted, too", () => {
  using run = new Interrupted();
  const incoming = { ...INCOMING, version: "v2" };
  {
    using folder = new ReceivedFolder(run.path, "overwrite", newToken);
    const file = folder.begin(NAME, incoming);
    file.write(10, pieceOf(1));
    file.remember(1, xxh64(pieceOf(1)));
    file.abandon();
  }
  assertEquals(run.resume(incoming), [1]);
  assertSameBytes(run.result(), CONTENT);
});

Deno.test({
  name:
    "Journal reads nothing again within one boot: what a killed program had written is there",
  ignore: Deno.build.os !== "linux",
  fn() {
    using run = new Interrupted();
    run.damagePart(3);
    assertEquals(run.resume(), [0, 2]);
  },
});

Deno.test("Journal does not count what the part has not got", () => {
  for (
    const [length, verified] of [[25, 2], [24, 1], [10, 1], [9, 0], [0, 0]]
  ) {
    using run = new Interrupted();
    Deno.truncateSync(run.find(".part"), length);
    assertEquals(run.resume().length, verified, `${length} bytes are left`);
    assertSameBytes(run.result(), CONTENT);
  }
});

Deno.test("Journal begins anew when its part is gone", () => {
  using run = new Interrupted();
  Deno.removeSync(run.find(".part"));
  assertEquals(run.resume(), []);
  assertSameBytes(run.result(), CONTENT);
});

Deno.test("Journal ignores lines that are none: indexes past the end, words, what somebody else wrote", () => {
  using run = new Interrupted();
  const zeros = "0".repeat(16);
  run.editJournal((text) =>
    `${text}3 ${zeros}\n9999999999 ${zeros}\n-1 ${zeros}\n1\n1 xyz\n\n1 ${zeros} \n`
  );
  assertEquals(run.resume(), [0, 2]);
  using other = new Interrupted();
  other.editJournal(() => "something else\n1 " + zeros + "\n");
  assertEquals(other.resume(), []);
  assertSameBytes(other.result(), CONTENT);
});
