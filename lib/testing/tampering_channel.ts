/**
 * A channel with somebody on the line who changes what passes.
 *
 * @module
 */

import type { Channel } from "../io/channel.ts";

/** What is done to the bytes that pass; they are changed in place. */
export interface Tampering {
  readonly received?: (bytes: Uint8Array) => void;
  readonly sent?: (bytes: Uint8Array) => void;
}

/** `channel`, tampered with. */
export function tampered(channel: Channel, tampering: Tampering): Channel {
  return {
    peer: channel.peer,
    async read(into) {
      const count = await channel.read(into);
      if (count !== undefined) tampering.received?.(into.subarray(0, count));
      return count;
    },
    write(bytes) {
      const copy = bytes.slice();
      tampering.sent?.(copy);
      return channel.write(copy);
    },
    closeWrite: () => channel.closeWrite(),
    close: () => channel.close(),
  };
}

/**
 * Flips a bit of `text` where it passes, the first `times` times: a fault that only a check of the content can see.
 */
export function flipping(
  text: string,
  times: number,
): (bytes: Uint8Array) => void {
  const wanted = new TextEncoder().encode(text);
  return (bytes) => {
    for (let at = 0; at + wanted.length <= bytes.length && times > 0; at++) {
      if (!wanted.every((byte, i) => bytes[at + i] === byte)) continue;
      bytes[at]! ^= 1;
      times--;
    }
  };
}
