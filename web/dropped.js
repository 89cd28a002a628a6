// @ts-check
/// <reference lib="dom" />
/**
 * The files in what was dropped, pasted or chosen: whole folders too, each file with its path in them.
 *
 * @module
 */

/** @typedef {import("./uploads.js").Chosen} Chosen */

/** What systems leave in folders for themselves, and nobody means to send. */
const LITTER = new Set([".DS_Store", "Thumbs.db", "desktop.ini"]);

/**
 * The files that were dropped. It has to be called before the event is over: what was dropped is gone then, and only the
 * entries taken here outlive it.
 *
 * @param {DataTransfer} dropped
 * @returns {Promise<{ files: Chosen[], unreadable: string[] }>} `unreadable`: what the browser was not let into
 */
export async function filesIn(dropped) {
  const entries = [...dropped.items]
    .filter(({ kind }) => kind === "file")
    .map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile())
    .filter((entry) => entry !== null);
  /** @type {Chosen[]} */
  const files = [];
  /** @type {string[]} */
  const unreadable = [];
  for (const entry of entries) {
    if (entry instanceof File) files.push({ file: entry, path: entry.name });
    else await walk(entry, entry.name, files, unreadable);
  }
  return { files, unreadable };
}

/**
 * The files of an `<input type=file>`, with their folder where one was chosen.
 *
 * @param {FileList | null} list
 * @returns {Chosen[]}
 */
export function filesOf(list) {
  return [...list ?? []]
    .filter(({ name }) => !LITTER.has(name))
    .map((file) => ({ file, path: file.webkitRelativePath || file.name }));
}

/**
 * @param {FileSystemEntry} entry
 * @param {string} path
 * @param {Chosen[]} files
 * @param {string[]} unreadable
 */
async function walk(entry, path, files, unreadable) {
  if (LITTER.has(entry.name)) return;
  try {
    if (entry.isFile) {
      files.push({ file: await fileOf(entry), path });
      return;
    }
    for await (const child of childrenOf(entry)) {
      await walk(child, `${path}/${child.name}`, files, unreadable);
    }
  } catch {
    unreadable.push(path);
  }
}

/** @param {FileSystemEntry} entry @returns {Promise<File>} */
function fileOf(entry) {
  return new Promise((resolve, reject) =>
    /** @type {FileSystemFileEntry} */ (entry).file(resolve, reject)
  );
}

/** Chromium gives a hundred at a time, and an empty list at the end. @param {FileSystemEntry} entry */
async function* childrenOf(entry) {
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((resolve, reject) =>
      reader.readEntries(resolve, reject)
    );
    if (some.length === 0) return;
    yield* some;
  }
}

/**
 * A name for a picture that was copied on the screen: browsers call every one of them `image.png`.
 *
 * @param {File} file
 * @param {Date} now
 */
export function pastedName(file, now) {
  if (file.name !== "image.png") return file.name;
  const two = (/** @type {number} */ number) => `${number}`.padStart(2, "0");
  const day = [now.getFullYear(), now.getMonth() + 1, now.getDate()].map(two);
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map(two);
  return `pasted ${day.join("-")} ${time.join(".")}.png`;
}
