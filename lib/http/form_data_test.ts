import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { fromBytes, toBytes } from "../bytes/ascii.ts";
import { joinBytes } from "../bytes/join.ts";
import { Refusal } from "../errors.ts";
import { cpuTime } from "../testing/cpu_time.ts";
import {
  FIELD_BYTES_MAX,
  type FormFile,
  FormReader,
  type FormSink,
  PART_HEAD_BYTES_MAX,
  PARTS_MAX,
} from "./form_data.ts";

const BOUNDARY = "----WebKitFormBoundary7MA4YWxk";
const CONTENT_TYPE = `multipart/form-data; boundary=${BOUNDARY}`;

/** Keeps what a form holds: fields as `name=value`, whole files as `name:file name:content`. */
class Kept implements FormSink {
  readonly all: string[] = [];
  /** Files that have begun. */
  begun = 0;

  file(fieldName: string, fileName: string): FormFile {
    this.begun++;
    const pieces: Uint8Array[] = [];
    return {
      write: (bytes) => {
        assert(bytes.length > 0);
        // What is written is valid as long as what was pushed.
        pieces.push(bytes.slice());
      },
      end: () => {
        const content = fromBytes(joinBytes(pieces));
        this.all.push(`${fieldName}:${fileName}:${content}`);
      },
    };
  }

  field(name: string, value: string): void {
    this.all.push(`${name}=${value}`);
  }
}

/** Reads a form that arrives in `pieces`; each is overwritten as soon as it is pushed, as a buffer of a socket is. */
function read(
  pieces: readonly (string | Uint8Array)[],
  contentType = CONTENT_TYPE,
): Kept {
  const kept = new Kept();
  const reader = new FormReader(contentType, kept);
  for (const piece of pieces) {
    const bytes = typeof piece === "string" ? toBytes(piece) : piece.slice();
    reader.push(bytes);
    bytes.fill(0x21);
  }
  reader.end();
  return kept;
}

/** A part with `head` for its Content-Disposition behind `form-data; `. */
function part(head: string, body: string): string {
  return `--${BOUNDARY}\r\nContent-Disposition: form-data; ${head}\r\n\r\n${body}\r\n`;
}

const END = `--${BOUNDARY}--\r\n`;

/** What a browser sends for a text, two files and an input that was not used. */
const FORM = part(`name="note"`, "grüße") +
  part(
    `name="file"; filename="日本.txt"\r\nContent-Type: text/plain`,
    `one\r\n\r\n--${BOUNDARY.slice(0, -1)}\r\n--\r\n\r`,
  ) +
  part(`name="file"; filename="empty"`, "") +
  part(`name="more"; filename=""`, "") +
  END;

const FORM_HOLDS = [
  "note=grüße",
  `file:日本.txt:one\r\n\r\n--${BOUNDARY.slice(0, -1)}\r\n--\r\n\r`,
  "file:empty:",
];

Deno.test("FormReader hands on fields and files in order, and skips inputs that were not used", () => {
  assertEquals(read([FORM]).all, FORM_HOLDS);
});

Deno.test("FormReader reads the same wherever a form is cut in two", () => {
  const bytes = toBytes(FORM);
  for (let at = 0; at <= bytes.length; at++) {
    const pieces = [bytes.subarray(0, at), bytes.subarray(at)];
    assertEquals(read(pieces).all, FORM_HOLDS, `cut at ${at}`);
  }
});

Deno.test("FormReader reads the same byte by byte", () => {
  assertEquals(
    read([...toBytes(FORM)].map((byte) => new Uint8Array([byte]))).all,
    FORM_HOLDS,
  );
});

Deno.test("FormReader takes no form for whole that is cut off before its last boundary (W3)", () => {
  const bytes = toBytes(FORM);
  for (let end = 0; end < bytes.length - 2; end++) {
    const refusal = assertThrows(() => read([bytes.subarray(0, end)]), Refusal);
    assertEquals(refusal.code, "bad-request", `cut at ${end}`);
  }
  // The CR LF at the very end is nobody's.
  assertEquals(read([bytes.subarray(0, -2)]).all, FORM_HOLDS);
});

Deno.test("FormReader ends no file that is cut off (W3)", () => {
  const kept = new Kept();
  const reader = new FormReader(CONTENT_TYPE, kept);
  reader.push(toBytes(part(`name="f"; filename="a"`, "abc") + "--"));
  assertThrows(() => reader.end(), Refusal, "ends before its last boundary");
  assertEquals([kept.begun, kept.all], [1, []]);
});

Deno.test("FormReader writes all that a file may hold before the piece that it came in is gone", () => {
  const kept = new Kept();
  const reader = new FormReader(CONTENT_TYPE, {
    ...kept,
    field() {},
    file: () => ({
      write: (bytes) => kept.all.push(fromBytes(bytes)!),
      end() {},
    }),
  });
  reader.push(toBytes(part(`name="f"; filename="a"`, "abc").slice(0, -2)));
  assertEquals(kept.all, ["abc"]);
  // Only what may be the beginning of a boundary is held back.
  reader.push(toBytes("d\r\n-"));
  assertEquals(kept.all, ["abc", "d"]);
  reader.push(toBytes("e"));
  assertEquals(kept.all, ["abc", "d", "\r\n-", "e"]);
});

/** Content out of what boundaries are made of, and of anything. */
const content = fc.array(
  fc.oneof(
    fc.constantFrom(
      "\r",
      "\n",
      "\r\n",
      "-",
      "--",
      `\r\n--${BOUNDARY.slice(0, -1)}`,
      `--${BOUNDARY}`,
      `\n--${BOUNDARY}--`,
      `\r\r\n--${BOUNDARY.slice(1)}`,
      `\rx--${BOUNDARY}`,
      BOUNDARY,
    ),
    fc.string({ maxLength: 5 }),
  ),
).map((all) => all.join(""))
  .filter((text) => !`${text}\r\n`.includes(`\r\n--${BOUNDARY}`));

Deno.test("FormReader gives back every file, whatever is in it and however it arrives", () => {
  const files = fc.array(content, { maxLength: 4 });
  const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 });
  fc.assert(fc.property(files, cuts, (files, cuts) => {
    const form = toBytes(
      files.map((text) => part(`name="f"; filename="a"`, text)).join("") + END,
    );
    const pieces: Uint8Array[] = [];
    for (let rest = form; rest.length > 0;) {
      const length = cuts[pieces.length % cuts.length]!;
      pieces.push(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
    assertEquals(read(pieces).all, files.map((text) => `f:a:${text}`));
  }));
});

Deno.test("FormReader reads what another program writes: Deno itself, as browsers do", async () => {
  const names = [
    "a.txt",
    'say "hi".txt',
    "日本 😀.txt",
    "a\\b",
    "x/y",
    "%",
    "a\nb",
  ];
  const form = new FormData();
  form.append('no"te', "grüße");
  for (const name of names) form.append("f", new Blob([name]), name);
  const response = new Response(form);
  const { all } = read(
    [new Uint8Array(await response.arrayBuffer())],
    response.headers.get("content-type")!,
  );
  assertEquals(all, [
    'no"te=grüße',
    ...names.map((name) => `f:${name}:${name}`),
  ]);
});

Deno.test("FormReader throws away what stands before the first boundary and behind the last (RFC 2046 5.1.1)", () => {
  const form = part(`name="a"`, "1") + END;
  assertEquals(read(["This is a multi-part message\r\n" + form]).all, ["a=1"]);
  assertEquals(read(["\r\n" + form]).all, ["a=1"]);
  assertEquals(read([`x--${BOUNDARY}\r\n` + form]).all, ["a=1"]);
  assertEquals(read([form + part(`name="b"`, "2")]).all, ["a=1"]);
  assertEquals(read([form, "\r\nepilogue\r\n--", form]).all, ["a=1"]);
});

Deno.test("FormReader takes a form without parts, and blanks behind a boundary (RFC 2046 5.1.1)", () => {
  assertEquals(read([END]).all, []);
  const form = `--${BOUNDARY} \t\r\n` + part(`name="a"`, "1").split("\r\n")
    .slice(1).join("\r\n") +
    END;
  assertEquals(read([form]).all, ["a=1"]);
});

Deno.test("FormReader knows every boundary that is one", () => {
  for (
    const boundary of [
      "x",
      "=",
      "-",
      "--",
      "a b",
      "x".repeat(70),
      "-".repeat(70),
    ]
  ) {
    const form = (part(`name="f"; filename="a"`, "\r\n-\r\n-\r\n--\r\n") + END)
      .replaceAll(BOUNDARY, boundary);
    const type = `multipart/form-data; boundary="${boundary}"`;
    if ("\r\n--\r\n".includes(`\r\n--${boundary}`)) continue;
    assertEquals(
      read([form], type).all,
      ["f:a:\r\n-\r\n-\r\n--\r\n"],
      boundary,
    );
  }
});

function faultOf(...pieces: string[]): string {
  const refusal = assertThrows(() => read(pieces), Refusal);
  return `${refusal.code}: ${refusal.message}`;
}

Deno.test("FormReader refuses a boundary with something else behind it (W3)", () => {
  for (
    const behind of [
      "x",
      "\n",
      "\rx",
      "\r\r\n",
      "-\r\n",
      "-x",
      " --\r\n",
      " -",
      " x",
      "\0",
      "\0\0--",
      "\r--",
    ]
  ) {
    for (const text of ["", part(`name="a"`, "1")]) {
      assertEquals(
        faultOf(text + `--${BOUNDARY}${behind}`),
        "bad-request: A boundary of the form is not one",
        JSON.stringify(behind),
      );
    }
  }
});

Deno.test("FormReader refuses broken heads of parts", () => {
  const fault =
    "bad-request: A part of the form does not say which field it is";
  assertEquals(faultOf(`--${BOUNDARY}\r\n\r\nabc\r\n` + END), fault);
  assertEquals(faultOf(part(`filename="a"`, "") + END), fault);
  assertEquals(
    faultOf(`--${BOUNDARY}\r\n--${BOUNDARY}\r\n\r\n`),
    "bad-request: A header line has no colon",
  );
});

Deno.test("FormReader refuses a field that is not UTF-8", () => {
  const form = toBytes(part(`name="a"`, "?") + END);
  form[form.indexOf(0x3f)] = 0xff;
  const refusal = assertThrows(() => read([form]), Refusal);
  assertEquals(refusal.message, "A field of the form is not UTF-8");
});

Deno.test("FormReader hands on a file without a name if something is in it, for the caller to refuse", () => {
  assertEquals(read([part(`name="f"; filename=""`, "abc") + END]).all, [
    "f::abc",
  ]);
});

Deno.test("FormReader takes as many parts as it says, and refuses more (D6)", () => {
  const parts = (count: number) => part(`name="a"`, "1").repeat(count) + END;
  assertEquals(read([parts(PARTS_MAX)]).all.length, PARTS_MAX);
  assertEquals(
    faultOf(parts(PARTS_MAX + 1)),
    `too-large: The form has more than ${PARTS_MAX} parts`,
  );
});

Deno.test("FormReader takes heads and fields up to their limits, in one piece and in many (D6)", () => {
  const head = (bytes: number) => {
    const begin = `Content-Disposition: form-data; name="a"\r\nX: `;
    return `--${BOUNDARY}\r\n${begin}${
      "x".repeat(bytes - begin.length - 4)
    }\r\n\r\n`;
  };
  const field = (bytes: number) => part(`name="a"`, "x".repeat(bytes)) + END;
  const inPieces = (form: string) => form.match(/[^]{1,1000}/g) ?? [];
  for (const cut of [(form: string) => [form], inPieces]) {
    assertEquals(
      read(cut(head(PART_HEAD_BYTES_MAX) + "\r\n" + END)).all,
      ["a="],
    );
    assertEquals(
      faultOf(...cut(head(PART_HEAD_BYTES_MAX + 1) + "\r\n" + END)),
      `bad-request: The head of a part is longer than ${PART_HEAD_BYTES_MAX} bytes`,
    );
    assertEquals(
      read(cut(field(FIELD_BYTES_MAX))).all[0]!.length,
      2 + FIELD_BYTES_MAX,
    );
    assertEquals(
      faultOf(...cut(field(FIELD_BYTES_MAX + 1))),
      `too-large: A field of the form is longer than ${FIELD_BYTES_MAX} bytes`,
    );
  }
});

Deno.test("FormReader leaves what a sink throws as it is", () => {
  const full = new Refusal("no-space");
  const reader = new FormReader(CONTENT_TYPE, {
    field() {},
    file() {
      throw full;
    },
  });
  const thrown = assertThrows(() => reader.push(toBytes(FORM)), Refusal);
  assertEquals(thrown, full);
});

Deno.test("FormReader looks at every byte once, in a preamble, a file and an epilogue (D5, D6)", () => {
  const boundary = "a".repeat(70);
  const begin =
    `--${boundary}\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\n`;
  const hostile = [
    "\r",
    "\r\n",
    "\r\n-",
    "\r\n--",
    "a",
    `\r\n--${"a".repeat(69)}`,
    `\r\n--${"a".repeat(69)}b`,
    "--" + "a".repeat(35),
  ];
  const began = cpuTime();
  for (const text of hostile) {
    const block = toBytes(text.repeat(Math.floor(256 * 1024 / text.length)));
    for (const start of ["", begin, begin + `x\r\n--${boundary}--`]) {
      const reader = new FormReader(
        `multipart/form-data; boundary=${boundary}`,
        { field() {}, file: () => ({ write() {}, end() {} }) },
      );
      reader.push(toBytes(start));
      for (let at = 0; at < block.length; at += 1000) {
        reader.push(block.subarray(at, at + 1000));
      }
    }
  }
  // 6 MiB, some 20 ms.
  assert(cpuTime() - began < 3000);
});
