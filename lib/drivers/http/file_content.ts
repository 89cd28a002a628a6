/**
 * What a file is sent from.
 *
 * @module
 */

import type { FileInfo, OpenFile, SmallFile } from "../../io/directory.ts";

/** A file that is to be sent, wherever its bytes are. */
export interface Content {
  readonly info: FileInfo;
  /** Its bytes, or the file to read them from. */
  readonly source: SmallFile | OpenFile;
  /** The file is compressed while it is read; how long that is, nobody knows before. */
  readonly isToGzip?: true;
}

/** An open file as content. */
export function opened(file: OpenFile): Content {
  return { info: file.info, source: file };
}

/** Closes what `content` is read from. */
export function closeContent({ source }: Content): void {
  if ("close" in source) source.close();
}
