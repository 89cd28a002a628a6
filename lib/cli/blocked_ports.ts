/**
 * Ports that no browser connects to, as other protocols live there (WHATWG Fetch 2.9, "Port blocking").
 *
 * @module
 */

/** Those above 1023, where a server without special rights can be. */
const BLOCKED: ReadonlySet<number> = new Set([
  1719,
  1720,
  1723,
  2049,
  3659,
  4045,
  4190,
  5060,
  5061,
  6000,
  6566,
  6665,
  6666,
  6667,
  6668,
  6669,
  6679,
  6697,
  10080,
]);

/** Whether browsers refuse to open pages on `port`; of the ports below 1024 only those of the web are known to be open. */
export function isBlockedPort(port: number): boolean {
  return port < 1024 ? port !== 80 && port !== 443 : BLOCKED.has(port);
}
