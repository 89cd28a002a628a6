/**
 * A `ReceivingFolder` in memory: what a client has received, and what of it can be resumed. It outlives the runs that use
 * it, as a folder on the disk does.
 *
 * @module
 */

import { Refusal } from "../errors.ts";
import { runningSha256 } from "../io/checks.ts";
import type {
  Incoming,
  ReceivedFile,
  ReceivingFolder,
} from "../io/received_folder.ts";
import type { Name } from "../names/name.ts";

interface Part {
  readonly size: number;
  readonly version: string;
  readonly verified: Set<number>;
  bytes: Uint8Array;
  isHeld: boolean;
}

export class MemoryFolder implements ReceivingFolder {
  /** Under their final names. */
  readonly files = new Map<string, { bytes: Uint8Array; mtime: number }>();
  /** What files and parts together may hold. */
  capacityBytes = Infinity;
  /** Bytes that were written past the size that a file was to have. */
  overrunBytes = 0;
  /** Names that `finish` refuses. */
  readonly taken = new Set<string>();
  /** Parts of large files, to be resumed. */
  readonly #parts = new Map<string, Part>();
  readonly #open = new Set<Part>();

  /** Files that are open now: a test of a leak. */
  get openFiles(): number {
    return this.#open.size;
  }

  /** Names of large files that can be resumed. */
  get resumable(): string[] {
    return [...this.#parts.keys()].sort();
  }

  has(name: Name, size: number, mtime: number): boolean {
    const file = this.files.get(name);
    return file?.bytes.length === size && file.mtime === mtime;
  }

  begin(name: Name, { size, version, pieceBytes }: Incoming): ReceivedFile {
    const isLarge = size > pieceBytes;
    const found = isLarge ? this.#parts.get(name) : undefined;
    if (found?.isHeld) throw new Refusal("busy");
    const part = found?.size === size && found.version === version ? found : {
      size,
      version,
      verified: new Set<number>(),
      bytes: new Uint8Array(),
      isHeld: true,
    };
    part.isHeld = true;
    if (isLarge) this.#parts.set(name, part);
    this.#open.add(part);
    const letGo = () => {
      // The real one fails when it is closed twice.
      if (!this.#open.delete(part)) throw new Error(`${name} is not open`);
      part.isHeld = false;
    };
    const discard = () => {
      letGo();
      if (isLarge) this.#parts.delete(name);
    };
    return {
      verified: part.verified,
      write: (offset, bytes) => this.#write(part, offset, bytes),
      remember: (index) => void (isLarge && part.verified.add(index)),
      async sha256() {
        const check = await runningSha256();
        check.update(part.bytes);
        return check.digest();
      },
      finish: (mtime) => {
        if (this.taken.has(name)) throw new Refusal("exists");
        discard();
        this.files.set(name, { bytes: part.bytes, mtime });
        return name;
      },
      abandon: () => part.verified.size > 0 ? letGo() : discard(),
      discard,
    };
  }

  #write(part: Part, offset: number, bytes: Uint8Array): void {
    if (!this.#open.has(part)) throw new Error("Written after it was closed");
    const end = offset + bytes.length;
    this.overrunBytes += Math.max(0, end - part.size);
    if (this.#usedBytes() - part.bytes.length + end > this.capacityBytes) {
      throw new Refusal("no-space");
    }
    if (end > part.bytes.length) {
      part.bytes = grown(part.bytes, end, part.size);
    }
    part.bytes.set(bytes, offset);
  }

  #usedBytes(): number {
    let sum = 0;
    for (const { bytes } of this.files.values()) sum += bytes.length;
    for (const { bytes } of this.#open) sum += bytes.length;
    return sum;
  }
}

/** `bytes` made `length` long, in a buffer that has room for all of the file: many writes copy nothing again. */
function grown(bytes: Uint8Array, length: number, size: number): Uint8Array {
  if (bytes.buffer.byteLength >= length) {
    return new Uint8Array(bytes.buffer, 0, length);
  }
  const longer = new Uint8Array(Math.max(length, size));
  longer.set(bytes);
  return longer.subarray(0, length);
}
