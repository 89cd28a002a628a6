import { assert, assertEquals, assertThrows } from "@std/assert";
import { toBytes } from "../bytes/ascii.ts";
import { Refusal } from "../errors.ts";
import { cpuTime } from "../testing/cpu_time.ts";
import { boundaryOf, isFormData, parsePartHead } from "./form_part.ts";

function disposition(value: string): string {
  return `Content-Disposition: ${value}\r\n`;
}

/** The names in the head of a part, `undefined` for one that is no file. */
function namesOf(value: string): [string, string | undefined] {
  const { name, fileName } = parsePartHead(toBytes(disposition(value)));
  return [name, fileName];
}

Deno.test("parsePartHead() reads what browsers, curl and libraries send", () => {
  const sent: [value: string, name: string, fileName?: string][] = [
    [`form-data; name="note"`, "note"],
    [`form-data; name="file"; filename="a.jpg"`, "file", "a.jpg"],
    [`form-data; name=file; filename=a.jpg`, "file", "a.jpg"],
    [`Form-Data;NAME="file";FileName="a.jpg";`, "file", "a.jpg"],
    [`form-data;\tname="file" ; ; filename="a.jpg" `, "file", "a.jpg"],
    [`form-data \t; name="file"\t; filename="a.jpg"\t`, "file", "a.jpg"],
    [`form-data; filename="a.jpg"; name="file"`, "file", "a.jpg"],
    [`form-data; name="file"; filename=""`, "file", ""],
    [`form-data; name=""; filename="a"`, "", "a"],
    // The bytes of UTF-8, as every browser and curl send them.
    [
      `form-data; name="füße"; filename="日本語 😀.txt"`,
      "füße",
      "日本語 😀.txt",
    ],
    [
      `form-data; name="f"; filename="a\u2028b\\\u2029"`,
      "f",
      "a\u2028b\\\u2029",
    ],
    // Browsers escape three characters and no backslash.
    [`form-data; name="f"; filename="say %22hi%22.txt"`, "f", `say "hi".txt`],
    [`form-data; name="%22"; filename="a%0D%0ab"`, `"`, "a\r\nb"],
    [`form-data; name="f"; filename="100%41.txt"`, "f", "100%41.txt"],
    [`form-data; name="f"; filename="50%.txt"`, "f", "50%.txt"],
    [`form-data; name="f"; filename="a\\b.txt"`, "f", "a\\b.txt"],
    [`form-data; name="f"; filename="a\\"`, "f", "a\\"],
    [`form-data; name="f"; filename="C:\\dir\\a.txt"`, "f", "C:\\dir\\a.txt"],
    // curl before 7.81.
    [`form-data; name="f"; filename="say \\"hi\\".txt"`, "f", `say "hi".txt`],
    [`form-data; name="f"; filename="a; b=c\\"d\\\\e"`, "f", `a; b=c"d\\e`],
    [`form-data; name="f"; filename="a;b.txt"`, "f", "a;b.txt"],
    // Of a whole folder; and what nobody should send is the caller's to judge.
    [
      `form-data; name="f"; filename="photos/2024/a.jpg"`,
      "f",
      "photos/2024/a.jpg",
    ],
    [
      `form-data; name="f"; filename="../../etc/passwd"`,
      "f",
      "../../etc/passwd",
    ],
    // RFC 8187, which libraries send although RFC 7578 forbids it.
    [
      `form-data; name="f"; filename*=UTF-8''na%C3%AFve%20file.txt`,
      "f",
      "naïve file.txt",
    ],
    [
      `form-data; name="f"; filename="naive"; filename*=utf-8'en'na%c3%afve`,
      "f",
      "naïve",
    ],
    [`form-data; name="f"; filename*=UTF-8''a%22%2F%0A`, "f", `a"/\n`],
  ];
  for (const [value, ...names] of sent) {
    assertEquals(
      namesOf(value),
      names.length === 1 ? [names[0]!, undefined] : names as [string, string],
      value,
    );
  }
});

Deno.test("parsePartHead() passes over other fields, in any case and order", () => {
  const head = "Content-Type: text/plain\r\n" +
    `content-DISPOSITION: form-data; name="f"; filename="a"\r\n` +
    "Content-Transfer-Encoding: Binary\r\nX-Y: z\r\n";
  assertEquals(parsePartHead(toBytes(head)), { name: "f", fileName: "a" });
});

function faultOf(head: string | Uint8Array): string {
  const bytes = typeof head === "string" ? toBytes(head) : head;
  const refusal = assertThrows(() => parsePartHead(bytes), Refusal);
  assertEquals(refusal.code, "bad-request");
  return refusal.message;
}

Deno.test("parsePartHead() refuses a part that does not say which field it is (RFC 7578 4.2)", () => {
  const refused = [
    "",
    "Content-Type: text/plain\r\n",
    disposition(""),
    disposition("form-data"),
    disposition(`form-data; filename="a"`),
    disposition(`attachment; name="f"; filename="a"`),
    disposition(`form-datax; name="f"`),
    disposition(`x form-data; name="f"`),
    disposition(`form-data name="f"`),
    disposition(`form-data; name`),
    disposition(`form-data; name=`),
    disposition(`form-data; name="f`),
    disposition(`form-data; name="f"x`),
    disposition(`form-data; name="f" filename="a"`),
    disposition(`form-data; name="f", filename="a"`),
    disposition(`form-data; name = "f"`),
    disposition(`form-data; name="f"; name="g"`),
    disposition(`form-data; name="f"; filename="a"; FILENAME="b"`),
    disposition(`form-data; name="f"; filename="a\\`),
    disposition(`form-data; name="f"; filename=日本.txt`),
    // Two such fields make a list.
    disposition(`form-data; name="f"`) + disposition(`form-data; name="g"`),
  ];
  for (const head of refused) {
    assertEquals(
      faultOf(head),
      "A part of the form does not say which field it is",
    );
  }
});

Deno.test("parsePartHead() refuses field lines as the heads of requests do", () => {
  const good = disposition(`form-data; name="f"`);
  assertEquals(
    faultOf("Content-Type : x\r\n" + good),
    "There is white space before the colon of a header field",
  );
  assertEquals(
    faultOf(good + " folded\r\n"),
    "A header field is folded (obs-fold)",
  );
  assertEquals(faultOf("nothing\r\n" + good), "A header line has no colon");
  assert(
    faultOf(disposition(`form-data; name="f\0"`)).includes("control character"),
  );
  assert(
    faultOf(disposition(`form-data; name="f\rX: y"`)).includes(
      "control character",
    ),
  );
  assert(faultOf("X: y\n" + good).includes("control character"));
  assert(faultOf("X: y\r\n".repeat(101) + good).includes("more than 100"));
});

Deno.test("parsePartHead() refuses names that are not UTF-8, in the field and in filename*", () => {
  const bytes = toBytes(disposition(`form-data; name="f"; filename="?"`));
  bytes[bytes.indexOf(0x3f)] = 0xff;
  assertEquals(faultOf(bytes), "A part of the form is not UTF-8");
  for (
    const value of [
      "UTF-8''%ff",
      "UTF-8''%c0%af",
      "UTF-8''%",
      "UTF-8''%4",
      "UTF-8''a%zz",
      "UTF-8''a/b",
      "UTF-8'a",
      "xUTF-8''a",
      "iso-8859-1''%e4",
      "''a",
      "\"UTF-8''a b\"",
    ]
  ) {
    assertEquals(
      faultOf(disposition(`form-data; name="f"; filename*=${value}`)),
      value === "UTF-8''a/b"
        ? "A part of the form does not say which field it is"
        : "A part of the form has a file name that cannot be read",
      value,
    );
  }
});

Deno.test("parsePartHead() refuses parts that would have to be decoded (RFC 7578 4.7)", () => {
  const good = disposition(`form-data; name="f"`);
  for (const encoding of ["base64", "quoted-printable", "x"]) {
    assertEquals(
      faultOf(`${good}Content-Transfer-Encoding: ${encoding}\r\n`),
      "A part of the form is encoded for mail",
    );
  }
});

Deno.test("parsePartHead() looks at 16 KiB of anything once (D5)", () => {
  const began = cpuTime();
  for (
    const filler of [
      " ",
      '"',
      "\\",
      '\\"',
      ";",
      "; ",
      "a",
      "=",
      'a="',
      'a="";',
      '";',
      "%",
      "%22",
    ]
  ) {
    for (
      const start of [
        "",
        ";",
        '; name="',
        '; name="f"; filename="',
        "; filename*=",
      ]
    ) {
      for (const end of ["", "x", '"', "\\"]) {
        const value = start + filler.repeat(16 * 1024 / filler.length) + end;
        try {
          parsePartHead(toBytes(disposition("form-data" + value)));
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
        }
      }
    }
  }
  // Some 100 ms; what is quadratic takes minutes.
  assert(cpuTime() - began < 3000);
});

Deno.test("boundaryOf() reads what browsers and programs send", () => {
  const sent: [contentType: string, boundary: string][] = [
    [
      "multipart/form-data; boundary=----WebKitFormBoundaryABC123",
      "----WebKitFormBoundaryABC123",
    ],
    [
      "multipart/form-data; boundary=----geckoformboundary5f",
      "----geckoformboundary5f",
    ],
    [
      "multipart/form-data; boundary=------------------------d74496d66958873e",
      "------------------------d74496d66958873e",
    ],
    [`multipart/form-data; boundary="a b:c"`, "a b:c"],
    ["Multipart/Form-Data;charset=utf-8;BOUNDARY=x", "x"],
    ["multipart/form-data; boundary=" + "x".repeat(70), "x".repeat(70)],
  ];
  for (const [contentType, boundary] of sent) {
    assert(isFormData(contentType));
    assertEquals(boundaryOf(contentType), boundary);
  }
});

Deno.test("boundaryOf() refuses what is no form, and boundaries that RFC 2046 5.1.1 does not have", () => {
  for (
    const contentType of [
      "",
      "text/plain",
      "text/plain; boundary=x",
      "multipart/mixed; boundary=x",
      "x multipart/form-data; boundary=x",
      "multipart/form-datax; boundary=x",
      "multipart/form-data",
      "multipart/form-data; boundary",
      "multipart/form-data; boundary=",
      `multipart/form-data; boundary=""`,
      `multipart/form-data; boundary="a "`,
      `multipart/form-data; boundary="a\\"b"`,
      `multipart/form-data; boundary="ä"`,
      `multipart/form-data; boundary="a\tb"`,
      "multipart/form-data; boundary=x; boundary=y",
      "multipart/form-data, multipart/form-data; boundary=x",
      "multipart/form-data; boundary=" + "x".repeat(71),
    ]
  ) {
    const refusal = assertThrows(() => boundaryOf(contentType), Refusal);
    assertEquals(refusal.code, "bad-request", contentType);
  }
  assert(!isFormData(undefined));
  assert(!isFormData("x multipart/form-data; boundary=x"));
  assert(!isFormData("application/x-www-form-urlencoded"));
});
