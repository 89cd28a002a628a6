/**
 * A folder as one tar or zip, sent as it is read.
 *
 * An archive is whole only with its end: where a file changes while it is packed, the connection is cut before that.
 *
 * @module
 */

import { Refusal } from "../../errors.ts";
import { HttpRefusal } from "../../http/status.ts";
import type { OpenFile, SharedDirectory } from "../../io/directory.ts";
import { visible } from "../../names/escape.ts";
import { baseOf, type Name, toName } from "../../names/name.ts";
import {
  type ArchiveFile,
  type ArchiveStream,
  tarStream,
  zipStream,
} from "../archive_streams.ts";
import { closing, hasChanged } from "../read_answers.ts";
import type { HttpOptions } from "./http_request.ts";
import type { HttpSession } from "./http_session.ts";

type ArchiveForm = "tar" | "zip";

const TYPES: { readonly [F in ArchiveForm]: string } = {
  tar: "application/x-tar",
  zip: "application/zip",
};

/** What is read at a time. With its frame it fits the outbox, where small files are joined. */
const PIECE_BYTES = 128 * 1024;

export class ArchiveAnswers {
  readonly #options: HttpOptions;

  constructor(options: HttpOptions) {
    this.#options = options;
  }

  /** Answers with all files in and below the folder `folder`. */
  async answer(
    form: ArchiveForm,
    folder: Name | "",
    session: HttpSession,
  ): Promise<void> {
    const { archives, listings, fields } = this.#options;
    // Who is not told which files there are does not get them all.
    if (!archives || !listings) {
      throw new HttpRefusal(403, "Folders are not sent as archives here");
    }
    session.respond(200, [
      ["Content-Type", TYPES[form]],
      ["Content-Disposition", dispositionOf(folder, form)],
      ["X-Content-Type-Options", "nosniff"],
      ["Cache-Control", "no-store"],
      ...fields,
    ], "chunked");
    if (!session.wantsBody) return;
    for await (const piece of await this.#stream(form, folder)) {
      if (session.room < piece.length) await session.flush();
      session.beginChunk(piece.length);
      await session.send(piece);
      session.endChunk();
    }
    session.endChunks();
  }

  async #stream(form: ArchiveForm, folder: Name | ""): Promise<ArchiveStream> {
    const files = this.#files(folder);
    return form === "tar"
      ? tarStream(files)
      : zipStream(files, await this.#options.checks.loadCrc32());
  }

  /** The files, each opened when its turn comes: as long and as old as it is then. */
  async *#files(folder: Name | ""): AsyncGenerator<ArchiveFile> {
    const { directory } = this.#options;
    const buffer = new Uint8Array(PIECE_BYTES);
    // What is unpacked lies in one folder of that name.
    const skipped = folder.length - baseOf(folder).length;
    for await (const names of directory.names(folder)) {
      for (const name of names) {
        const opened = this.#open(directory, name);
        if (opened === undefined) continue;
        using file = closing(opened);
        const { size, mtime } = file.info;
        yield {
          name: toName(name.slice(skipped)),
          size,
          mtime,
          read: () => contentOf(file, buffer),
        };
      }
    }
  }

  /** What would not be served is left out: it vanished, or may not be read. */
  #open(directory: SharedDirectory, name: Name): OpenFile | undefined {
    try {
      return directory.open(name);
    } catch (error) {
      const isLeftOut = error instanceof Refusal &&
        (error.code === "not-found" || error.code === "not-allowed");
      if (!isLeftOut) throw error;
      const text = `An archive is sent without "${visible(name)}"`;
      this.#options.log.note(`${text}: ${error.message}`);
      return undefined;
    }
  }
}

/** As many bytes of `file` as it had when it was opened, in `buffer` piece by piece. */
async function* contentOf(
  file: OpenFile,
  buffer: Uint8Array<ArrayBuffer>,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (let left = file.info.size; left > 0;) {
    const into = left < buffer.length ? buffer.subarray(0, left) : buffer;
    const reading = file.read(into);
    const count = typeof reading === "number" ? reading : await reading;
    if (count === 0) return;
    left -= count;
    yield into.subarray(0, count);
  }
  if (hasChanged(file)) throw new Refusal("changed");
}

/** What cannot stand between the quotes of a name that every browser reads alike (RFC 6266 4.3, appendix D). */
const NOT_PLAIN = /[^\x20-\x7e]|["\\%]/gu;
/** What `encodeURIComponent` leaves alone and RFC 8187 3.2.1 does not. */
const NOT_ENCODED = /['()*]/g;

/** RFC 6266: to be saved, under the name of the folder. */
function dispositionOf(folder: Name | "", form: ArchiveForm): string {
  const base = `${folder === "" ? "files" : baseOf(folder)}.${form}`;
  const plain = base.replace(NOT_PLAIN, "_");
  const disposition = `attachment; filename="${plain}"`;
  if (plain === base) return disposition;
  const encoded = encodeURIComponent(base).replace(
    NOT_ENCODED,
    (character) => "%" + character.charCodeAt(0).toString(16).toUpperCase(),
  );
  return `${disposition}; filename*=UTF-8''${encoded}`;
}
