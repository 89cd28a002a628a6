/**
 * The resumable uploads of a server. They live in the folder alone (`tus_upload.ts`), so that every thread, and the next
 * server, can go on with them; here is what one thread remembers meanwhile, to be forgotten without harm.
 *
 * @module
 */

import { Refusal } from "../../errors.ts";
import type { Clock } from "../../io/clock.ts";
import type { SharedDirectory } from "../../io/directory.ts";
import { UPLOADS_KEPT_MS } from "./tus_fields.ts";
import { formatTusNote, type StoredUpload, type TusNote } from "./tus_note.ts";
import { pathOfUpload, type TusPlace } from "./tus_place.ts";
import { TusUpload } from "./tus_upload.ts";

/** Uploads that are begun and not ended: each has a note on the disk. A page with a large folder has some at once. */
export const UPLOADS_MAX = 4096;

/** Uploads of which it is remembered that they ended well. */
const STORED_MAX = 1024;

/** Who has an upload now. */
interface User {
  abort(): void;
}

export class TusUploads {
  readonly #directory: SharedDirectory;
  readonly #clock: Clock;
  /** Path -> when it was begun, the oldest first. */
  readonly #begun = new Map<string, number>();
  readonly #stored = new Map<string, StoredUpload>();
  readonly #used = new Map<string, { user: User; ended: Promise<void> }>();

  constructor(directory: SharedDirectory, clock: Clock) {
    this.#directory = directory;
    this.#clock = clock;
  }

  /** Begins an upload, of which nothing is there yet. */
  begin(place: TusPlace, note: TusNote): void {
    this.#checkRoom();
    this.#directory.keepNote(place.folder, place.token, formatTusNote(note));
    this.#begun.set(pathOfUpload(place), this.#clock.now());
  }

  /**
   * Opens the upload at `place` for `act`, and closes it behind it. Whoever has it in this thread is ended first: a client
   * comes back because it has lost its connection, and the server may not know for minutes.
   *
   * @returns `undefined` if there is no such upload
   * @throws {HttpRefusal} 423 when somebody else has it
   */
  async use<T>(
    place: TusPlace,
    user: User,
    act: (upload: TusUpload) => T | Promise<T>,
  ): Promise<T | undefined> {
    const path = pathOfUpload(place);
    for (
      let other = this.#used.get(path);
      other !== undefined;
      other = this.#used.get(path)
    ) {
      other.user.abort();
      await other.ended;
    }
    const upload = TusUpload.open(this.#directory, place);
    if (upload === undefined) return undefined;
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    this.#used.set(path, { user, ended });
    try {
      return await act(upload);
    } finally {
      upload.close();
      this.#used.delete(path);
      resolve();
    }
  }

  /** How an upload ended that ended well, as far as this is remembered: its client may not have got the answer. */
  stored(place: TusPlace): StoredUpload | undefined {
    return this.#stored.get(pathOfUpload(place));
  }

  /** The upload ended well. */
  remember(place: TusPlace, stored: StoredUpload): void {
    const path = pathOfUpload(place);
    this.#begun.delete(path);
    this.#stored.set(path, stored);
    if (this.#stored.size <= STORED_MAX) return;
    for (const oldest of this.#stored.keys()) {
      this.#stored.delete(oldest);
      break;
    }
  }

  /** The upload is given up. */
  forget(place: TusPlace): void {
    const path = pathOfUpload(place);
    this.#begun.delete(path);
    this.#stored.delete(path);
  }

  /** Uploads that were given up without a word are forgotten when their parts may go. */
  #checkRoom(): void {
    if (this.#begun.size < UPLOADS_MAX) return;
    const before = this.#clock.now() - UPLOADS_KEPT_MS;
    for (const [path, begunAt] of this.#begun) {
      if (begunAt > before) break;
      this.#begun.delete(path);
    }
    if (this.#begun.size >= UPLOADS_MAX) {
      throw new Refusal("busy", "Too many uploads are under way");
    }
  }
}
