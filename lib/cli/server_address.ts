/**
 * The address of a server, as it prints it and as it is copied into a command line.
 *
 * @module
 */

/** The parts of an address. */
export interface ServerAddress {
  readonly scheme: "landline" | "http";
  /** Without the brackets of an IPv6 address. */
  readonly host: string;
  readonly port: number;
}

const FORM =
  /^(landline|http):\/\/(\[[0-9a-fA-F:.%a-z]+\]|[^/:@\s?#]+)(?::(\d{1,5}))?\/?$/;

/** RFC 9110 4.2.1. */
const HTTP_PORT = 80;

/**
 * The parts of `text`; `undefined` if it is no address.
 *
 * @param usualPort of `landline://` without a port; `http://` then means 80
 */
export function parseServerAddress(
  text: string,
  usualPort: number,
): ServerAddress | undefined {
  const [, scheme, host, port] = FORM.exec(text) ?? [];
  if (host === undefined) return undefined;
  const isHttp = scheme === "http";
  return {
    scheme: isHttp ? "http" : "landline",
    host: host.replace(/^\[|\]$/g, ""),
    port: Number(port ?? (isHttp ? HTTP_PORT : usualPort)),
  };
}
