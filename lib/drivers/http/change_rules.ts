/**
 * What holds for everything that changes the folder, by whatever method it comes.
 *
 * @module
 */

import { Refusal } from "../../errors.ts";
import { evaluate, type Validators } from "../../http/conditional.ts";
import { HttpRefusal } from "../../http/status.ts";
import { pathOfPlace } from "../../http/target.ts";
import type {
  FileInfo,
  OnConflict,
  SharedDirectory,
} from "../../io/directory.ts";
import { isHidden, type Name } from "../../names/name.ts";
import type { UploadRules } from "../upload_answers.ts";
import { etagOf } from "./file_labels.ts";
import type { HttpOptions, HttpRequest } from "./http_request.ts";
import { allowedMethods, type MethodsAt } from "./options_answer.ts";

/** How files are taken; refused where none are. */
export function uploadRules({ uploads }: HttpOptions): UploadRules {
  if (uploads === undefined) {
    throw new Refusal("not-allowed", "Uploads are not allowed here");
  }
  return uploads;
}

/** Refuses a file of so many bytes if that is more than the rules allow. */
export function checkSize(bytes: number, { bytesMax }: UploadRules): void {
  if (bytes > bytesMax) {
    throw new Refusal(
      "too-large",
      `This server takes at most ${bytesMax} bytes`,
    );
  }
}

/** Refuses `name` if it could not be stored now: asked before a byte of the file is. */
export function checkMayStore(
  directory: SharedDirectory,
  name: Name,
  onConflict: OnConflict,
): void {
  try {
    directory.mayStore(name, onConflict);
  } catch (error) {
    // To a reader what is hidden is not there; who wants to write is told why he cannot.
    const isWithheld = error instanceof Refusal && error.code === "not-found" &&
      isHidden(name);
    if (!isWithheld) throw error;
    throw new Refusal("not-allowed", "That name is hidden, and not taken here");
  }
}

/** The file `name` as it is now, if it is there. */
export function fileNow(
  directory: SharedDirectory,
  name: Name,
): FileInfo | undefined {
  try {
    const file = directory.open(name);
    file.close();
    return file.info;
  } catch (error) {
    if (error instanceof Refusal && error.code === "not-found") {
      return undefined;
    }
    throw error;
  }
}

/** What `name` is, if it is there. */
export function kindNow(
  directory: SharedDirectory,
  name: Name | "",
): "file" | "folder" | undefined {
  try {
    return directory.kindOf(name);
  } catch (error) {
    if (error instanceof Refusal && error.code === "not-found") {
      return undefined;
    }
    throw error;
  }
}

/** Refuses a request whose conditions (RFC 9110 13) do not hold for what is there. */
export function checkConditions(
  { head }: HttpRequest,
  validators: Validators | undefined,
  now: number,
): void {
  if (evaluate(head, validators, now) !== "proceed") {
    throw new HttpRefusal(412, "What is there is not what the request is for");
  }
}

/** What conditions about a file are judged by. */
export function validatorsOf(info: FileInfo): Validators {
  return { etag: etagOf(info), mtimeMs: info.mtime };
}

/** The path of the file `name`, as it stands in a field and can be asked for. */
export function pathOfFile(name: Name): string {
  return pathOfPlace({ name, isFolder: false });
}

/** 405, with the methods that do apply (RFC 9110 15.5.6). */
export function notApplicable(
  options: HttpOptions,
  at: MethodsAt,
  text: string,
): HttpRefusal {
  return new HttpRefusal(405, text, {
    fields: [["Allow", allowedMethods(options, at)]],
  });
}
