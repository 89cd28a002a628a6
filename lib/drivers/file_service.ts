/**
 * The file service: which answer belongs to which verb, and a line in the log for each.
 *
 * @module
 */

import { toBytes } from "../bytes/ascii.ts";
import { FAULTS, isFaultCode, PeerError, Refusal } from "../errors.ts";
import type { Clock } from "../io/clock.ts";
import type { Log } from "../io/log.ts";
import { formatRequest } from "../wire/request.ts";
import { helpText, type Request } from "../wire/verbs.ts";
import type { Metrics } from "./metrics.ts";
import {
  answerDigest,
  answerDownload,
  answerFilelist,
  answerList,
  answerRead,
  type ReadSources,
} from "./read_answers.ts";
import { RunAnswers, type RunRules } from "./run_answers.ts";
import { UploadAnswers, type UploadSources } from "./upload_answers.ts";
import type { RequestHandler, WireSession } from "./wire_session.ts";

/** What a file service is made of. */
export interface FileServiceOptions extends ReadSources, UploadSources {
  /** `undefined` where commands are not allowed. */
  readonly run: RunRules | undefined;
  readonly log: Log;
  readonly metrics: Metrics | undefined;
  readonly clock: Clock;
  /** What was thrown, as a refusal (`io/os_faults.ts`). */
  readonly toRefusal: (thrown: unknown) => Refusal;
}

/** Answers the requests of all connections of a server; `connection` gives the handler of one. */
export class FileService {
  readonly #options: FileServiceOptions;
  readonly #run: RunAnswers;

  constructor(options: FileServiceOptions) {
    this.#options = options;
    this.#run = new RunAnswers(options.run, options.clock);
  }

  /** The handler of one connection. */
  connection(): RequestHandler {
    return new FileConnection(this.#options, this.#run);
  }
}

class FileConnection implements RequestHandler {
  readonly #options: FileServiceOptions;
  readonly #run: RunAnswers;
  #uploads: UploadAnswers | undefined;

  constructor(options: FileServiceOptions, run: RunAnswers) {
    this.#options = options;
    this.#run = run;
  }

  answer(request: Request, session: WireSession): void | Promise<void> {
    const { log, metrics } = this.#options;
    const isRecorded = log.wantsRequests || metrics !== undefined;
    const began = isRecorded ? session.now : 0;
    try {
      const answering = this.#dispatch(request, session);
      if (!(answering instanceof Promise)) {
        return this.#record(request, session, began, "ok", answering);
      }
      return answering.then(
        (bytes) => this.#record(request, session, began, "ok", bytes),
        (error) => this.#fail(request, session, began, error),
      );
    } catch (error) {
      this.#fail(request, session, began, error);
    }
  }

  refused(refusal: Refusal, line: string, session: WireSession): void {
    session.refuse(refusal);
    const { log, metrics } = this.#options;
    // What the verb was to be may be anything: it counts as another.
    metrics?.request("wire", "", FAULTS[refusal.code].status, 0, 0, 0);
    log.request({
      peer: session.peer,
      request: line,
      status: refusal.code,
      bytes: 0,
      ms: 0,
    });
  }

  ended(): void {
    this.#uploads?.ended();
  }

  /** Answers `request`; gives the bytes of its body for the log. */
  #dispatch(
    request: Request,
    session: WireSession,
  ): number | void | Promise<number | void> {
    switch (request.verb) {
      case "read":
        return answerRead(this.#options, request, session);
      case "download":
        return answerDownload(this.#options, request.name, session);
      case "send filelist":
        return answerFilelist(this.#options, session);
      case "list":
        return answerList(this.#options, request.place, session);
      case "digest":
        return answerDigest(
          this.#options,
          request.algorithm,
          request.name,
          session,
        );
      case "upload":
        return this.#incoming.upload(request, session);
      case "offer":
        return this.#incoming.offer(request, session);
      case "part":
        return this.#incoming.part(request, session);
      case "commit":
        return this.#incoming.commit(request, session);
      case "run":
        return this.#run.run(request.line, session);
      case "echo":
        return answerText(request.text + "\n", session);
      case "help":
        return answerText(helpText(), session);
      case "quit":
        session.ok(0);
        return session.closeAfterAnswer();
      default:
        throw request satisfies never;
    }
  }

  get #incoming(): UploadAnswers {
    return this.#uploads ??= new UploadAnswers(this.#options);
  }

  #record(
    request: Request,
    session: WireSession,
    began: number,
    status: string,
    bytes: number | void,
  ): void {
    const { log, metrics } = this.#options;
    if (metrics !== undefined) {
      const isIn = request.verb === "upload" || request.verb === "part";
      metrics.request(
        "wire",
        request.verb,
        statusOf(status),
        isIn ? bytes ?? 0 : 0,
        isIn ? 0 : bytes ?? 0,
        session.now - began,
      );
    }
    if (!log.wantsRequests) return;
    const line = request.verb === "echo"
      ? "echo"
      : formatRequest(request).trim();
    log.request({
      peer: session.peer,
      request: line,
      status,
      bytes: bytes ?? 0,
      ms: session.now - began,
    });
  }

  #fail(
    request: Request,
    session: WireSession,
    began: number,
    error: unknown,
  ): void {
    const isGone = error instanceof PeerError;
    const refusal = isGone
      ? new Refusal("bad-request", error.message, { closes: true })
      : this.#options.toRefusal(error);
    if (refusal.code === "internal") {
      this.#options.log.note(`internal: ${String(refusal.cause)}`);
    }
    const status = isGone ? "gone" : refusal.code;
    this.#record(request, session, began, status, undefined);
    try {
      session.refuse(refusal);
    } catch {
      // The answer was over, or the connection is: it cannot be told on the line.
      session.abort();
    }
  }
}

/** What HTTP calls it; 499 is what nginx logs for a client that left. */
function statusOf(status: string): number {
  if (isFaultCode(status)) return FAULTS[status].status;
  return status === "gone" ? 499 : 200;
}

async function answerText(text: string, session: WireSession): Promise<void> {
  const bytes = toBytes(text);
  session.ok(bytes.length);
  await session.send(bytes);
}
