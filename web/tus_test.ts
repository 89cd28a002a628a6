import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { crc32 } from "node:zlib";
import { MemoryStorage } from "../lib/testing/memory_storage.ts";
import { MemoryTus, type TusFault } from "../lib/testing/memory_tus.ts";
import { toBase64 } from "./metadata.js";
import type { CheckOf } from "./checks.js";
import { type Ask, LineFault } from "./request.js";
import { TusUpload, UploadFault } from "./tus.js";
import { UnfinishedUploads } from "./unfinished.js";

const MIB = 1024 * 1024;

/** A file whose bytes tell where they are. */
function fileOf(size: number, name = "film.mkv"): File {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 97) bytes[at] = at ^ (at >> 8);
  return new File([bytes], name, { lastModified: 1234 });
}

/** The CRC of a piece, as the worker of the page makes it. */
async function checkOf(piece: Blob | ArrayBuffer): Promise<string> {
  const crc = crc32(new Uint8Array(await new Response(piece).arrayBuffer()));
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, crc);
  return `crc32 ${toBase64(bytes)}`;
}

/** A page on which `file` was chosen; `storage` is what an earlier one left behind. */
function uploadOf(
  server: MemoryTus,
  file: File,
  {
    storage = new MemoryStorage(),
    path = file.name,
    check = checkOf as CheckOf,
    ask = server.ask,
  } = {},
): TusUpload {
  return new TusUpload(file, {
    folder: server.folder,
    path,
    ask,
    checkOf: check,
    memory: new UnfinishedUploads(storage),
  });
}

const NEVER = new AbortController().signal;
const unheard = () => {};

async function assertStored(server: MemoryTus, file: File, path = file.name) {
  const expected = new Uint8Array(await file.arrayBuffer());
  assertEquals(server.files.get(path)?.length, expected.length);
  assertEquals(crc32(server.files.get(path)!), crc32(expected));
}

Deno.test("TusUpload sends a small file along with its creation, in one request", async () => {
  const server = new MemoryTus();
  const file = fileOf(1000, "a b.txt");
  await uploadOf(server, file).run(NEVER, unheard);
  await assertStored(server, file);
  assertEquals(server.asked, ["POST /folder/"]);
  assertEquals(server.checks, 1);
});

Deno.test("TusUpload creates an empty file", async () => {
  const server = new MemoryTus();
  await uploadOf(server, fileOf(0)).run(NEVER, unheard);
  await assertStored(server, fileOf(0));
});

Deno.test("TusUpload sends a large file in pieces, each with its check, and tells where it is now", async () => {
  const server = new MemoryTus();
  const file = fileOf(6 * MIB);
  const told: [number, boolean][] = [];
  const place = await uploadOf(server, file, { path: "a/b/film.mkv" })
    .run(NEVER, (bytes, isKept) => told.push([bytes, isKept]));
  await assertStored(server, file, "a/b/film.mkv");
  assertEquals(place, "/folder/a/b/film.mkv");
  const [created, ...pieces] = server.asked;
  assertEquals(created, "POST /folder/");
  assert(pieces.length > 1, "more than one piece");
  assertEquals(server.checks, pieces.length);
  assertEquals(told.at(-1), [6 * MIB, true]);
  assert(told.every(([bytes], i) => bytes >= (told[i - 1]?.[0] ?? 0)));
});

Deno.test("TusUpload makes its pieces larger on a fast line, and smaller when one is cut", async () => {
  const server = new MemoryTus();
  server.faults = ["ok", "ok", "cut"];
  const upload = uploadOf(server, fileOf(9 * MIB));
  await assertRejects(() => upload.run(NEVER, unheard), LineFault);
  await upload.run(NEVER, unheard);
  const [first, second, third = 0] = server.pieces;
  assertEquals([first, second], [MIB, 4 * MIB]);
  assert(third < 4 * MIB, `${third} bytes behind the cut`);
});

Deno.test("TusUpload goes on where it was when the same file is chosen after a reload", async () => {
  const server = new MemoryTus();
  const storage = new MemoryStorage();
  const file = fileOf(3 * MIB);
  server.faults = ["ok", "ok", "cut"];
  const before = uploadOf(server, file, { storage });
  await assertRejects(() => before.run(NEVER, unheard), LineFault);
  server.asked.length = 0;
  const told: number[] = [];
  await uploadOf(server, file, { storage })
    .run(NEVER, (bytes) => told.push(bytes));
  await assertStored(server, file);
  assertEquals(server.asked[0], "HEAD /folder/.landline-upload/1");
  assert(told[0]! > MIB, `It went on at ${told[0]}`);
  assertEquals(storage.length, 0);
});

Deno.test("TusUpload begins anew when the server knows nothing of it any more", async () => {
  const server = new MemoryTus();
  const storage = new MemoryStorage();
  const file = fileOf(2 * MIB);
  server.faults = ["ok", "cut", "lost"];
  const upload = uploadOf(server, file, { storage });
  await assertRejects(() => upload.run(NEVER, unheard), LineFault);
  await upload.run(NEVER, unheard);
  await assertStored(server, file);
});

Deno.test("TusUpload takes no upload of another length for its own", async () => {
  const server = new MemoryTus();
  const storage = new MemoryStorage();
  server.faults = ["ok", "cut"];
  const film = uploadOf(server, fileOf(2 * MIB), { storage });
  await assertRejects(() => film.run(NEVER, unheard), LineFault);
  // The same key for another content: as if the storage had been tampered with.
  const key = storage.key(0)!;
  const other = fileOf(3 * MIB);
  storage.setItem(
    key.replace(`${2 * MIB}`, `${3 * MIB}`),
    storage.getItem(key)!,
  );
  await uploadOf(server, other, { storage }).run(NEVER, unheard);
  await assertStored(server, other);
});

Deno.test("TusUpload says that a file of that name is there, in the words of the server", async () => {
  const server = new MemoryTus();
  server.files.set("film.mkv", new Uint8Array());
  for (const size of [10, 2 * MIB]) {
    // Even if it looks like this one: nothing was sent yet.
    server.files.set("film.mkv", new Uint8Array(size));
    server.modified = 1234;
    const fault = await assertRejects(
      () => uploadOf(server, fileOf(size)).run(NEVER, unheard),
      UploadFault,
      "A file of that name is already there",
    );
    assertEquals([fault.isClash, fault.mayPass], [true, false]);
  }
});

Deno.test("TusUpload knows its own file again when the last answer was lost", async () => {
  for (const size of [10, 2 * MIB]) {
    const server = new MemoryTus();
    server.modified = 1234;
    const file = fileOf(size, "ä b.txt");
    server.faults = size === 10 ? ["deaf"] : ["ok", "ok", "deaf"];
    const upload = uploadOf(server, file);
    await assertRejects(() => upload.run(NEVER, unheard), LineFault);
    assertEquals(
      await upload.run(NEVER, unheard),
      "/folder/%C3%A4%20b.txt",
    );
    await assertStored(server, file);
  }
});

Deno.test("TusUpload tries again when the server is too busy to say whether the file is there", async () => {
  const server = new MemoryTus();
  server.modified = 1234;
  const upload = uploadOf(server, fileOf(10));
  server.faults = ["deaf", "ok", 503];
  await assertRejects(() => upload.run(NEVER, unheard), LineFault);
  const fault = await assertRejects(
    () => upload.run(NEVER, unheard),
    UploadFault,
    "503",
  );
  assertEquals(fault.mayPass, true);
  await upload.run(NEVER, unheard);
});

Deno.test("TusUpload takes no other file for its own, though the last answer was lost", async () => {
  const server = new MemoryTus();
  server.modified = 99_000;
  const upload = uploadOf(server, fileOf(10));
  server.faults = ["deaf"];
  await assertRejects(() => upload.run(NEVER, unheard), LineFault);
  await assertRejects(
    () => upload.run(NEVER, unheard),
    UploadFault,
    "already there",
  );
});

Deno.test("TusUpload goes on where the server is, when that is elsewhere than it thought", async () => {
  const server = new MemoryTus();
  const file = fileOf(3 * MIB);
  const upload = uploadOf(server, file);
  let isFirst = true;
  const ask: Ask = (question) => {
    const { method, headers } = question;
    if (method !== "PATCH" || !isFirst) return server.ask(question);
    isFirst = false;
    return server.ask({
      ...question,
      headers: { ...headers, "Upload-Offset": "5" },
    }).then((answer) => {
      server.faults = ["cut"];
      // Bytes of a request before it arrive only now.
      return server.ask(question).catch(() => answer);
    });
  };
  await uploadOf(server, file, { ask }).run(NEVER, unheard);
  await assertStored(server, file);
  await upload.giveUp();
});

Deno.test("TusUpload knows a name that was taken on the way from an offset that is wrong: both are 409", async () => {
  const server = new MemoryTus();
  const ask: Ask = async (question) => {
    if (question.method !== "PATCH") return await server.ask(question);
    return {
      status: 409,
      header: () => null,
      text: "409 Conflict: A file of that name is already there\n",
    };
  };
  const fault = await assertRejects(
    () => uploadOf(server, fileOf(2 * MIB), { ask }).run(NEVER, unheard),
    UploadFault,
    "A file of that name is already there",
  );
  assertEquals(fault.isClash, true);
  assertEquals(server.asked.length, 2);
});

Deno.test("TusUpload gives up on a server that is somewhere else each time", async () => {
  const server = new MemoryTus();
  let offset = 0;
  const ask: Ask = async (question) => {
    if (question.method === "POST") return await server.ask(question);
    offset = (offset + 7) % 100;
    return {
      status: question.method === "HEAD" ? 200 : 409,
      header: (name) => name === "Upload-Offset" ? `${offset}` : null,
      text: "",
    };
  };
  const fault = await assertRejects(
    () => uploadOf(server, fileOf(2 * MIB), { ask }).run(NEVER, unheard),
    UploadFault,
    "lost a part",
  );
  assertEquals(fault.mayPass, true);
});

const REFUSALS: [status: number, mayPass: boolean][] = [
  [400, false],
  [403, false],
  [413, false],
  [507, false],
  [408, true],
  [423, true],
  [429, true],
  [460, true],
  [500, true],
  [503, true],
];

for (const [status, mayPass] of REFUSALS) {
  Deno.test(`TusUpload says of ${status} that it is ${mayPass ? "" : "not "}worth another try`, async () => {
    const server = new MemoryTus();
    server.faults = [status];
    const fault = await assertRejects(
      () => uploadOf(server, fileOf(10)).run(NEVER, unheard),
      UploadFault,
      `No: ${status}`,
    );
    assertEquals(fault.mayPass, mayPass);
  });
}

Deno.test("TusUpload has another try at a piece whose check does not match: bits may have tipped on the way", async () => {
  const server = new MemoryTus();
  const file = fileOf(10);
  let wrong = 1;
  const check = (piece: Blob | ArrayBuffer) =>
    wrong-- > 0 ? Promise.resolve("crc32 AAAAAA==") : checkOf(piece);
  const upload = uploadOf(server, file, { check });
  const fault = await assertRejects(
    () => upload.run(NEVER, unheard),
    UploadFault,
    "The check is wrong",
  );
  assertEquals(fault.mayPass, true);
});

Deno.test("TusUpload does not take the page of a proxy for a sentence", async () => {
  const server = new MemoryTus();
  const ask = () =>
    Promise.resolve({
      status: 502,
      header: () => null,
      text: "<html>Bad Gateway</html>",
    });
  await assertRejects(
    () => uploadOf(server, fileOf(10), { ask }).run(NEVER, unheard),
    UploadFault,
    "The server answers 502",
  );
});

Deno.test("TusUpload refuses an offset that makes no sense instead of going round for ever", async () => {
  for (const offset of ["0", "-1", "x", "99999999", null]) {
    const server = new MemoryTus();
    const ask: Ask = async (question) => {
      const said = await server.ask(question);
      if (question.method !== "PATCH") return said;
      return { ...said, header: () => offset };
    };
    await assertRejects(
      () => uploadOf(server, fileOf(3 * MIB), { ask }).run(NEVER, unheard),
      UploadFault,
      "does not say how far",
    );
  }
});

Deno.test("TusUpload does not go round for ever with a server that takes nothing", async () => {
  const server = new MemoryTus();
  const ask: Ask = async (question) => {
    if (question.method !== "PATCH") return await server.ask(question);
    const offset = question.headers["Upload-Offset"]!;
    return { status: 204, header: () => offset, text: "" };
  };
  await assertRejects(
    () => uploadOf(server, fileOf(2 * MIB), { ask }).run(NEVER, unheard),
    UploadFault,
    "does not say how far",
  );
});

Deno.test("TusUpload says when the file was changed or removed, and does not blame the line", async () => {
  for (const size of [10, 2 * MIB]) {
    const server = new MemoryTus();
    // What a browser does when it finds that out: to a request it looks like a cut.
    server.faults = ["ok", "cut"];
    const file = fileOf(size);
    const unreadable = () => Promise.reject(new Error("NotReadableError"));
    const gone = Object.assign(file.slice(0, 1), { arrayBuffer: unreadable });
    Object.assign(file, {
      arrayBuffer: unreadable,
      slice: (begin: number, end: number) =>
        end === 1 ? gone : new Blob([new Uint8Array(end - begin)]),
    });
    await assertRejects(
      () => uploadOf(server, file).run(NEVER, unheard),
      UploadFault,
      "changed or removed",
    );
  }
});

Deno.test("TusUpload.giveUp() removes it from the server and from the memory of the browser", async () => {
  const server = new MemoryTus();
  const storage = new MemoryStorage();
  server.faults = ["ok", "cut"];
  const upload = uploadOf(server, fileOf(2 * MIB), { storage });
  await assertRejects(() => upload.run(NEVER, unheard), LineFault);
  assertEquals([server.open, storage.length], [1, 1]);
  await upload.giveUp();
  assertEquals([server.open, storage.length], [0, 0]);
});

Deno.test("TusUpload.giveUp() of one that was never begun asks nothing", async () => {
  const server = new MemoryTus();
  await uploadOf(server, fileOf(10)).giveUp();
  assertEquals(server.asked, []);
});

Deno.test("TusUpload brings the bytes over whatever happens to its requests, in as many attempts as it takes", async () => {
  const faults = fc.array(
    fc.constantFrom<TusFault[]>("ok", "cut", "deaf", "lost", 503, 423),
    { maxLength: 12 },
  );
  const sizes = fc.constantFrom(10, MIB, MIB + 1, 3 * MIB);
  await fc.assert(
    fc.asyncProperty(faults, sizes, async (faults, size) => {
      const server = new MemoryTus();
      server.faults = [...faults];
      server.modified = 1234;
      const file = fileOf(size);
      const upload = uploadOf(server, file);
      let isDone = false;
      for (let attempt = 0; !isDone && attempt <= 13; attempt++) {
        isDone = await upload.run(NEVER, unheard).then(
          () => true,
          (error) => {
            assert(error instanceof LineFault || error.mayPass, error);
            return false;
          },
        );
      }
      assert(isDone, "It is done after the last fault");
      await assertStored(server, file);
    }),
    { numRuns: 40 },
  );
});
