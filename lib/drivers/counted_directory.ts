/**
 * A shared directory that counts the uploads into it, for `--metrics`. Everything else passes.
 *
 * @module
 */

import type {
  Entry,
  FolderEntry,
  IncomingFile,
  OnConflict,
  OpenFile,
  SharedDirectory,
  SmallFile,
} from "../io/directory.ts";
import type { Name } from "../names/name.ts";
import type { Language, Metrics } from "./metrics.ts";

export class CountedDirectory implements SharedDirectory {
  readonly #directory: SharedDirectory;
  readonly #metrics: Metrics;
  readonly #language: Language;

  /** @param language in which is uploaded */
  constructor(
    directory: SharedDirectory,
    metrics: Metrics,
    language: Language,
  ) {
    this.#directory = directory;
    this.#metrics = metrics;
    this.#language = language;
  }

  receive(name: Name, token: string): IncomingFile {
    const incoming = this.#directory.receive(name, token);
    return new CountedUpload(incoming, this.#metrics, this.#language);
  }

  open(name: Name): OpenFile {
    return this.#directory.open(name);
  }

  entries(place: Name | ""): AsyncIterable<readonly Entry[]> {
    return this.#directory.entries(place);
  }

  names(place: Name | ""): AsyncIterable<readonly Name[]> {
    return this.#directory.names(place);
  }

  small(name: Name): Promise<SmallFile | undefined> {
    return this.#directory.small(name);
  }

  kindOf(name: Name | ""): "file" | "folder" {
    return this.#directory.kindOf(name);
  }

  folder(place: Name | ""): Promise<readonly FolderEntry[]> {
    return this.#directory.folder(place);
  }

  mayStore(name: Name, onConflict: OnConflict): void {
    this.#directory.mayStore(name, onConflict);
  }

  note(place: Name | "", token: string): string | undefined {
    return this.#directory.note(place, token);
  }

  keepNote(place: Name | "", token: string, text: string): void {
    this.#directory.keepNote(place, token, text);
  }

  dropNote(place: Name | "", token: string): void {
    this.#directory.dropNote(place, token);
  }

  remove(name: Name): void {
    this.#directory.remove(name);
  }
}

/** One upload, counted once however often it is ended. */
class CountedUpload implements IncomingFile {
  readonly #incoming: IncomingFile;
  readonly #metrics: Metrics;
  readonly #language: Language;
  #isOver = false;

  constructor(incoming: IncomingFile, metrics: Metrics, language: Language) {
    this.#incoming = incoming;
    this.#metrics = metrics;
    this.#language = language;
    metrics.uploadBegan(language);
  }

  get length(): number {
    return this.#incoming.length;
  }

  append(bytes: Uint8Array): void {
    this.#incoming.append(bytes);
  }

  cutTo(length: number): void {
    this.#incoming.cutTo(length);
  }

  xxh64(): Promise<string> {
    return this.#incoming.xxh64();
  }

  async finish(
    name: Name,
    onConflict: OnConflict,
    mtime?: number,
    check?: () => void,
  ): Promise<Name> {
    const stored = await this.#incoming.finish(name, onConflict, mtime, check);
    this.#ended("stored");
    return stored;
  }

  close(): void {
    this.#incoming.close();
    this.#ended("parked");
  }

  discard(): void {
    this.#incoming.discard();
    this.#ended("failed");
  }

  #ended(outcome: "stored" | "failed" | "parked"): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#metrics.uploadEnded(this.#language, outcome);
  }
}
