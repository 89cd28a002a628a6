import { assert, assertEquals, assertThrows } from "@std/assert";
import { createHash } from "node:crypto";
import { Refusal } from "../../errors.ts";
import { PARTS_KEPT_MS } from "../../io/old_parts.ts";
import { toName } from "../../names/name.ts";
import { assertSameBytes, patterned } from "../../testing/content.ts";
import { FakeClock, turn } from "../../testing/fake_clock.ts";
import {
  askWith,
  changeServer,
  connectHttp,
  type RequestFields,
} from "../../testing/http_changes.ts";
import type { HttpAnswer, HttpPeer } from "../../testing/http_peer.ts";
import { killedDirectory } from "../../testing/killed_directory.ts";
import { MemoryDirectory } from "../../testing/memory_directory.ts";
import type { MemoryServer } from "../../testing/memory_server.ts";
import { UPLOADS_KEPT_MS } from "./tus_fields.ts";
import { formatTusNote } from "./tus_note.ts";
import { TusUpload } from "./tus_upload.ts";
import { TusUploads, UPLOADS_MAX } from "./tus_uploads.ts";

const CONTENT = patterned(90);
const HEAD = { "Tus-Resumable": "1.0.0" };
const PATCH = { ...HEAD, "Content-Type": "application/offset+octet-stream" };

/** A client of one upload, which remembers what it was told. */
class Uploader {
  url: string | undefined;
  /** What the server has acknowledged. */
  acknowledged = 0;

  /** Begins, if nothing was begun yet, and sends what is missing in three pieces: broken with a checksum, right with one, plain. */
  async upload(server: MemoryServer): Promise<void> {
    if (this.acknowledged === CONTENT.length) return;
    const peer = connectHttp(server);
    try {
      const at = this.url === undefined
        ? await this.#begin(peer)
        : await this.#offset(peer, this.url);
      if (at === CONTENT.length) return;
      const to = at + Math.ceil((CONTENT.length - at) / 2);
      const half = CONTENT.subarray(at, to);
      await this.#patch(peer, at, half.toReversed(), sha1Of(half));
      await this.#patch(peer, at, half, sha1Of(half));
      await this.#patch(peer, to, CONTENT.subarray(to), {});
    } finally {
      peer.close();
    }
  }

  async #begin(peer: HttpPeer): Promise<number> {
    const { fields } = await askWith(peer, "POST /x/", "", {
      ...HEAD,
      "Upload-Length": `${CONTENT.length}`,
      "Upload-Metadata": "filename YQ==",
    });
    this.url = fields.get("location");
    return 0;
  }

  /** Where to go on. Nothing that was acknowledged is asked for again, but the last byte of a file without a name. */
  async #offset(peer: HttpPeer, url: string): Promise<number> {
    const { status, fields } = await peer.ask(`HEAD ${url}`, HEAD);
    assertEquals(status, 200);
    const offset = Number(fields.get("upload-offset"));
    assert(offset >= Math.min(this.acknowledged, CONTENT.length - 1));
    return offset;
  }

  async #patch(
    peer: HttpPeer,
    offset: number,
    body: Uint8Array,
    check: RequestFields,
  ): Promise<void> {
    const fields = { ...PATCH, ...check, "Upload-Offset": `${offset}` };
    const answer = await askWith(peer, `PATCH ${this.url}`, body, fields);
    this.#hear(answer);
  }

  #hear({ status, fields }: HttpAnswer): void {
    if (status !== 204) return;
    this.acknowledged = Number(fields.get("upload-offset"));
  }
}

Deno.test("TusUploads go on, and lose nothing that was acknowledged, after the server was killed between any two steps", async () => {
  let killed = 0;
  for (let steps = 0;; steps++) {
    const directory = new MemoryDirectory();
    const client = new Uploader();
    const wasKilled = await uploadToKilled(client, directory, steps);
    {
      await using server = changeServer({ http: { directory } });
      await client.upload(server);
    }
    assertSameBytes(directory.get("x/a"), CONTENT);
    assertEquals(directory.fileNames, ["x/a"], `after ${steps} steps`);
    assertEquals(directory.heldParts, 0);
    assertEquals(directory.partKeys, [], `after ${steps} steps`);
    if (!wasKilled) break;
    killed++;
  }
  // Each note, each piece, each cut, each name.
  assert(killed >= 12, `${killed} steps`);
});

/** Runs an upload against a server that is killed after `steps` steps; false if it came to its end before that. */
async function uploadToKilled(
  client: Uploader,
  directory: MemoryDirectory,
  steps: number,
): Promise<boolean> {
  const lost = Promise.withResolvers<void>();
  const dying = killedDirectory(directory, { steps, onKill: lost.resolve });
  await using server = changeServer({ http: { directory: dying } });
  await Promise.race([client.upload(server), lost.promise]);
  await server.server.stop(0);
  await turn();
  return dying.isKilled;
}

for (const there of [undefined, "another file"]) {
  Deno.test(`TusUploads does not take an upload for done that has lost its part, where there is ${there ?? "no file"} of its name`, () => {
    // The server was killed while the file got its name, and a power cut took the bytes.
    const directory = new MemoryDirectory();
    if (there !== undefined) directory.put("a", there);
    const place = { folder: "", token: "0123456789abcdef" } as const;
    const note = { base: toName("a"), length: 90, isFinishing: true } as const;
    directory.keepNote("", place.token, formatTusNote(note));
    const upload = TusUpload.open(directory, place)!;
    assertEquals(upload.isStored, false);
    assertEquals(upload.offset, 0);
    upload.close();
    assertEquals(directory.partKeys, []);
  });
}

Deno.test("TusUploads makes no part for an upload that another thread ends in the last moment", () => {
  const directory = new MemoryDirectory();
  const place = { folder: "", token: "0123456789abcdef" } as const;
  const note = { base: toName("a"), length: 90 };
  directory.keepNote("", place.token, formatTusNote(note));
  const receive = directory.receive.bind(directory);
  directory.receive = (name, token) => {
    directory.dropNote("", place.token);
    return receive(name, token);
  };
  assertEquals(TusUpload.open(directory, place), undefined);
  assertEquals(directory.partKeys, []);
  assertEquals(directory.heldParts, 0);
});

Deno.test("TusUploads takes so many at once, and forgets those that nobody goes on with after a day", async () => {
  const directory = new MemoryDirectory();
  const clock = new FakeClock();
  const uploads = new TusUploads(directory, clock);
  const begin = (number: number) => {
    const token = `${number}`.padStart(16, "0");
    const place = { folder: "", token } as const;
    uploads.begin(place, { base: toName("a"), length: 1 });
    return place;
  };
  const first = begin(0);
  await clock.advance(UPLOADS_KEPT_MS / 2);
  for (let i = 1; i < UPLOADS_MAX; i++) begin(i);
  const refusal = assertThrows(() => begin(UPLOADS_MAX), Refusal);
  assertEquals(refusal.code, "busy");
  uploads.forget(first);
  const next = begin(UPLOADS_MAX);
  assertThrows(() => begin(UPLOADS_MAX + 1), Refusal);
  uploads.remember(next, {
    note: { base: toName("a"), length: 1 },
    name: toName("a"),
  });
  begin(UPLOADS_MAX + 1);
  await clock.advance(UPLOADS_KEPT_MS);
  begin(UPLOADS_MAX + 2);
});

Deno.test("TusUploads promises to keep an upload as long as parts are kept", () => {
  assertEquals(UPLOADS_KEPT_MS, PARTS_KEPT_MS);
});

Deno.test("TusUploads does not remember all that is done for ever", () => {
  const uploads = new TusUploads(new MemoryDirectory(), new FakeClock());
  const stored = { note: { base: toName("a"), length: 1 }, name: toName("a") };
  const placeOf = (number: number) =>
    ({ folder: "", token: `${number}`.padStart(16, "0") }) as const;
  for (let i = 0; i < 5000; i++) uploads.remember(placeOf(i), stored);
  assertEquals(uploads.stored(placeOf(0)), undefined);
  assertEquals(uploads.stored(placeOf(4999)), stored);
});

function sha1Of(bytes: Uint8Array): RequestFields {
  const digest = createHash("sha1").update(bytes).digest("base64");
  return { "Upload-Checksum": `sha1 ${digest}` };
}
