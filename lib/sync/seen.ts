/**
 * What a look at the disk shows of a path.
 *
 * @module
 */

/** One look at one path. */
export interface Seen {
  /** `other`: a link, a socket, a device, a FIFO. Never synced, never replaced, never removed. */
  readonly kind: "file" | "folder" | "other";
  /** Bytes; 0 for what is no file. */
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly mtime: number;
  readonly executable: boolean;
  /** Tells the file from others, to pair a file that went with one that came. */
  readonly inode: number;
  /** Another word for every other state of the file that can be told apart: made of inode, size, mtime, ctime, mode. */
  readonly version: string;
  /**
   * The last change was less than the tick of time stamps before the look: another change might leave the same `version`.
   * It has to be read again before it is believed (git's "racy" rule).
   */
  readonly isRacy: boolean;
}
