/**
 * What all pages of ours begin with, and where what they are made of is served.
 *
 * @module
 */

import { nameHtml } from "./html.ts";

/** Where the files of `web/` are served: under a name that no file of a user can have (names/name.ts, RESERVED_PREFIX). */
export const ASSETS_PATH = "/.landline/";

/**
 * The beginning of a page, up to its body.
 *
 * @param assets where its files are: `ASSETS_PATH`, and a version behind it
 * @param wanted styles and scripts, by their path below that
 * @param viewport what is asked of small screens beside their own width
 */
export function headHtml(
  title: string,
  assets: string,
  wanted: readonly string[],
  viewport = "",
): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1${viewport}">
<meta name="color-scheme" content="light dark">
<title>${nameHtml(title)}</title>
<link rel="icon" type="image/svg+xml" href="${assets}icon.svg">
${
    wanted.map((name) =>
      name.endsWith(".css")
        ? `<link rel="stylesheet" href="${assets}${name}">`
        : `<script type="module" src="${assets}${name}"></script>`
    ).join("\n")
  }
</head>
`;
}
