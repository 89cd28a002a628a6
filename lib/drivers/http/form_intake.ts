/**
 * The files of one form on their way into a folder, one open at a time.
 *
 * A form is read without waiting, giving a file its name takes time: what a piece of the form holds is noted down first,
 * and acted on then. So it does not matter in which pieces a form arrives, and a piece of a thousand tiny files does not
 * open a thousand.
 *
 * @module
 */

import { Refusal } from "../../errors.ts";
import {
  type FormFile,
  FormReader,
  type FormSink,
} from "../../http/form_data.ts";
import type { IncomingFile } from "../../io/directory.ts";
import type { Name } from "../../names/name.ts";
import type { UploadRules } from "../upload_answers.ts";
import { nameIn } from "./change_names.ts";
import { checkMayStore, checkSize } from "./change_rules.ts";
import type { HttpOptions } from "./http_request.ts";
import type { HttpSession } from "./http_session.ts";

/** A file of the form that was not stored. */
export interface RefusedFile {
  /** As it was sent; `undefined` if the form broke between two files. */
  readonly fileName: string | undefined;
  readonly refusal: Refusal;
}

/** What is to be done next. */
type Step =
  | { readonly kind: "begin"; readonly fileName: string }
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "end" };

/** Notes down what is read. */
class StepSink implements FormSink {
  #steps: Step[] = [];

  file(_field: string, fileName: string): FormFile {
    this.#steps.push({ kind: "begin", fileName });
    return {
      write: (bytes) => void this.#steps.push({ kind: "bytes", bytes }),
      end: () => void this.#steps.push({ kind: "end" }),
    };
  }

  field(): void {
    // A form may have more than files; nothing here asks for it.
  }

  /** What was noted down since the last call. */
  take(): Step[] {
    const steps = this.#steps;
    this.#steps = [];
    return steps;
  }
}

export class FormIntake {
  /** Under the names they got. */
  readonly stored: Name[] = [];
  readonly refused: RefusedFile[] = [];
  readonly #options: HttpOptions;
  readonly #folder: Name | "";
  readonly #rules: UploadRules;
  #fileName: string | undefined;
  /** `undefined` between two files, and for the rest of one that was refused. */
  #file: { readonly name: Name; readonly incoming: IncomingFile } | undefined;

  constructor(options: HttpOptions, folder: Name | "", rules: UploadRules) {
    this.#options = options;
    this.#folder = folder;
    this.#rules = rules;
  }

  /**
   * Takes the whole body of a request of that Content-Type. A form that breaks ends it: what was stored before stays, and
   * is told.
   *
   * @throws what broke the form, if nothing was stored
   */
  async take(contentType: string, session: HttpSession): Promise<void> {
    const sink = new StepSink();
    const reader = new FormReader(contentType, sink);
    try {
      for await (const bytes of session.body()) {
        const fault = caught(() => reader.push(bytes));
        for (const step of sink.take()) await this.#take(step);
        if (fault !== undefined) throw fault;
      }
      reader.end();
    } catch (error) {
      this.#discard();
      const isTold = error instanceof Refusal && this.stored.length > 0;
      if (!isTold) throw error;
      this.refused.push({ fileName: this.#fileName, refusal: error });
    }
  }

  async #take(step: Step): Promise<void> {
    try {
      switch (step.kind) {
        case "begin":
          this.#fileName = step.fileName;
          this.#begin(step.fileName);
          break;
        case "bytes":
          this.#append(step.bytes);
          break;
        case "end":
          await this.#finish();
          this.#fileName = undefined;
          break;
        default:
          throw step satisfies never;
      }
    } catch (error) {
      this.#discard();
      // A full disk takes nothing of what follows either.
      const isOfFile = error instanceof Refusal && error.code !== "no-space";
      if (!isOfFile) throw error;
      this.refused.push({ fileName: this.#fileName, refusal: error });
    }
  }

  #begin(fileName: string): void {
    const { directory, newToken } = this.#options;
    const name = nameIn(this.#folder, fileName);
    checkMayStore(directory, name, this.#rules.onConflict);
    this.#file = { name, incoming: directory.receive(name, newToken()) };
  }

  #append(bytes: Uint8Array): void {
    if (this.#file === undefined) return;
    const { incoming } = this.#file;
    checkSize(incoming.length + bytes.length, this.#rules);
    incoming.append(bytes);
  }

  async #finish(): Promise<void> {
    if (this.#file === undefined) return;
    const { name, incoming } = this.#file;
    this.stored.push(await incoming.finish(name, this.#rules.onConflict));
    this.#file = undefined;
  }

  #discard(): void {
    this.#file?.incoming.discard();
    this.#file = undefined;
  }
}

/** What `call` throws. */
function caught(call: () => void): unknown {
  try {
    call();
    return undefined;
  } catch (error) {
    return error;
  }
}
