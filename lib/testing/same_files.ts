/**
 * Whether what was received is what was sent.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { assertSameBytes } from "./content.ts";
import type { MemoryDirectory } from "./memory_directory.ts";
import type { MemoryFolder } from "./memory_folder.ts";

/** Everything that `directory` has is in `folder`, dated the same, and nothing else. */
export function assertSameFiles(
  folder: MemoryFolder,
  directory: MemoryDirectory,
): void {
  assertEquals([...folder.files.keys()].sort(), directory.fileNames);
  assertNothingWrong(folder, directory);
}

/** What has a final name in `folder` is as `directory` has it, and nothing is left open. */
export function assertNothingWrong(
  folder: MemoryFolder,
  directory: MemoryDirectory,
): void {
  assertEquals(folder.openFiles, 0, "files are left open");
  for (const [name, { bytes, mtime }] of folder.files) {
    assertSameBytes(bytes, directory.get(name)!);
    assertEquals(mtime, directory.mtimeOf(name));
  }
}
