/**
 * One block of bytes from many.
 *
 * @module
 */

/** A copy of `blocks`, one behind the other. */
export function joinBytes(
  blocks: readonly Uint8Array[],
): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(
    blocks.reduce((sum, block) => sum + block.length, 0),
  );
  let at = 0;
  for (const block of blocks) {
    all.set(block, at);
    at += block.length;
  }
  return all;
}
