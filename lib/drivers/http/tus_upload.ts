/**
 * One resumable upload, opened: its part, which nobody else has meanwhile, and its note.
 *
 * Whatever is killed when, the folder tells what has happened. After each step there is
 *
 *     the note is written              a note and no part: nothing has arrived
 *     bytes are appended               a part: its length tells how many
 *     `checkingFrom` N is noted        a part, of which what is behind N does not count
 *     the check is right, N is gone    a part
 *     `isFinishing` is noted           a part that is whole, and has no name yet
 *     the part gets its name           no part, and a file of that name and length: it is stored
 *     the note is removed              nothing
 *
 * That everything is there is said (`Upload-Offset` as large as `Upload-Length`) only of a file that has its name. Clients
 * take that for the end: they would never hear that the name was taken meanwhile. Until then the last byte is asked for
 * again, and the name is tried again when it comes.
 *
 * @module
 */

import { Refusal } from "../../errors.ts";
import type { Checksum } from "../../http/metadata.ts";
import { HttpRefusal } from "../../http/status.ts";
import type { Checks } from "../../io/checks.ts";
import type {
  IncomingFile,
  OnConflict,
  SharedDirectory,
} from "../../io/directory.ts";
import type { Name } from "../../names/name.ts";
import { nameIn } from "./change_names.ts";
import { fileNow } from "./change_rules.ts";
import { formatTusNote, parseTusNote, type TusNote } from "./tus_note.ts";
import type { TusPlace } from "./tus_place.ts";

export class TusUpload {
  /** Whether the file has its name already: the server was killed before it could say so. */
  readonly isStored: boolean;
  readonly #directory: SharedDirectory;
  readonly #place: TusPlace;
  readonly #incoming: IncomingFile;
  #note: TusNote;
  /** The note on the disk says less than `#note`. */
  #isNoteDue = false;
  #isOpen = true;

  private constructor(
    directory: SharedDirectory,
    place: TusPlace,
    incoming: IncomingFile,
    { checkingFrom, ...note }: TusNote,
  ) {
    this.#directory = directory;
    this.#place = place;
    this.#incoming = incoming;
    this.#note = note;
    if (checkingFrom !== undefined) {
      incoming.cutTo(checkingFrom);
      this.#isNoteDue = true;
    }
    incoming.cutTo(note.length);
    this.isStored = note.isFinishing === true && incoming.length === 0 &&
      fileNow(directory, this.name)?.size === note.length;
  }

  /**
   * Opens the upload at `place`.
   *
   * @returns `undefined` if there is none
   * @throws {HttpRefusal} 423 when somebody else has it
   */
  static open(
    directory: SharedDirectory,
    place: TusPlace,
  ): TusUpload | undefined {
    // First without the part: for a token that somebody made up, none is made.
    const name = noteAt(directory, place)?.base;
    if (name === undefined) return undefined;
    const incoming = receive(directory, place, name);
    try {
      // Read again, now that it cannot change: another thread may have just finished.
      const note = noteAt(directory, place);
      if (note !== undefined) {
        return new TusUpload(directory, place, incoming, note);
      }
      incoming.discard();
      return undefined;
    } catch (error) {
      incoming.close();
      throw error;
    }
  }

  get note(): TusNote {
    return this.#note;
  }

  /** What the file is to be called. */
  get name(): Name {
    return nameIn(this.#place.folder, this.#note.base);
  }

  /** Where the client goes on. */
  get offset(): number {
    const { length } = this.#note;
    return this.isStored ? length : Math.min(this.#incoming.length, length - 1);
  }

  /** Whether all bytes are there. */
  get isWhole(): boolean {
    return this.#incoming.length === this.#note.length;
  }

  /** Puts off its end: it is kept for a day from now on. A full disk may not allow it; false then. */
  touch(): boolean {
    try {
      this.#write(this.#note);
      return true;
    } catch (error) {
      if (error instanceof Refusal) return false;
      throw error;
    }
  }

  /**
   * Appends what `body` brings, which goes on at `offset`. What has come counts, also if the rest does not come; with a
   * checksum only all of it does, if that is right: else whoever opens the upload next cuts it off.
   *
   * @throws {Refusal} `wrong-offset`, `too-large`, `corrupt`
   */
  async append(
    body: AsyncIterable<Uint8Array>,
    offset: number,
    checksum: Checksum | undefined,
    checks: Checks,
  ): Promise<void> {
    const start = this.#incoming.length;
    if (offset !== this.offset && offset !== start) {
      throw new Refusal("wrong-offset", `The upload goes on at ${this.offset}`);
    }
    const check = checksum && await checks.runningHash(checksum.algorithm);
    if (check !== undefined) {
      this.#write({ ...this.#note, checkingFrom: start });
    } else if (this.#isNoteDue) this.#write(this.#note);
    // The last byte, asked for again: the part may have its second name already, and must not change.
    let known = start - offset;
    for await (const bytes of body) {
      check?.update(bytes);
      const skipped = Math.min(known, bytes.length);
      known -= skipped;
      this.#append(bytes.subarray(skipped));
    }
    if (check !== undefined && check.digest() !== checksum?.digest.toHex()) {
      throw new Refusal("corrupt");
    }
    const { checkingFrom, ...note } = this.#note;
    if (checkingFrom === undefined) return;
    if (this.isWhole) this.#note = note;
    else this.#write(note);
  }

  /**
   * Gives the file, which is whole, its name.
   *
   * @returns the name it got
   * @throws {Refusal} `exists`; the upload stays as it is
   */
  async finish(onConflict: OnConflict): Promise<Name> {
    this.#note = { ...this.#note, isFinishing: true };
    // Without room for the note it is done all the same: only who kills the server now, makes it be sent again.
    this.touch();
    const { lastModified } = this.#note;
    const stored = await this.#incoming.finish(
      this.name,
      onConflict,
      lastModified,
    );
    this.#isOpen = false;
    this.#directory.dropNote(this.#place.folder, this.#place.token);
    return stored;
  }

  /** Removes it. */
  discard(): void {
    // The note first: a part without one is found by whoever looks for old parts, and promises nobody anything.
    this.#directory.dropNote(this.#place.folder, this.#place.token);
    if (this.#isOpen) this.#incoming.discard();
    this.#isOpen = false;
  }

  /** Lets others have it. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    // An empty part tells nothing that its absence does not.
    if (this.#incoming.length === 0) this.#incoming.discard();
    else this.#incoming.close();
  }

  #append(bytes: Uint8Array): void {
    if (this.#incoming.length + bytes.length > this.#note.length) {
      throw pastTheEnd();
    }
    if (bytes.length > 0) this.#incoming.append(bytes);
  }

  #write(note: TusNote): void {
    const { folder, token } = this.#place;
    this.#directory.keepNote(folder, token, formatTusNote(note));
    this.#note = note;
    this.#isNoteDue = false;
  }
}

/** What bytes behind the end of an upload are refused with. */
export function pastTheEnd(): Refusal {
  return new Refusal("too-large", "That goes past the end of the upload");
}

function noteAt(
  directory: SharedDirectory,
  { folder, token }: TusPlace,
): TusNote | undefined {
  const text = directory.note(folder, token);
  return text === undefined ? undefined : parseTusNote(text);
}

function receive(
  directory: SharedDirectory,
  { folder, token }: TusPlace,
  base: Name,
): IncomingFile {
  try {
    return directory.receive(nameIn(folder, base), token);
  } catch (error) {
    // Not for want of descriptors, which has a cause.
    const isLocked = error instanceof Refusal && error.code === "busy" &&
      error.cause === undefined;
    if (!isLocked) throw error;
    throw new HttpRefusal(423, "Another connection is sending this upload");
  }
}
