/**
 * Resumable uploads: tus 1.0 (tus.io/protocols/resumable-upload) with creation, creation-with-upload, checksum, termination
 * and expiration. A POST to a folder begins one and is told its URL (`tus_creation.ts`); HEAD tells how much has arrived,
 * PATCH brings more, DELETE gives it up. With its last byte the file gets its name, by the same rules as by any other way.
 *
 * @module
 */

import { Refusal } from "../../errors.ts";
import type { RequestHead } from "../../http/request_head.ts";
import type { Field } from "../../http/status.ts";
import {
  checkMayStore,
  checkSize,
  notApplicable,
  pathOfFile,
  uploadRules,
} from "./change_rules.ts";
import type { HttpOptions, HttpRequest } from "./http_request.ts";
import type { HttpSession } from "./http_session.ts";
import { answerOptions } from "./options_answer.ts";
import { parseCreation, type TusCreation } from "./tus_creation.ts";
import {
  checksumOf,
  checkUploadType,
  checkVersion,
  countOf,
  expiresField,
  RESUMABLE,
  toTusFault,
} from "./tus_fields.ts";
import type { StoredUpload, TusNote } from "./tus_note.ts";
import { pathOfUpload, placeBeside, type TusPlace } from "./tus_place.ts";
import { pastTheEnd, type TusUpload } from "./tus_upload.ts";
import { TusUploads } from "./tus_uploads.ts";

/** What may be asked of an upload. */
const METHODS: ReadonlySet<string> = new Set(["HEAD", "PATCH", "DELETE"]);

export class TusAnswers {
  readonly #options: HttpOptions;
  readonly #uploads: TusUploads;

  constructor(options: HttpOptions) {
    this.#options = options;
    this.#uploads = new TusUploads(options.directory, options.clock);
  }

  /** Begins an upload in the folder that is asked for. */
  async create(request: HttpRequest, session: HttpSession): Promise<void> {
    try {
      checkVersion(request.head);
      await this.#create(request, session);
    } catch (error) {
      throw toTusFault(error);
    }
  }

  /** Answers a request about the upload at `place`. */
  async answer(
    place: TusPlace,
    request: HttpRequest,
    session: HttpSession,
  ): Promise<void> {
    const { head } = request;
    // To OPTIONS, what is spoken is told to whoever asks in whatever version.
    if (head.method === "OPTIONS") {
      return answerOptions(request, this.#options, session);
    }
    try {
      const method = methodOf(head);
      if (!METHODS.has(method)) {
        throw notApplicable(
          this.#options,
          "upload",
          "That is an upload under way, and no file yet",
        );
      }
      checkVersion(head);
      if (method === "HEAD") await this.#tell(place, session);
      else if (method === "PATCH") await this.#append(place, head, session);
      else await this.#terminate(place, session);
    } catch (error) {
      throw toTusFault(error);
    }
  }

  async #create(
    { head, place: asked }: HttpRequest,
    session: HttpSession,
  ): Promise<void> {
    const { directory, newToken } = this.#options;
    const rules = uploadRules(this.#options);
    const creation = parseCreation(head, asked.name);
    checkSize(creation.note.length, rules);
    checkMayStore(directory, creation.name, rules.onConflict);
    const place = placeBeside(creation.name, newToken());
    const fields = creation.note.length === 0
      ? await this.#storeEmpty(creation, place)
      : await this.#begin(creation, place, head, session);
    session.respond(201, [
      RESUMABLE,
      ["Location", pathOfUpload(place)],
      ...fields,
      ...this.#options.fields,
    ], 0);
  }

  /** Nothing more would come: it is done at once. */
  async #storeEmpty(
    { name, note }: TusCreation,
    place: TusPlace,
  ): Promise<readonly Field[]> {
    const { onConflict } = uploadRules(this.#options);
    const incoming = this.#options.directory.receive(name, place.token);
    try {
      const stored = {
        note,
        name: await incoming.finish(name, onConflict, note.lastModified),
      };
      this.#uploads.remember(place, stored);
      return storedFields(stored);
    } catch (error) {
      incoming.discard();
      throw error;
    }
  }

  async #begin(
    { note, hasBytes }: TusCreation,
    place: TusPlace,
    head: RequestHead,
    session: HttpSession,
  ): Promise<readonly Field[]> {
    this.#uploads.begin(place, note);
    if (!hasBytes) {
      return [["Upload-Offset", "0"], expiresField(this.#options.clock)];
    }
    const fields = await this.#uploads.use(place, session, async (upload) => {
      try {
        return await this.#appendTo(upload, place, 0, head, session);
      } catch (error) {
        // Its URL was not told: nobody can go on with it.
        upload.discard();
        this.#uploads.forget(place);
        throw error;
      }
    });
    if (fields === undefined) throw unknownUpload();
    return fields;
  }

  async #tell(place: TusPlace, session: HttpSession): Promise<void> {
    const fields = await this.#use(
      place,
      session,
      (upload) => this.#told(upload),
      (stored) => [...noteFields(stored.note), ...storedFields(stored)],
    );
    session.respond(200, [
      RESUMABLE,
      ...fields,
      ["Cache-Control", "no-store"],
      ...this.#options.fields,
    ], 0);
  }

  #told(upload: TusUpload): readonly Field[] {
    const { note, name, offset } = upload;
    const fields = noteFields(note);
    if (upload.isStored) return [...fields, ...storedFields({ note, name })];
    fields.push(["Upload-Offset", `${offset}`]);
    // Who asks will go on: it is kept for another day.
    if (upload.touch()) fields.push(expiresField(this.#options.clock));
    return fields;
  }

  async #append(
    place: TusPlace,
    head: RequestHead,
    session: HttpSession,
  ): Promise<void> {
    checkUploadType(head);
    const offset = countOf(head, "Upload-Offset");
    const fields = await this.#use(
      place,
      session,
      (upload) => this.#appendTo(upload, place, offset, head, session),
      (stored) => sentAgain(stored, offset, head),
    );
    session.respond(204, [
      RESUMABLE,
      ...fields,
      ...this.#options.fields,
    ], "none");
  }

  async #appendTo(
    upload: TusUpload,
    place: TusPlace,
    offset: number,
    head: RequestHead,
    session: HttpSession,
  ): Promise<readonly Field[]> {
    const { checks, clock } = this.#options;
    const { onConflict } = uploadRules(this.#options);
    const { note, name } = upload;
    if (upload.isStored) return sentAgain({ note, name }, offset, head);
    checkEnd(offset, head, note);
    const before = upload.offset;
    await upload.append(session.body(), offset, checksumOf(head), checks);
    if (!upload.isWhole) {
      const told: Field[] = [["Upload-Offset", `${upload.offset}`]];
      const isKept = upload.offset > before || upload.touch();
      return isKept ? [...told, expiresField(clock)] : told;
    }
    const stored = { note, name: await upload.finish(onConflict) };
    this.#uploads.remember(place, stored);
    return storedFields(stored);
  }

  async #terminate(place: TusPlace, session: HttpSession): Promise<void> {
    await this.#use(
      place,
      session,
      (upload) => {
        upload.discard();
        return [];
      },
      () => [],
    );
    this.#uploads.forget(place);
    session.respond(204, [RESUMABLE, ...this.#options.fields], "none");
  }

  /** What `act` makes of the upload at `place`, or `told` of one that is done. */
  async #use(
    place: TusPlace,
    session: HttpSession,
    act: (upload: TusUpload) => FieldsOrPromise,
    told: (stored: StoredUpload) => readonly Field[],
  ): Promise<readonly Field[]> {
    const before = this.#uploads.stored(place);
    if (before !== undefined) return told(before);
    const fields = await this.#uploads.use(place, session, act);
    if (fields !== undefined) return fields;
    // Whoever had it may have brought it to its end while we waited for him.
    const stored = this.#uploads.stored(place);
    if (stored === undefined) throw unknownUpload();
    return told(stored);
  }
}

type FieldsOrPromise = readonly Field[] | Promise<readonly Field[]>;

/** What is told of an upload, wherever it stands. */
function noteFields({ length, metadata }: TusNote): Field[] {
  const fields: Field[] = [["Upload-Length", `${length}`]];
  if (metadata !== undefined) fields.push(["Upload-Metadata", metadata]);
  return fields;
}

/** That it is done, and what the file is called. */
function storedFields({ note, name }: StoredUpload): readonly Field[] {
  return [
    ["Upload-Offset", `${note.length}`],
    ["Content-Location", pathOfFile(name)],
  ];
}

/** The same to a PATCH that brings nothing new. */
function sentAgain(
  stored: StoredUpload,
  offset: number,
  head: RequestHead,
): readonly Field[] {
  checkEnd(offset, head, stored.note);
  if (offset === stored.note.length) return storedFields(stored);
  throw new Refusal("wrong-offset", "Everything is there");
}

/** Refuses bytes behind the end before they are sent, if their count is said. */
function checkEnd(
  offset: number,
  { body }: RequestHead,
  { length }: TusNote,
): void {
  const bytes = body.kind === "counted" ? body.bytes : 0;
  if (offset + bytes > length) throw pastTheEnd();
}

function unknownUpload(): Refusal {
  return new Refusal("not-found", "There is no such upload");
}

/** Some proxies and browsers know no PATCH: tus lets a POST say what it stands for. Nothing else may be said so. */
function methodOf({ method, fields }: RequestHead): string {
  return method === "POST"
    ? fields.get("x-http-method-override") ?? method
    : method;
}
