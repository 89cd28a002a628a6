/**
 * Folders of the disk, compared: names, bytes and times, hidden files too.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { assertSameBytes } from "./content.ts";

/** The files in and below `folder`, sorted; `ls -A` of all of it. */
export function filesBelow(folder: string): string[] {
  const names: string[] = [];
  const walk = (place: string) => {
    for (const { name, isDirectory } of Deno.readDirSync(folder + place)) {
      if (isDirectory) walk(`${place}/${name}`);
      else names.push(`${place}/${name}`.slice(1));
    }
  };
  walk("");
  return names.sort();
}

/** Both folders have the same files, with the same bytes and times, and nothing else. */
export function assertSameTrees(actual: string, expected: string): void {
  const names = filesBelow(expected);
  assertEquals(filesBelow(actual), names);
  for (const name of names) {
    assertSameFile(`${actual}/${name}`, `${expected}/${name}`);
  }
}

/** Both files have the same bytes and time. */
export function assertSameFile(actual: string, expected: string): void {
  assertSameBytes(Deno.readFileSync(actual), Deno.readFileSync(expected));
  assertEquals(
    Deno.statSync(actual).mtime?.getTime(),
    Deno.statSync(expected).mtime?.getTime(),
    `the time of ${actual}`,
  );
}
