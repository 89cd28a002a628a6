/**
 * What a client would like to get (RFC 9110 12.5): which of the codings that there are, and which form of a listing.
 *
 * @module
 */

/** Content codings, the one we like to send most first. */
export const CODINGS = ["br", "zstd", "gzip"] as const;
export type Coding = typeof CODINGS[number];

/** A member of a list with weights. */
interface Weighted {
  /** In lower case. */
  readonly value: string;
  /** 0 for "not this", else up to 1. */
  readonly weight: number;
}

/** RFC 9110 12.4.2: up to three decimals. */
const WEIGHT = /^[ \t]*q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)[ \t]*$/i;

/**
 * The members of a list with weights (RFC 9110 12.4.2); those whose weight is none are left out. A parameter with a comma
 * in quotes is cut in two, as no value that we look for has one.
 */
function weighted(list: string): Weighted[] {
  const members: Weighted[] = [];
  for (const member of list.split(",")) {
    const [value = "", ...parameters] = member.split(";");
    const last = parameters.at(-1);
    const isWeighted = last !== undefined && /^[ \t]*q=/i.test(last);
    const weight = isWeighted ? WEIGHT.exec(last)?.[1] : "1";
    if (weight === undefined) continue;
    members.push({ value: value.trim().toLowerCase(), weight: Number(weight) });
  }
  return members;
}

/**
 * Which coding to send (RFC 9110 12.5.3): what the client weighs most; of equals the first of `CODINGS`, and without any
 * rather than one it weighs less.
 *
 * @param acceptEncoding the value of the field; without it nothing is compressed, as clients that leave it out expect
 * @param given those there are
 * @returns "identity" also where that is refused and there is nothing else: 12.5.3 lets a server send it all the same
 */
export function chooseCoding(
  acceptEncoding: string | undefined,
  given: readonly Coding[],
): Coding | "identity" {
  if (acceptEncoding === undefined || given.length === 0) return "identity";
  const members = weighted(acceptEncoding);
  const weightOf = (coding: string): number | undefined =>
    (members.find(({ value }) => nameOf(value) === coding) ??
      members.find(({ value }) => value === "*"))?.weight;
  let chosen: Coding | "identity" = "identity";
  // Not named, identity is welcome, but less than anything that is (12.5.3).
  let most = weightOf("identity") ?? Number.MIN_VALUE;
  for (const coding of CODINGS) {
    if (!given.includes(coding)) continue;
    const weight = weightOf(coding) ?? 0;
    const isBetter = chosen === "identity" ? weight >= most : weight > most;
    if (weight === 0 || !isBetter) continue;
    chosen = coding;
    most = weight;
  }
  return chosen;
}

/** RFC 9110 8.4.1.3: x-gzip is another name for gzip. */
function nameOf(coding: string): string {
  return coding === "x-gzip" ? "gzip" : coding;
}

/** Forms of a listing, the one for people first. */
const FORMS = [
  { form: "html", type: "text/html" },
  { form: "json", type: "application/json" },
  { form: "text", type: "text/plain" },
] as const;
export type ListingForm = typeof FORMS[number]["form"];

/**
 * In which form to give a listing: what the client weighs most; of equals what it names rather than what a `*` allows,
 * and HTML where it does not matter. So browsers and curl (`*\/*`) get HTML; `application/json, text/plain, *\/*`, as
 * scripts send it, gets JSON (so does Caddy).
 */
export function listingForm(accept: string | undefined): ListingForm {
  if (accept === undefined) return "html";
  const members = weighted(accept);
  let best: ListingForm = "html";
  let most = 0;
  for (const { form, type } of FORMS) {
    const { weight, isNamed } = weightOfType(members, type);
    // Weights have three decimals.
    const merit = weight === 0 ? 0 : weight + (isNamed ? 0.0001 : 0);
    if (merit <= most) continue;
    best = form;
    most = merit;
  }
  return best;
}

/** Whether the client names HTML: then it is a browser, and an error is worth a page. */
export function prefersHtml(accept: string | undefined): boolean {
  if (accept === undefined) return false;
  const { weight, isNamed } = weightOfType(weighted(accept), "text/html");
  return isNamed && weight > 0;
}

/** RFC 9110 12.5.1: the most specific member counts. */
function weightOfType(
  members: readonly Weighted[],
  type: string,
): { weight: number; isNamed: boolean } {
  const find = (range: string) => members.find(({ value }) => value === range);
  const named = find(type);
  if (named !== undefined) return { weight: named.weight, isNamed: true };
  const range = find(type.slice(0, type.indexOf("/")) + "/*") ?? find("*/*");
  return { weight: range?.weight ?? 0, isNamed: false };
}
