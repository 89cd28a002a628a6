// @ts-check
/**
 * Upload-Metadata (tus 1.0, "Creation"): pairs of a key and the base64 of its value.
 *
 * @module
 */

/**
 * @param {Readonly<Record<string, string>>} fields
 */
export function metadataText(fields) {
  return Object.entries(fields)
    .map(([key, value]) =>
      `${key} ${toBase64(new TextEncoder().encode(value))}`
    )
    .join(",");
}

/**
 * @param {Uint8Array} bytes few: an argument each
 */
export function toBase64(bytes) {
  return btoa(String.fromCharCode(...bytes));
}
