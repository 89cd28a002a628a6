/**
 * Maps that hold so much and no more.
 *
 * @module
 */

/** Puts `value` in as the newest; the oldest goes where there are more than `countMax`. */
export function remember<K, V>(
  map: Map<K, V>,
  key: K,
  value: V,
  countMax: number,
): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= countMax) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
