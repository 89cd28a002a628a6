/**
 * The file service in HTTP: which answer belongs to which request, and a line in the log for each.
 *
 * @module
 */

import { messageOf, MisuseError, PeerError, Refusal } from "../../errors.ts";
import type { RequestHead } from "../../http/request_head.ts";
import type { Field, HttpRefusal } from "../../http/status.ts";
import { parseTarget, placeOf, type Target } from "../../http/target.ts";
import { type Name, toName } from "../../names/name.ts";
import { checkMethod, checkSite } from "./admission.ts";
import { ChangeAnswers } from "./change_answers.ts";
import { answerError, type HttpError, toHttpError } from "./error_answer.ts";
import { FileAnswers } from "./file_answers.ts";
import { asksForForm, FolderAnswers } from "./folder_answers.ts";
import {
  type HttpOptions,
  type HttpRequest,
  NO_QUERY,
} from "./http_request.ts";
import type { Failure, HttpHandler, HttpSession } from "./http_session.ts";
import { answerOptions } from "./options_answer.ts";
import { ServiceAnswers } from "./service_answers.ts";

export interface HttpServiceOptions extends HttpOptions {
  /** What was thrown, as a refusal (`io/os_faults.ts`). */
  readonly toRefusal: (thrown: unknown) => Refusal;
}

/** RFC 9110 9.2.1: they change nothing. */
const SAFE: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/** Answers the requests of all connections of a server. */
export class HttpService implements HttpHandler {
  readonly #options: HttpServiceOptions;
  readonly #fieldsOfChanges: readonly Field[];
  readonly #files: FileAnswers;
  readonly #folders: FolderAnswers;
  readonly #changes: ChangeAnswers;
  readonly #own: ServiceAnswers;

  constructor(options: HttpServiceOptions) {
    const { cors, fields } = options;
    const all: HttpServiceOptions = {
      ...options,
      fields: cors ? [...CORS_FIELDS, ...fields] : fields,
    };
    this.#options = all;
    this.#fieldsOfChanges = fields;
    this.#files = new FileAnswers(all);
    this.#folders = new FolderAnswers(all, this.#files);
    this.#changes = new ChangeAnswers(options);
    this.#own = new ServiceAnswers(all);
  }

  async answer(head: RequestHead, session: HttpSession): Promise<void> {
    const { log, metrics } = this.#options;
    const isRecorded = log.wantsRequests || metrics !== undefined;
    const began = isRecorded ? session.now : 0;
    try {
      await this.#dispatch(head, session);
    } catch (error) {
      await this.#fail(error, head, session);
    }
    if (isRecorded) this.#record(head, session, began);
  }

  async fault(
    refusal: HttpRefusal,
    head: RequestHead | undefined,
    session: HttpSession,
  ): Promise<void> {
    const error = { refusal, code: undefined };
    await answerError(error, head, this.#fieldsFor(head), session);
    // Else `answer` is still at it, and records it.
    if (head === undefined) this.#record(head, session, session.now);
  }

  /** No promise of its own: this is called tens of thousands of times a second. */
  #dispatch(head: RequestHead, session: HttpSession): void | Promise<void> {
    const { method, fields } = head;
    checkMethod(method);
    const target = parseTarget(method, head.target);
    if (!SAFE.has(method)) {
      checkSite(head, target, this.#options.allowedHosts);
    }
    if (target === "*") return answerOptions("*", this.#options, session);
    // Our own client asks for files only, whatever they are called.
    if (this.#own.owns(target) && !fields.has("landline-check")) {
      return this.#own.answer(head, target, session);
    }
    const request = requestOf(head, target);
    if (this.#changes.isUpload(request)) {
      return this.#changes.answer(request, session);
    }
    switch (method) {
      case "GET":
      case "HEAD":
        return this.#get(request, session);
      case "OPTIONS":
        return answerOptions(request, this.#options, session);
      default:
        return this.#changes.answer(request, session);
    }
  }

  async #get(request: HttpRequest, session: HttpSession): Promise<void> {
    const { name, isFolder } = request.place;
    try {
      if (isFolder || name === "") {
        return await this.#folders.answer(name, request, session);
      }
      if (request.query !== NO_QUERY && request.query.has("sha256")) {
        return await this.#files.answerDigest(name, session);
      }
      // The wire protocol's `list` takes files, too.
      if (request.query !== NO_QUERY && request.query.has("list")) {
        return await this.#folders.answer(name, request, session);
      }
      await this.#files.answer(name, request, session);
    } catch (error) {
      const isMissing = error instanceof Refusal && error.code === "not-found";
      if (!isMissing || session.hasResponded) throw error;
      await this.#answerMissing(error, request, session);
    }
  }

  /** There is no such file; there may be a folder of that name, or an index that takes all addresses. */
  async #answerMissing(
    missing: Refusal,
    request: HttpRequest,
    session: HttpSession,
  ): Promise<void> {
    const { name, isFolder } = request.place;
    if (!isFolder && name !== "" && this.#isFolder(name)) {
      throw this.#folders.redirect(name, request);
    }
    // Who asks for more than a page wants to know that there is nothing.
    if (!this.#options.spa || asksForForm(request)) throw missing;
    const index = toName(this.#options.indexName);
    await this.#files.answer(index, request, session);
  }

  #isFolder(name: Name): boolean {
    try {
      return this.#options.directory.kindOf(name) === "folder";
    } catch {
      return false;
    }
  }

  /** Answers with what `error` means, or cuts the answer that was begun. */
  async #fail(
    error: unknown,
    head: RequestHead,
    session: HttpSession,
  ): Promise<void> {
    if (error instanceof MisuseError) throw error;
    // There is nobody to tell.
    if (error instanceof PeerError) return cut("gone", session);
    const said: HttpError = toHttpError(error, this.#options.toRefusal);
    if (said.refusal.status === 500) {
      this.#options.log.note(`internal: ${messageOf(error)}`);
    }
    // What was promised cannot be kept: the peer sees that it is cut.
    if (session.hasResponded) return cut(said.code ?? "bad-request", session);
    try {
      await answerError(said, head, this.#fieldsFor(head), session);
    } catch (error) {
      if (error instanceof MisuseError) throw error;
      cut("gone", session);
    }
  }

  /** Pages of other sites may see what is read, and nothing of what changes something (security.md W5). */
  #fieldsFor(head: RequestHead | undefined): readonly Field[] {
    return head === undefined || SAFE.has(head.method)
      ? this.#options.fields
      : this.#fieldsOfChanges;
  }

  #record(
    head: RequestHead | undefined,
    session: HttpSession,
    began: number,
  ): void {
    const { log, metrics } = this.#options;
    const { bytesSent, bytesReceived } = session;
    const status = session.status === 0 ? CLIENT_LEFT : session.status;
    const ms = session.now - began;
    const method = head?.method ?? "-";
    metrics?.request("http", method, status, bytesReceived, bytesSent, ms);
    if (!log.wantsRequests) return;
    log.request({
      peer: session.peer,
      request: head === undefined
        ? "-"
        : `${method} ${head.target} HTTP/1.${head.minor}`,
      status: session.failure ?? `${status}`,
      bytes: method === "PUT" || method === "POST" || method === "PATCH"
        ? bytesReceived
        : bytesSent,
      ms,
      http: {
        status,
        referer: head?.fields.get("referer"),
        agent: head?.fields.get("user-agent"),
      },
    });
  }
}

/** What nginx logs for a client that left before it was answered; it is never sent. */
const CLIENT_LEFT = 499;

function cut(failure: Failure, session: HttpSession): void {
  session.failure = failure;
  session.abort();
}

/** WHATWG Fetch 3.2.3: every page may read, as if it were nobody. Nothing that changes something is ever allowed. */
const CORS_FIELDS: readonly Field[] = [
  ["Access-Control-Allow-Origin", "*"],
  [
    "Access-Control-Expose-Headers",
    "Content-Length, Content-Range, ETag, Last-Modified, Accept-Ranges",
  ],
];

function requestOf(head: RequestHead, target: Target): HttpRequest {
  return {
    head,
    place: placeOf(target.path),
    target,
    query: target.query === undefined
      ? NO_QUERY
      : new URLSearchParams(target.query),
  };
}
