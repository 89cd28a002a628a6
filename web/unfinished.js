// @ts-check
/// <reference lib="dom" />
/**
 * Which uploads were not finished, over reloads and restarts: when the same file is chosen again for the same folder, it goes
 * on where it was. A browser that may store nothing begins anew.
 *
 * @module
 */

/**
 * @typedef {object} Unfinished
 * @property {string} url where the server keeps it
 * @property {string} folder the path of the folder it is for
 * @property {string} path its name there, with the folders in front
 * @property {number} size
 * @property {number} lastModified
 * @property {number} begun milliseconds since 1970
 */

const PREFIX = "landline.upload:";
/** A server forgets parts that nobody goes on with after a day; a clock may be wrong. */
const KEPT_MS = 7 * 24 * 3600 * 1000;

export class UnfinishedUploads {
  #storage;

  /** @param {Storage | null} [storage] */
  constructor(storage = storageOfBrowser()) {
    this.#storage = storage;
  }

  /**
   * What is remembered of the same file for the same place.
   *
   * @param {Pick<Unfinished, "folder" | "path" | "size" | "lastModified">} upload
   * @returns {Unfinished | undefined}
   */
  find(upload) {
    return parse(this.#storage?.getItem(keyOf(upload)) ?? null);
  }

  /** @param {Unfinished} upload */
  remember(upload) {
    try {
      this.#storage?.setItem(keyOf(upload), JSON.stringify(upload));
    } catch {
      // It is full: this one cannot be resumed after a reload.
    }
  }

  /** @param {Pick<Unfinished, "folder" | "path" | "size" | "lastModified">} upload */
  forget(upload) {
    this.#storage?.removeItem(keyOf(upload));
  }

  /**
   * All for `folder`, those that are too old forgotten.
   *
   * @param {string} folder
   * @param {number} now milliseconds since 1970
   * @returns {Unfinished[]}
   */
  all(folder, now) {
    const keys = Array.from(
      { length: this.#storage?.length ?? 0 },
      (_, index) => this.#storage?.key(index) ?? "",
    ).filter((key) => key.startsWith(PREFIX));
    const found = [];
    for (const key of keys) {
      const upload = parse(this.#storage?.getItem(key) ?? null);
      if (upload === undefined || now - upload.begun > KEPT_MS) {
        this.#storage?.removeItem(key);
      } else if (upload.folder === folder) found.push(upload);
    }
    return found.sort((a, b) => a.begun - b.begun);
  }
}

/** @param {Pick<Unfinished, "folder" | "path" | "size" | "lastModified">} upload */
function keyOf({ folder, path, size, lastModified }) {
  return PREFIX + JSON.stringify([folder, path, size, lastModified]);
}

/** What stands there may be of another version of this page. @param {string | null} text @returns {Unfinished | undefined} */
function parse(text) {
  const fields = parseJson(text ?? "null");
  if (fields === null || typeof fields !== "object") return undefined;
  const { url, folder, path, size, lastModified, begun } =
    /** @type {Record<string, unknown>} */ (fields);
  if (
    typeof url !== "string" || typeof folder !== "string" ||
    typeof path !== "string" || typeof size !== "number" ||
    typeof lastModified !== "number" || typeof begun !== "number"
  ) return undefined;
  return { url, folder, path, size, lastModified, begun };
}

/** @param {string} text @returns {unknown} */
function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Asking for it throws where a browser stores nothing. @returns {Storage | null} */
function storageOfBrowser() {
  let storage = null;
  try {
    storage = localStorage;
  } catch {
    // Nothing is remembered then.
  }
  return storage;
}
