/**
 * The one rule for requests that change something: no page of another site may send them (security.md W5), on every
 * method alike. Programs say nothing about where a request comes from and are let through; browsers do, and cannot be
 * made by a page to say something else:
 *
 * - `Sec-Fetch-Site` (W3C Fetch Metadata) tells how the page and we are related, where a browser sends it at all: to
 *   localhost and over TLS.
 * - `Origin` (RFC 6454 7, Fetch 3.2) names the page's site, on everything but GET and HEAD. It must be the site that the
 *   request itself is sent to.
 * - `Host` must be a name that a stranger cannot own. Else he lets the name of his own page point to this machine (DNS
 *   rebinding), and for the browser the two are one site.
 *
 * @module
 */

/** What a request says about where it comes from and where it goes; each field as it was sent. */
export interface RequestOrigin {
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly secFetchSite: string | undefined;
}

/** A host and its port, `undefined` for the usual one of the scheme. */
interface Authority {
  /** In lower case. */
  readonly host: string;
  readonly port: number | undefined;
}

/** RFC 3986 3.2: no userinfo, no percent-encoding; a name, an IPv4 address or an IP literal (RFC 6874 for the zone). */
const AUTHORITY =
  /^([a-z0-9_.-]+|\[[0-9a-f:.]+(?:%25[a-z0-9_.~-]+)?\])(?::([0-9]{0,5}))?$/i;

/** RFC 6454 6.2; what a list of redirects or `null` is, is never ours. */
const ORIGIN = /^(https?):\/\/(.+)$/i;

const DEFAULT_PORTS: { readonly [scheme: string]: number } = {
  http: 80,
  https: 443,
};

/**
 * Whether a request may change something.
 *
 * @param allowedHosts names that this server is also reached by (`--allow-host`), without ports
 * @returns why not, as a sentence; nothing of the request is in it
 */
export function mayChange(
  { host, origin, secFetchSite }: RequestOrigin,
  allowedHosts: readonly string[],
): string | undefined {
  if (
    secFetchSite !== undefined && secFetchSite !== "same-origin" &&
    secFetchSite !== "none"
  ) return "The request comes from a page of another site";
  // HTTP/1.0 may leave Host out; a browser never does.
  const target = host === undefined ? undefined : parseAuthority(host);
  if (host !== undefined) {
    if (target === undefined) return "The Host field is not a host and a port";
    if (!isOurs(target.host, allowedHosts)) {
      return "The server is asked by a name that may be anybody's; --allow-host NAME allows it";
    }
  }
  if (origin !== undefined && !isSameOrigin(origin, target)) {
    return "The request comes from a page of another site";
  }
  return undefined;
}

function isSameOrigin(origin: string, target: Authority | undefined): boolean {
  const [, scheme = "", authority = ""] = ORIGIN.exec(origin) ?? [];
  const page = parseAuthority(authority);
  if (page === undefined || target === undefined) return false;
  // Host does not say how we are reached: behind a proxy it may be TLS.
  const usual = DEFAULT_PORTS[scheme.toLowerCase()];
  return page.host === target.host &&
    (page.port ?? usual) === (target.port ?? usual);
}

function parseAuthority(text: string): Authority | undefined {
  const [, host, digits = ""] = AUTHORITY.exec(text) ?? [];
  if (host === undefined) return undefined;
  const port = digits === "" ? undefined : Number(digits);
  return port !== undefined && port > 65535
    ? undefined
    : { host: host.toLowerCase(), port };
}

const IPV4 =
  /^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\.(?!$)|$)){4}$/;

/** Numbers that browsers read as an IPv4 address, and then send as four (WHATWG URL, "ends in a number"). */
const ENDS_IN_NUMBER = /(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)$/;

const LABELS = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/;

/**
 * Domains that nobody can buy: RFC 6761 (localhost), 6762 (local), 8375 (home.arpa), ICANN resolution 2024.07.29.06
 * (internal); the others are what routers call a home network, and are not delegated.
 */
const LOCAL_DOMAINS =
  /\.(?:localhost|local|lan|home|internal|home\.arpa|localdomain)$/;

/** Whether no stranger can make a browser believe that `host` is his own site. */
function isOurs(host: string, allowedHosts: readonly string[]): boolean {
  if (host.startsWith("[") || IPV4.test(host)) return true;
  const name = withoutDot(host);
  if (!LABELS.test(name) || ENDS_IN_NUMBER.test(name)) return false;
  return !name.includes(".") || LOCAL_DOMAINS.test(name) ||
    allowedHosts.some((allowed) => withoutDot(allowed.toLowerCase()) === name);
}

/** A name may end in the dot of the root (RFC 1034 3.1). */
function withoutDot(name: string): string {
  return name.endsWith(".") ? name.slice(0, -1) : name;
}
