/**
 * Answers of a server that takes files (`--allow-upload`).
 *
 * `upload` stores what follows it, or nothing. `offer`, `part`, `commit` build a file up in checked parts: what was
 * acknowledged is there when the client, or the server, comes back; the name appears with `commit`, when the whole file,
 * read back from the disk, has the check that the client says.
 *
 * @module
 */

import { toBytes } from "../bytes/ascii.ts";
import { MisuseError, Refusal } from "../errors.ts";
import type { Checks } from "../io/checks.ts";
import type {
  IncomingFile,
  OnConflict,
  SharedDirectory,
} from "../io/directory.ts";
import { escapeName } from "../names/escape.ts";
import type { Name } from "../names/name.ts";
import type { Request } from "../wire/verbs.ts";
import type { WireSession } from "./wire_session.ts";

/** Whether and how files are taken. */
export interface UploadRules {
  readonly onConflict: OnConflict;
  /** The largest file, in bytes. */
  readonly bytesMax: number;
}

export interface UploadSources {
  readonly directory: SharedDirectory;
  readonly checks: Checks;
  /** `undefined` where uploads are not allowed. */
  readonly uploads: UploadRules | undefined;
  /** 16 hexadecimal digits that nobody can guess. */
  readonly newToken: () => string;
}

/** Files that one connection may have under way: each holds a file descriptor. */
export const OFFERS_MAX = 16;

interface Offer {
  readonly name: Name;
  readonly size: number;
  readonly mtime: number;
  readonly incoming: IncomingFile;
}

type RequestOf<V extends Request["verb"]> = Extract<Request, { verb: V }>;

/** The uploads of one connection. */
export class UploadAnswers {
  readonly #sources: UploadSources;
  readonly #offers = new Map<string, Offer>();

  constructor(sources: UploadSources) {
    this.#sources = sources;
  }

  /**
   * Stores the body under its name, whole, or not at all.
   *
   * @returns how many bytes were stored
   */
  async upload(
    { name, length }: RequestOf<"upload">,
    session: WireSession,
  ): Promise<number> {
    const { directory, checks, newToken } = this.#sources;
    const { onConflict } = this.#allowed(name, length);
    const incoming = directory.receive(name, newToken());
    try {
      const check = checks.runningXxh64();
      for await (const bytes of session.body()) {
        incoming.append(bytes);
        check.update(bytes);
      }
      const stored = await incoming.finish(name, onConflict);
      await this.#answerStored(stored, { xxh64: check.digest() }, session);
      return length;
    } catch (error) {
      incoming.discard();
      throw error;
    }
  }

  /** Opens the part of a file, and tells how much of it is there. */
  offer(
    { token, name, size, mtime }: RequestOf<"offer">,
    session: WireSession,
  ): void {
    this.#allowed(name, size);
    const known = this.#offers.get(token);
    if (known !== undefined) {
      if (known.name !== name || known.size !== size) {
        throw new Refusal("bad-request", "That token is another file's");
      }
      return session.ok(0, { offset: known.incoming.length });
    }
    if (this.#offers.size >= OFFERS_MAX) {
      throw new Refusal("busy", `At most ${OFFERS_MAX} files at once`);
    }
    const incoming = this.#sources.directory.receive(name, token);
    if (incoming.length > size) {
      incoming.discard();
      throw new Refusal(
        "wrong-offset",
        "The part that was here is longer than the file; it is removed, offer it again",
      );
    }
    this.#offers.set(token, { name, size, mtime, incoming });
    session.ok(0, { offset: incoming.length });
  }

  /**
   * Appends a part whose check is right.
   *
   * @returns how many bytes were appended
   */
  async part(
    { token, offset, length, xxh64 }: RequestOf<"part">,
    session: WireSession,
  ): Promise<number> {
    const { incoming, size } = this.#offer(token);
    if (offset !== incoming.length) {
      throw new Refusal(
        "wrong-offset",
        `The part goes on at ${incoming.length}`,
      );
    }
    if (offset + length > size) {
      throw new Refusal(
        "too-large",
        "The part goes past the size that was offered",
      );
    }
    const bytes = new Uint8Array(length);
    let done = 0;
    for await (const piece of session.body()) {
      bytes.set(piece, done);
      done += piece.length;
    }
    if (this.#sources.checks.xxh64(bytes) !== xxh64) {
      throw new Refusal("corrupt");
    }
    incoming.append(bytes);
    session.ok(0, { offset: incoming.length });
    return length;
  }

  /** Gives a file that is whole its name. */
  async commit(
    { token, xxh64 }: RequestOf<"commit">,
    session: WireSession,
  ): Promise<void> {
    const { incoming, name, size, mtime } = this.#offer(token);
    if (incoming.length !== size) {
      throw new Refusal(
        "wrong-offset",
        `The part goes on at ${incoming.length}`,
      );
    }
    const rules = this.#sources.uploads;
    if (rules === undefined) {
      throw new MisuseError("Cannot commit: uploads are not allowed");
    }
    this.#offers.delete(token);
    try {
      if (await incoming.xxh64() !== xxh64) throw new Refusal("corrupt");
      const stored = await incoming.finish(name, rules.onConflict, mtime);
      await this.#answerStored(stored, {}, session);
    } catch (error) {
      incoming.discard();
      throw error;
    }
  }

  /** The connection is over: parts stay, to be resumed. */
  ended(): void {
    for (const { incoming } of this.#offers.values()) {
      if (incoming.length === 0) incoming.discard();
      else incoming.close();
    }
    this.#offers.clear();
  }

  #allowed(name: Name, size: number): UploadRules {
    const { uploads, directory } = this.#sources;
    if (uploads === undefined) {
      throw new Refusal("not-allowed", "Uploads are not allowed here");
    }
    if (size > uploads.bytesMax) {
      throw new Refusal(
        "too-large",
        `This server takes at most ${uploads.bytesMax} bytes`,
      );
    }
    directory.mayStore(name, uploads.onConflict);
    return uploads;
  }

  #offer(token: string): Offer {
    const offer = this.#offers.get(token);
    if (offer === undefined) {
      throw new Refusal(
        "bad-request",
        "That token was not offered on this connection",
      );
    }
    return offer;
  }

  async #answerStored(
    stored: Name,
    fields: Record<string, string>,
    session: WireSession,
  ): Promise<void> {
    const line = toBytes(escapeName(stored) + "\n");
    session.ok(line.length, fields);
    await session.send(line);
  }
}
