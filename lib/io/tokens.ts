/** 16 hexadecimal digits that nobody can guess. */
export function newToken(): string {
  return [...crypto.getRandomValues(new Uint8Array(8))].map((byte) =>
    byte.toString(16).padStart(2, "0")
  ).join("");
}
