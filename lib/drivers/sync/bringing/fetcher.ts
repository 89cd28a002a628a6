/**
 * Gets the contents that are to be placed: each once, however many paths it has; small ones first. What is to be fetched is
 * what the reconciler asks for; it asks again whenever it looks at a path.
 *
 * @module
 */

import { Refusal } from "../../../errors.ts";
import type { Clock } from "../../../io/clock.ts";
import type { PartHandle, SyncFolder } from "../../../io/sync/folder.ts";
import type { Name } from "../../../names/name.ts";
import type { FileRecord, RootHash } from "../../../sync/record.ts";
import { type Contents, NoSource } from "../contents.ts";
import type { IndexWriter } from "../local/index_writer.ts";

const LARGE_BYTES = 4 * 1024 * 1024;
const SMALL_AT_ONCE = 64;
const LARGE_AT_ONCE = 4;
/** Of the paths that wait for the same content, so many are told that it is here: one of them takes it. */
const TOLD_AT_ONCE = 8;
/** If none of them does, others are told. */
const UNTAKEN_MS = 1000;

interface Job {
  readonly record: FileRecord;
  /** Who waits for it. */
  readonly paths: Set<Name>;
  /** Of these, who gave it back and has not asked again since: they look again by themselves. */
  readonly givers: Set<Name>;
  readonly abort: AbortController;
  /** It is here, whole. */
  part: PartHandle | undefined;
  /** It was given up for a time, because nobody who is here had it: some of it may be on the disk. */
  wasLeft: boolean;
  /** Nobody wants it any more: nothing of it is to stay. */
  isForgotten: boolean;
}

/** Jobs of one size: large ones do not keep small ones waiting. */
interface Lane {
  readonly atOnce: number;
  readonly queue: Job[];
  running: number;
}

export interface FetcherOptions {
  readonly clock: Clock;
  readonly folder: SyncFolder;
  readonly writer: IndexWriter;
  readonly over: AbortSignal;
  /** `undefined` before the first join. */
  readonly contents: () => Contents | undefined;
  /** The content that `path` waits for is here. */
  readonly onReady: (path: Name) => void;
  /** The disk refuses it. */
  readonly onFault: (path: Name, error: unknown) => void;
}

export class Fetcher {
  readonly #options: FetcherOptions;
  readonly #jobs = new Map<RootHash, Job>();
  readonly #wanted = new Map<Name, RootHash>();
  /** Contents that are being placed, and the other paths that wait for them: they find them in the folder then. */
  readonly #taken = new Map<RootHash, Pick<Job, "paths" | "givers">>();
  /** Contents that nobody who is here has: they hold up nothing. */
  readonly #waiting = new Set<Job>();
  readonly #small: Lane = { atOnce: SMALL_AT_ONCE, queue: [], running: 0 };
  readonly #large: Lane = { atOnce: LARGE_AT_ONCE, queue: [], running: 0 };

  constructor(options: FetcherOptions) {
    this.#options = options;
  }

  /**
   * The content of `record`, if it is here; it is the caller's then, until he says `placed` or gives it back. Otherwise
   * `onReady` tells when it is.
   */
  take(record: FileRecord): PartHandle | undefined {
    const { path } = record;
    const root = record.root!;
    if (this.#wanted.get(path) !== root) this.forget(path);
    const job = this.#jobs.get(root);
    if (job?.part !== undefined) {
      this.#jobs.delete(root);
      job.paths.delete(path);
      this.#wanted.delete(path);
      this.#taken.set(root, job);
      return job.part;
    }
    this.#wanted.set(path, root);
    const others = job ?? this.#taken.get(root);
    if (others !== undefined) {
      others.paths.add(path);
      others.givers.delete(path);
    } else this.#begin(record, new Set([path]));
    return undefined;
  }

  /** What was taken has its name: the next path that waits for the content gets a copy of it. */
  placed(record: FileRecord): void {
    const root = record.root!;
    const paths = this.#taken.get(root)?.paths;
    this.#taken.delete(root);
    if (paths !== undefined && paths.size > 0) this.#begin(record, paths);
  }

  /** Gives back what was taken and could not be placed: it is asked for again. Meanwhile others may have it. */
  giveBack(record: FileRecord, part: PartHandle): void {
    const root = record.root!;
    const others = this.#taken.get(root);
    this.#taken.delete(root);
    if (this.#options.over.aborted || this.#jobs.has(root)) return part.close();
    this.#wanted.set(record.path, root);
    const job = newJob(record, new Set([record.path, ...others?.paths ?? []]));
    for (const giver of others?.givers ?? []) job.givers.add(giver);
    job.givers.add(record.path);
    job.part = part;
    this.#jobs.set(root, job);
    this.#tell(job);
  }

  /** `path` needs nothing any more. */
  forget(path: Name): void {
    const root = this.#wanted.get(path);
    if (root === undefined) return;
    this.#wanted.delete(path);
    this.#taken.get(root)?.paths.delete(path);
    const job = this.#jobs.get(root);
    job?.paths.delete(path);
    if (job === undefined || job.paths.size > 0) return;
    this.#jobs.delete(root);
    job.isForgotten = true;
    job.abort.abort();
    job.part?.drop();
    if (!job.wasLeft) return;
    this.#waiting.delete(job);
    this.#options.contents()?.waitNoMore(root);
    this.#dropLeft(job);
  }

  /** Files of which nobody who is here has the content: their records, and how many have it. */
  *waiting(): Iterable<
    { readonly record: FileRecord; readonly paths: number }
  > {
    for (const { record, paths } of this.#waiting) {
      yield { record, paths: paths.size };
    }
  }

  /** Whether `root` is being fetched, or waits to be placed. */
  isWanted(root: RootHash): boolean {
    return this.#jobs.has(root) || this.#taken.has(root);
  }

  /** There is a transfer now, or another one. */
  restart(): void {
    for (const job of [...this.#jobs.values()]) {
      if (job.part !== undefined) continue;
      job.abort.abort();
      this.#jobs.delete(job.record.root!);
      this.#waiting.delete(job);
      this.#release(job);
    }
  }

  /** Leaves everything as it is. */
  stop(): void {
    for (const job of this.#jobs.values()) {
      job.abort.abort();
      try {
        job.part?.close();
      } catch {
        // It is left for the next run, in whatever state.
      }
    }
    this.#jobs.clear();
    this.#waiting.clear();
  }

  #release(job: Job): void {
    for (const path of job.paths) {
      this.#wanted.delete(path);
      this.#options.onReady(path);
    }
  }

  /** Some of the paths that wait for what is here now are looked at. */
  #tell(job: Job): void {
    // Two that cannot place it, and told each other, would try again without a pause.
    const waiting = job.paths.difference(job.givers);
    const told = [...waiting.keys().take(TOLD_AT_ONCE)];
    for (const path of told) this.#options.onReady(path);
    if (waiting.size === told.length) return;
    const { clock, over } = this.#options;
    void clock.sleep(UNTAKEN_MS, over).then(() => {
      if (over.aborted || this.#jobs.get(job.record.root!) !== job) return;
      for (const path of told) if (job.paths.delete(path)) job.paths.add(path);
      this.#tell(job);
    });
  }

  #begin(record: FileRecord, paths: Set<Name>): void {
    const job = newJob(record, paths);
    this.#jobs.set(record.root!, job);
    this.#queue(job);
  }

  #queue(job: Job): void {
    const isLarge = job.record.size > LARGE_BYTES;
    (isLarge ? this.#large : this.#small).queue.push(job);
    this.#pump();
  }

  /** Others have their turn; it comes behind them when somebody has it. */
  #wait(job: Job): void {
    const root = job.record.root!;
    job.wasLeft = true;
    this.#waiting.add(job);
    this.#options.contents()!.wait(root, () => {
      if (this.#jobs.get(root) !== job) return;
      this.#waiting.delete(job);
      this.#queue(job);
    });
  }

  #pump(): void {
    if (this.#options.over.aborted) return;
    if (this.#options.contents() === undefined) return;
    for (const lane of [this.#small, this.#large]) {
      while (lane.running < lane.atOnce && lane.queue.length > 0) {
        const job = lane.queue.shift()!;
        if (job.abort.signal.aborted) continue;
        lane.running++;
        void this.#run(job).then(() => {
          lane.running--;
          this.#pump();
        });
      }
    }
  }

  async #run(job: Job): Promise<void> {
    const { folder, writer, over, contents } = this.#options;
    const { record, abort } = job;
    const root = record.root!;
    try {
      checkRoom(folder, record.size);
      let part: PartHandle;
      if (record.size === 0) part = folder.part(root, 0);
      else {
        const fetched = await contents()!.fetch(record, abort.signal);
        part = fetched.part;
        if (!over.aborted) writer.list(fetched.list);
      }
      if (over.aborted) return;
      if (this.#jobs.get(root) !== job) {
        return job.isForgotten ? part.drop() : part.close();
      }
      job.part = part;
      this.#tell(job);
    } catch (error) {
      if (over.aborted) return;
      if (this.#jobs.get(root) !== job) return this.#dropLeft(job);
      if (error instanceof NoSource) return this.#wait(job);
      this.#jobs.delete(root);
      for (const path of job.paths) {
        this.#wanted.delete(path);
        this.#options.onFault(path, error);
      }
    }
  }

  /** Removes what had come of a content that was forgotten before all of it was here. */
  #dropLeft({ isForgotten, record }: Job): void {
    const root = record.root!;
    if (!isForgotten || this.#jobs.has(root)) return;
    try {
      this.#options.folder.dropPart(root);
    } catch {
      // It goes in the rounds.
    }
  }
}

function newJob(record: FileRecord, paths: Set<Name>): Job {
  return {
    record,
    paths,
    givers: new Set(),
    abort: new AbortController(),
    part: undefined,
    wasLeft: false,
    isForgotten: false,
  };
}

/** @throws {Refusal} `no-space` */
function checkRoom(folder: SyncFolder, size: number): void {
  const free = folder.freeBytes();
  if (free !== undefined && free < size * 1.05) throw new Refusal("no-space");
}
