/**
 * Where somebody can be reached, as it is written.
 *
 * @module
 */

/** Host and port as they stand in a URL: IPv6 in brackets. */
export function authority(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
