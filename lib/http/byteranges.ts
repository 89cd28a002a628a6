/**
 * Several parts of one file in one answer, `multipart/byteranges` (RFC 9110 14.6, 15.3.7.2; RFC 2046 5.1): what is sent in
 * front of each part, behind the last, and how long all of it is, so that the parts themselves can go from the file to the
 * socket without passing here.
 *
 * @module
 */

import { toBytes } from "../bytes/ascii.ts";
import { MisuseError } from "../errors.ts";
import { contentRange, type Part } from "./range.ts";

/** What frames the parts. */
export interface ByterangesFrame {
  /** The value of Content-Type. */
  readonly contentType: string;
  /** The value of Content-Length: frame and parts together. */
  readonly contentLength: number;
  /** What is sent in front of each part. */
  readonly heads: readonly Uint8Array<ArrayBuffer>[];
  /** What is sent behind the last. */
  readonly end: Uint8Array<ArrayBuffer>;
}

/** RFC 2046 5.1.1, less what would need quotes. */
const BOUNDARY = /^[0-9A-Za-z'+_.-]{1,70}$/;

/**
 * Frames `parts` of a file of `size` bytes.
 *
 * @param partType the Content-Type of the file
 * @param boundary text that is not in the file: from chance, long enough that nobody can have put it there
 */
export function frameByteranges(
  parts: readonly Part[],
  size: number,
  partType: string,
  boundary: string,
): ByterangesFrame {
  if (!BOUNDARY.test(boundary)) {
    throw new MisuseError(`Cannot frame parts with the boundary "${boundary}"`);
  }
  let contentLength = 0;
  const heads = parts.map((part, index) => {
    // The CR LF in front of a boundary belongs to it; the first needs none (RFC 2046 5.1.1).
    const head = toBytes(
      `${index === 0 ? "" : "\r\n"}--${boundary}\r\nContent-Type: ${partType}` +
        `\r\nContent-Range: ${contentRange(part, size)}\r\n\r\n`,
    );
    contentLength += head.length + part.length;
    return head;
  });
  const end = toBytes(`\r\n--${boundary}--\r\n`);
  contentLength += end.length;
  const contentType = `multipart/byteranges; boundary=${boundary}`;
  return { contentType, contentLength, heads, end };
}
