/**
 * The calls of a folder with somebody between any two of them.
 *
 * @module
 */

import type { FileCalls, OpenCall, OpenPart } from "../io/sync/file_calls.ts";
import { SimCrash } from "./sim_calls.ts";
import { SimError } from "./sim_disk.ts";

/** Called before each call. What it returns is the errno that the call fails with. */
export type BeforeCall = (call: string, path: string) => string | void;

export class HookedCalls {
  before: BeforeCall | undefined;
  readonly calls: FileCalls;
  readonly #open = new Set<OpenCall>();
  #isDead = false;

  constructor(calls: FileCalls) {
    this.calls = this.#hook(calls, "");
  }

  /** Every call from now on throws; the system closes what is open. */
  kill(): void {
    this.#isDead = true;
    for (const file of this.#open) file.close();
    this.#open.clear();
  }

  #hook<T extends FileCalls | OpenPart | OpenCall>(calls: T, at: string): T {
    return new Proxy(calls, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== "function") return value;
        if (name === "close") return () => this.#close(target as OpenCall);
        if (["now", "turn", "sleep"].includes(String(name))) {
          return value.bind(target);
        }
        return (...given: unknown[]) => {
          const last = given.findLast((one) => typeof one === "string");
          const path = at === "" ? String(last ?? "") : at;
          this.#enter(String(name), path);
          const result: unknown = value.apply(target, given);
          if (name !== "openToRead" && name !== "openToWrite") return result;
          this.#open.add(result as OpenCall);
          return this.#hook(result as OpenPart, path);
        };
      },
    });
  }

  #close(file: OpenCall | FileCalls): void {
    if (this.#open.delete(file as OpenCall)) (file as OpenCall).close();
  }

  #enter(call: string, path: string): void {
    if (this.#isDead) throw new SimCrash("The program was killed");
    const errno = this.before?.(call, path);
    if (this.#isDead) throw new SimCrash("The program was killed");
    if (errno !== undefined) throw new SimError(errno, path);
  }
}
