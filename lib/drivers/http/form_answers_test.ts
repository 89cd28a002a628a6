import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { PARTS_MAX } from "../../http/form_data.ts";
import {
  askWith,
  changeServer,
  connectHttp,
  contentOf,
  requestWith,
  sendUntilCut,
} from "../../testing/http_changes.ts";
import type { HttpAnswer } from "../../testing/http_peer.ts";
import { MemoryServer } from "../../testing/memory_server.ts";

const FORM = { "Content-Type": "multipart/form-data; boundary=B" };
/** As a browser says what it likes to see. */
const BROWSER = { ...FORM, Accept: "text/html,*/*;q=0.8" };

type FormFiles = readonly (readonly [name: string, content: string])[];

Deno.test("FormAnswers stores a file in the folder, and says where it is", async () => {
  await using server = changeServer();
  const content = "one\r\n--A\r\n--\r\n-B--\r\n";
  const answer = await post(server, "/x/", [["a b.txt", content]]);
  assertEquals(answer.status, 201);
  assertEquals(answer.fields.get("location"), "/x/a%20b.txt");
  assertEquals(answer.text, "/x/a%20b.txt\n");
  assertEquals(contentOf(server, "x/a b.txt"), content);
  assertEquals(server.directory.partKeys, []);
});

Deno.test("FormAnswers stores several files with their folders, and tells of each", async () => {
  await using server = changeServer();
  const answer = await post(server, "/", [
    ["album/a.txt", "1"],
    ["album/deep/é.txt", "2"],
    ["empty", ""],
  ]);
  assertEquals(answer.status, 201);
  assertEquals(answer.fields.has("location"), false);
  assertEquals(answer.text, "/album/a.txt\n/album/deep/%C3%A9.txt\n/empty\n");
  assertEquals(contentOf(server, "album/deep/é.txt"), "2");
  assertEquals(contentOf(server, "empty"), "");
});

Deno.test("FormAnswers sends a browser back to the folder, as works without JavaScript", async () => {
  // RFC 9110 15.4.4.
  await using server = changeServer();
  const answer = await post(server, "/x%20y/", [["a", "1"]], BROWSER);
  assertEquals(answer.status, 303);
  assertEquals(answer.fields.get("location"), "/x%20y/");
  assertEquals(contentOf(server, "x y/a"), "1");
});

Deno.test("FormAnswers takes what browsers send beside files, and asks for none of it", async () => {
  await using server = changeServer();
  const body = "preamble\r\n" +
    '--B\r\nContent-Disposition: form-data; name="word"\r\n\r\nvalue\r\n' +
    '--B\r\nContent-Disposition: form-data; name="file"; filename=""\r\n' +
    "Content-Type: application/octet-stream\r\n\r\n\r\n" +
    partOf("a", "1") + "--B--\r\nepilogue";
  const peer = connectHttp(server);
  assertEquals((await askWith(peer, "POST /", body, FORM)).status, 201);
  assertEquals(server.directory.fileNames, ["a"]);
});

Deno.test("FormAnswers refuses a form without a file", async () => {
  await using server = changeServer();
  const peer = connectHttp(server);
  const unused = '--B\r\nContent-Disposition: form-data; name="file"; ' +
    'filename=""\r\n\r\n\r\n--B--\r\n';
  for (const body of [unused, "--B--\r\n"]) {
    const answer = await askWith(peer, "POST /", body, FORM);
    assertEquals(answer.text, "400 Bad Request: The form has no file\n");
  }
});

Deno.test("FormAnswers stores what it can, and says what it could not", async () => {
  await using server = changeServer({ files: { b: "old", c: "old" } });
  const files: FormFiles = [
    ["a", "1"],
    ["b", "2"],
    ["../c", "3"],
    ["d", "4"],
  ];
  const answer = await post(server, "/", files);
  assertEquals(answer.status, 409);
  assertEquals(
    answer.text,
    "409 Conflict: Not stored: b (A file of that name is already there), " +
      '../c (The name has a part ".."); stored: /a, /d\n',
  );
  assertEquals(server.directory.fileNames, ["a", "b", "c", "d"]);
  assertEquals(contentOf(server, "b"), "old");
  assertEquals(contentOf(server, "c"), "old");
  assertEquals(contentOf(server, "d"), "4");
  assertEquals(server.directory.partKeys, []);
});

Deno.test("FormAnswers tells a browser of it in a page, in which names are text", async () => {
  // security.md X1, X4.
  const name = "<img src=x onerror=alert(1)>";
  await using server = changeServer({ files: { [name]: "old" } });
  const answer = await post(server, "/", [[name, "1"]], BROWSER);
  assertEquals(answer.status, 409);
  assertEquals(answer.fields.get("content-type"), "text/html; charset=utf-8");
  assertStringIncludes(answer.text, "&lt;img src=x");
  assert(!answer.text.includes("<img"));
});

Deno.test("FormAnswers tells of names without what drives a terminal, and not without end", async () => {
  // security.md L2.
  await using server = changeServer();
  const files = Array.from(
    { length: 900 },
    (_, i) => [`/\u009b2J${i}${"x".repeat(250)}`, ""] as const,
  );
  const { text } = await post(server, "/", files);
  assertStringIncludes(text, "/\\x9b2J0xxx");
  assertStringIncludes(text, " and 880 more\n");
  assert(text.length < 6000);
});

for (
  const [onConflict, status, told] of [
    ["rename", 201, "/a%20(1)\n/a%20(2)\n"],
    ["overwrite", 201, "/a\n/a\n"],
  ] as const
) {
  Deno.test(`FormAnswers obeys --on-conflict ${onConflict}, also for the same name twice`, async () => {
    await using server = changeServer({
      files: { a: "old" },
      uploads: { onConflict },
    });
    const answer = await post(server, "/", [["a", "1"], ["a", "2"]]);
    assertEquals(answer.status, status);
    assertEquals(answer.text, told);
    assertEquals(contentOf(server, "a"), onConflict === "rename" ? "old" : "2");
  });
}

Deno.test("FormAnswers keeps files that came whole, and nothing of the others, when a form is cut after byte n, for every n", async () => {
  // security.md W2, W3.
  const files: FormFiles = [["a", "first"], ["x/b", "second"]];
  const bytes = requestWith("POST /", formOf(files), FORM);
  for (let cut = 0; cut < bytes.length; cut++) {
    for (const cutAs of ["reset", "end"] as const) {
      await using server = changeServer();
      const { directory } = server;
      const peer = connectHttp(server, {
        aToB: { cutAfterBytes: cut, cutAs, chunkBytes: 13 },
      });
      await sendUntilCut(peer, bytes);
      for (const name of directory.fileNames) {
        const [, content] = files.find(([other]) => other === name)!;
        assertEquals(contentOf(server, name), content, `cut after ${cut}`);
      }
      assertEquals(directory.partKeys, [], `cut after ${cut}`);
      assertEquals(directory.heldParts, 0);
    }
  }
});

const BROKEN = {
  "has no end": partOf("a", "1") + partOf("b", "2").trimEnd(),
  "ends in the head of a part": partOf("a", "1") +
    "--B\r\nContent-Disposition: form-data",
  "has a boundary that is none": partOf("a", "1") + partOf("b", "2") + "--Bx",
  "has a part that is no field": partOf("a", "1") + "--B\r\n\r\n\r\n--B--\r\n",
};
for (const [what, body] of Object.entries(BROKEN)) {
  for (const chunkBytes of [1, 7, undefined]) {
    const pieces = chunkBytes === undefined ? "whole" : `by ${chunkBytes}`;
    Deno.test(`FormAnswers refuses a form that ${what} (sent ${pieces}), and keeps what was whole before`, async () => {
      await using server = changeServer();
      const peer = connectHttp(server, {
        aToB: chunkBytes === undefined ? {} : { chunkBytes },
      });
      const answer = await askWith(peer, "POST /", body, FORM);
      assertEquals(answer.status, 400);
      const isWhole = body.includes("Bx");
      assertStringIncludes(
        answer.text,
        `; stored: /a${isWhole ? ", /b" : ""}\n`,
      );
      assertEquals(server.directory.fileNames, isWhole ? ["a", "b"] : ["a"]);
      assertEquals(server.directory.partKeys, []);
    });
  }
}

const NAMES: Record<string, number> = {
  // security.md W1, P4, P11.
  "../x": 400,
  "a/../../x": 400,
  "/etc/x": 400,
  ".": 400,
  "..": 400,
  "a/./b": 400,
  "a//b": 400,
  "a/": 400,
  "a\0.txt": 400,
  ["x".repeat(256)]: 400,
  ".x": 403,
  "a/.b/c": 403,
  ".landline-0123456789abcdef.part": 403,
  "..\\x": 403,
  "f/x": 409,
  "d": 409,
};
for (const [name, status] of Object.entries(NAMES)) {
  Deno.test(`FormAnswers answers a file called ${JSON.stringify(name.slice(0, 40))} with ${status}, and stores nothing`, async () => {
    await using server = changeServer({
      files: { "f": "old", "d/e": "old" },
      uploads: { onConflict: "overwrite" },
    });
    for (const folder of ["/", "/d/"]) {
      const { directory } = server;
      const before = directory.fileNames;
      const inFolder = folder === "/d/" && (name === "d" || name === "f/x");
      if (inFolder) continue;
      assertEquals((await post(server, folder, [[name, "1"]])).status, status);
      assertEquals(directory.fileNames, before);
      assertEquals(directory.partKeys, []);
    }
  });
}

Deno.test("FormAnswers refuses a file over the cap, and takes the next one", async () => {
  await using server = changeServer({ uploads: { bytesMax: 5 } });
  const answer = await post(server, "/", [["a", "123456"], ["b", "12345"]]);
  assertEquals(answer.status, 413);
  assertEquals(server.directory.fileNames, ["b"]);
  assertEquals(server.directory.partKeys, []);
});

Deno.test("FormAnswers says 507 on a full disk, keeps what is whole, and goes on", async () => {
  // security.md D10.
  await using server = changeServer();
  const { directory } = server;
  directory.capacityBytes = 65;
  const big = "x".repeat(90);
  assertEquals((await post(server, "/x/", [["a", big]])).status, 507);
  const answer = await post(server, "/", [["b", "1"], ["c", big], ["d", "2"]]);
  assertEquals(answer.status, 507);
  assertStringIncludes(answer.text, "Not stored: c (The disk is full); ");
  assertEquals(directory.fileNames, ["b"]);
  assertEquals(directory.partKeys, []);
  assertEquals((await post(server, "/", [["e", "1"]])).status, 201);
});

Deno.test("FormAnswers has one file open at a time, however many come in one piece", async () => {
  await using server = changeServer();
  const { directory } = server;
  const receive = directory.receive.bind(directory);
  directory.receive = (name, token) => {
    assertEquals(directory.heldParts, 0);
    return receive(name, token);
  };
  const files = Array.from(
    { length: PARTS_MAX },
    (_, i) => [`${i}`, ""] as const,
  );
  assertEquals((await post(server, "/", files)).status, 201);
  assertEquals(directory.fileNames.length, PARTS_MAX);
});

Deno.test("FormAnswers ends a form of more parts than it may have", async () => {
  // security.md D6.
  await using server = changeServer();
  const files = Array.from(
    { length: PARTS_MAX + 1 },
    (_, i) => [`${i}`, ""] as const,
  );
  const answer = await post(server, "/", files);
  assertEquals(answer.status, 413);
  assertEquals(server.directory.fileNames.length, PARTS_MAX);
});

const TYPES: Record<string, number> = {
  "": 415,
  "text/plain": 415,
  "application/x-www-form-urlencoded": 415,
  "multipart/mixed; boundary=B": 415,
  "multipart/form-data": 400,
  "multipart/form-data; boundary=": 400,
  'multipart/form-data; boundary="B\\"': 400,
};
for (const [type, status] of Object.entries(TYPES)) {
  Deno.test(`FormAnswers answers a body of type "${type}" with ${status}`, async () => {
    await using server = changeServer();
    const fields: Record<string, string> = {};
    if (type !== "") fields["Content-Type"] = type;
    const answer = await post(server, "/", [["a", "1"]], fields);
    assertEquals(answer.status, status);
    assertEquals(server.directory.fileNames, []);
  });
}

Deno.test("FormAnswers takes forms for folders, and says where one is", async () => {
  await using server = changeServer({ files: { "a": "", "d/e": "" } });
  const file = await post(server, "/a", [["b", "1"]]);
  assertEquals(file.status, 405);
  assertEquals(file.fields.get("allow"), "GET, HEAD, OPTIONS, PUT, DELETE");
  assertEquals((await post(server, "/none", [["b", "1"]])).status, 405);
  const folder = await post(server, "/d", [["b", "1"]]);
  assertEquals(folder.status, 308);
  assertEquals(folder.fields.get("location"), "/d/");
  assertEquals((await post(server, "/a/", [["b", "1"]])).status, 409);
  assertEquals(server.directory.fileNames, ["a", "d/e"]);
});

Deno.test("FormAnswers takes nothing where uploads are not allowed, nor from pages of other sites", async () => {
  // security.md W5.
  await using closed = new MemoryServer();
  assertEquals((await post(closed, "/", [["a", "1"]])).status, 403);
  await using server = changeServer({ http: { cors: true } });
  for (
    const fields of [
      { "Origin": "http://evil.example" },
      { "Origin": "null" },
      { "Sec-Fetch-Site": "cross-site" },
      { "Host": "evil.example" },
    ]
  ) {
    const answer = await post(server, "/", [["a", "1"]], {
      ...FORM,
      ...fields,
    });
    assertEquals(answer.status, 403);
    assertEquals(answer.fields.has("access-control-allow-origin"), false);
  }
  assertEquals(server.directory.fileNames, []);
});

function partOf(fileName: string, content: string): string {
  return `--B\r\nContent-Disposition: form-data; name="file"; filename="${fileName}"\r\n\r\n${content}\r\n`;
}

function formOf(files: FormFiles): string {
  return files.map((file) => partOf(...file)).join("") + "--B--\r\n";
}

async function post(
  server: MemoryServer,
  path: string,
  files: FormFiles,
  fields: Readonly<Record<string, string>> = FORM,
): Promise<HttpAnswer> {
  const peer = connectHttp(server);
  const answer = await askWith(peer, `POST ${path}`, formOf(files), fields);
  peer.close();
  return answer;
}
