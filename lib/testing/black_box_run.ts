/**
 * Does to peers what a plan says, and notes what they show. All that it knows of them is their folders.
 *
 * @module
 */

import type { BoxPlan, BoxStep } from "./black_box_plan.ts";
import type { Happening, Look, Shown } from "./black_box_trace.ts";
import { Exchanger, take } from "./exchanged_file.ts";

/** Peers that run and have found each other. `await using` ends them. */
export interface BoxSite extends AsyncDisposable {
  /** Those of the peers, in order. */
  readonly folders: readonly string[];
  /** A folder of nobody on the same file system. */
  readonly aside: string;
  /** When it resolves, the peer does nothing any more. */
  freeze(peer: number): Promise<void>;
  thaw(peer: number): void;
  /** Waits until the peers say that nothing is under way. They may be wrong. */
  quiet(): Promise<void>;
  /** How far at most a peer takes its time to be off (milliseconds); all are on one machine, so that is its error. */
  clockError(): Promise<number>;
}

/** A folder that changes although all say that nothing is under way is asked again so often. */
const QUIETS_MAX = 50;

/** What came of a plan. */
export interface BoxOutcome {
  readonly trace: readonly Happening[];
  /** The largest that was seen. */
  readonly clockError: number;
  /** Why it did not come to its end: a peer is gone, or they do not come to rest. */
  readonly error: unknown;
}

/** Runs `plan`. */
export async function runBox(
  site: BoxSite,
  plan: BoxPlan,
): Promise<BoxOutcome> {
  using run = new BoxRun(site, plan);
  let clockError = 0;
  let error: unknown;
  try {
    clockError = await site.clockError();
    for (const step of plan.steps) await run.follow(step);
    clockError = Math.max(clockError, await site.clockError());
  } catch (caught) {
    error = caught;
  }
  return { trace: run.trace, clockError, error };
}

class BoxRun implements Disposable {
  readonly trace: Happening[] = [];
  readonly #site: BoxSite;
  readonly #plan: BoxPlan;
  readonly #exchanger = new Exchanger();
  readonly #frozen = new Set<number>();
  /** What was written, by its bytes as text. */
  readonly #names = new Map<string, string>();

  constructor(site: BoxSite, plan: BoxPlan) {
    this.#site = site;
    this.#plan = plan;
  }

  async follow(step: BoxStep): Promise<void> {
    // No other test of ours sleeps. Here it is the method: peers are processes of their own, and each time they are met
    // elsewhere in their work. Nothing that is checked depends on how long it really took.
    await new Promise((resolve) => setTimeout(resolve, step.think));
    switch (step.do) {
      case "write":
        return this.#write(step.peer, step.path, step.age, step.size);
      case "delete":
        return this.#delete(step.peer, step.path);
      case "read":
        return this.#read(step.peer, step.path);
      case "freeze":
        return await this.#freeze(step.peer);
      case "thaw":
        return this.#thaw(step.peer);
      case "stabilize":
        return await this.#stabilize();
    }
  }

  #write(peer: number, path: string, age: number, size: number): void {
    const content = `${this.#plan.seed}.${this.#names.size + 1}`;
    const text = `${content}\n`.repeat(Math.ceil(size / content.length));
    this.#names.set(text, content);
    const fresh = `${this.#site.aside}/fresh`;
    Deno.writeTextFileSync(fresh, text);
    if (age > 0) {
      const date = new Date(Date.now() - age);
      Deno.utimeSync(fresh, date, date);
    }
    const mtime = Deno.statSync(fresh).mtime!.getTime();
    const bytes = this.#exchanger.put(fresh, this.#at(peer, path));
    const saw = this.#nameOf(bytes);
    const at = Date.now();
    this.trace.push({ do: "write", peer, path, content, mtime, saw, at });
  }

  #delete(peer: number, path: string): void {
    const bytes = take(this.#at(peer, path), `${this.#site.aside}/taken`);
    const saw = this.#nameOf(bytes);
    const at = Date.now();
    this.trace.push(
      saw === null
        ? { do: "read", peer, path, saw, at }
        : { do: "delete", peer, path, saw, at },
    );
  }

  #read(peer: number, path: string): void {
    const saw = this.#shown(peer, path);
    this.trace.push({ do: "read", peer, path, saw, at: Date.now() });
    const copies = this.#copies(peer, path);
    this.trace.push({ do: "list", peer, path, copies, at: Date.now() });
  }

  async #freeze(peer: number): Promise<void> {
    if (this.#frozen.has(peer)) return;
    this.#frozen.add(peer);
    await this.#site.freeze(peer);
    this.trace.push({ do: "freeze", peer, at: Date.now() });
  }

  #thaw(peer: number): void {
    if (!this.#frozen.delete(peer)) return;
    this.trace.push({ do: "thaw", peer, at: Date.now() });
    this.#site.thaw(peer);
  }

  async #stabilize(): Promise<void> {
    for (const peer of [...this.#frozen]) this.#thaw(peer);
    let looks = this.#looks();
    for (let turn = 0;; turn++) {
      if (turn === QUIETS_MAX) throw new Error("They do not come to rest");
      await this.#site.quiet();
      const now = this.#looks();
      if (JSON.stringify(now) === JSON.stringify(looks)) break;
      looks = now;
    }
    this.trace.push({ do: "stabilize", looks, at: Date.now() });
  }

  #looks(): { [path: string]: Look[] } {
    const looks: { [path: string]: Look[] } = {};
    for (const path of this.#plan.paths) {
      looks[path] = this.#site.folders.map((_, peer) => ({
        saw: this.#shown(peer, path),
        copies: this.#copies(peer, path),
      }));
    }
    return looks;
  }

  #shown(peer: number, path: string): Shown {
    try {
      return this.#nameOf(Deno.readFileSync(this.#at(peer, path)));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return null;
      throw error;
    }
  }

  /** Whatever is called like `path` and more is a copy of it. */
  #copies(peer: number, path: string): string[] {
    const stem = path.slice(0, path.lastIndexOf("."));
    const copies: string[] = [];
    for (const { name } of Deno.readDirSync(this.#site.folders[peer]!)) {
      if (name === path || !name.startsWith(stem)) continue;
      const copy = this.#shown(peer, name);
      if (copy !== null) copies.push(copy);
    }
    return copies.sort();
  }

  #nameOf(bytes: Uint8Array | undefined): Shown {
    if (bytes === undefined) return null;
    const text = new TextDecoder().decode(bytes);
    return this.#names.get(text) ?? `?${text.slice(0, 20)}`;
  }

  #at(peer: number, path: string): string {
    return `${this.#site.folders[peer]}/${path}`;
  }

  [Symbol.dispose](): void {
    for (const peer of this.#frozen) this.#site.thaw(peer);
    this.#exchanger[Symbol.dispose]();
  }
}
