/**
 * Changes of a file that tell just what they changed: nothing of others can come in between. Linux only.
 *
 * @module
 */

const RENAME_EXCHANGE = 2;
/** Relative to the working directory; ours are absolute. */
const AT_FDCWD = -100;
/** Somebody else makes and removes the file in turns: that comes to an end. */
const TRIES_MAX = 1000;

/** What `Deno` has no function for. `using` lets go of it. */
export class Exchanger implements Disposable {
  readonly #library = Deno.dlopen("libc.so.6", {
    renameat2: {
      parameters: ["i32", "buffer", "i32", "buffer", "u32"],
      result: "i32",
    },
  });

  /** Two paths of one file system change places; false where one of them is not there. */
  exchange(a: string, b: string): boolean {
    return this.#library.symbols.renameat2(
      AT_FDCWD,
      cString(a),
      AT_FDCWD,
      cString(b),
      RENAME_EXCHANGE,
    ) === 0;
  }

  /**
   * The file `fresh` gets the name `path`. Gives the bytes of the file that was there, `undefined` if none was.
   * `fresh` is gone.
   */
  put(fresh: string, path: string): Uint8Array | undefined {
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      if (this.exchange(fresh, path)) return taken(fresh);
      try {
        Deno.linkSync(fresh, path);
        Deno.removeSync(fresh);
        return undefined;
      } catch (error) {
        if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
      }
    }
    throw new Error(`Cannot exchange ${path}`);
  }

  [Symbol.dispose](): void {
    this.#library.close();
  }
}

/** Takes the file away from `path`, by way of `aside`. Gives its bytes, `undefined` if there is none. */
export function take(path: string, aside: string): Uint8Array | undefined {
  try {
    Deno.renameSync(path, aside);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  return taken(aside);
}

function taken(path: string): Uint8Array {
  const bytes = Deno.readFileSync(path);
  Deno.removeSync(path);
  return bytes;
}

function cString(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${text}\0`);
}
