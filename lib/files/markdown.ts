/**
 * A README in Markdown, as far as people use it there: headings, paragraphs, lists, quotes, code, emphasis, links. What is not
 * understood is shown as it was written; HTML in it is text, always (security.md X1). Pictures are links: the page asks nobody
 * but its own server for anything.
 *
 * Everything is found by expressions without nested repetition, and in one pass (security.md D5).
 *
 * @module
 */

import { escapeHtml, urlPart } from "./html.ts";

/** The text of `source`, as HTML. Its headings begin below that of the section it stands in. */
export function markdownHtml(source: string): string {
  const lines = source.replaceAll("\r\n", "\n").split("\n");
  let html = "";
  for (let at = 0; at < lines.length;) {
    const [block, next] = blockAt(lines, at);
    html += block;
    at = next;
  }
  return html;
}

const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const HEADING = /^ {0,3}(#{1,6}) +(\S.*)$/;
const RULE = /^ {0,3}(?:-[- ]*-[- ]*-|\*[* ]*\*[* ]*\*|_[_ ]*_[_ ]*_)[-*_ ]*$/;
const QUOTE = /^ {0,3}> ?/;
const BULLET = /^ {0,12}[-*+] +/;
const NUMBER = /^ {0,12}\d{1,9}[.)] +/;
const TABLE = /^ {0,3}\|/;
const INDENTED = /^(?: {4}|\t)/;

/** The block that begins in the line `at`, and the line behind it. */
function blockAt(lines: readonly string[], at: number): [string, number] {
  const line = lines[at]!;
  if (line.trim() === "") return ["", at + 1];
  const fence = FENCE.exec(line)?.[1];
  if (fence !== undefined) return fencedAt(lines, at, fence);
  const [, marks, heading] = HEADING.exec(line) ?? [];
  if (marks !== undefined && heading !== undefined) {
    const level = Math.min(marks.length + 2, 6);
    const text = heading.replace(/ #{1,6}$/, "");
    return [`<h${level}>${inlineHtml(text)}</h${level}>\n`, at + 1];
  }
  if (RULE.test(line)) return ["<hr>\n", at + 1];
  if (QUOTE.test(line)) {
    const end = endOf(lines, at, (line) => QUOTE.test(line));
    const text = lines.slice(at, end).map((line) => line.replace(QUOTE, ""));
    return [`<blockquote>${inlineHtml(text.join("\n"))}</blockquote>\n`, end];
  }
  if (BULLET.test(line)) return listAt(lines, at, "ul", BULLET);
  if (NUMBER.test(line)) return listAt(lines, at, "ol", NUMBER);
  // A table is legible as it is written; what is indented is code.
  for (const kind of [TABLE, INDENTED]) {
    if (!kind.test(line)) continue;
    const end = endOf(lines, at, (line) => kind.test(line));
    return [preHtml(lines.slice(at, end)), end];
  }
  const end = endOf(lines, at, isMoreOfParagraph);
  return [`<p>${inlineHtml(lines.slice(at, end).join("\n"))}</p>\n`, end];
}

function fencedAt(
  lines: readonly string[],
  at: number,
  fence: string,
): [string, number] {
  const end = endOf(
    lines,
    at,
    (line) => !line.trimStart().startsWith(fence),
  );
  return [preHtml(lines.slice(at + 1, end)), end + 1];
}

function listAt(
  lines: readonly string[],
  at: number,
  tag: "ul" | "ol",
  mark: RegExp,
): [string, number] {
  const end = endOf(
    lines,
    at,
    (line) => mark.test(line) || isMoreOfParagraph(line),
  );
  const items: string[] = [];
  for (const line of lines.slice(at, end)) {
    if (mark.test(line)) items.push(line.replace(mark, ""));
    else items.push(items.pop() + "\n" + line.trimStart());
  }
  const html = items.map((item) => `<li>${inlineHtml(item)}</li>`).join("");
  return [`<${tag}>${html}</${tag}>\n`, end];
}

/** Whether `line`, behind one of a paragraph, goes on with it. */
function isMoreOfParagraph(line: string): boolean {
  return line.trim() !== "" &&
    ![FENCE, HEADING, RULE, QUOTE, BULLET, NUMBER, TABLE].some((begin) =>
      begin.test(line)
    );
}

/** The first line behind `at` for which `goesOn` does not hold. */
function endOf(
  lines: readonly string[],
  at: number,
  goesOn: (line: string) => boolean,
): number {
  let end = at + 1;
  while (end < lines.length && goesOn(lines[end]!)) end++;
  return end;
}

function preHtml(lines: readonly string[]): string {
  return `<pre>${escapeHtml(lines.join("\n"))}</pre>\n`;
}

/** Code, strong, emphasis, a picture or a link, a bare address. None can contain its own beginning: no text is read twice. */
const INLINE =
  /`([^`\n]+)`|\*\*([^*\n]+)\*\*|\*([^*\s][^*\n]*)\*|!?\[([^[\]\n]*)\]\(([^()\s]{1,500})\)|<?(https?:\/\/[^\s<>"'`]{1,500})>?/g;

function inlineHtml(text: string): string {
  let html = "";
  let at = 0;
  for (const found of text.matchAll(INLINE)) {
    const [all, code, strong, emphasis, label, target, address] = found;
    html += escapeHtml(text.slice(at, found.index));
    at = found.index + all.length;
    if (code !== undefined) html += `<code>${escapeHtml(code)}</code>`;
    else if (strong !== undefined) {
      html += `<strong>${escapeHtml(strong)}</strong>`;
    } else if (emphasis !== undefined) {
      html += `<em>${escapeHtml(emphasis)}</em>`;
    } else if (target !== undefined) {
      html += linkHtml(target, label || target) ?? escapeHtml(all);
    } else if (address !== undefined) {
      html += linkHtml(address, address) ?? escapeHtml(all);
    }
  }
  return html + escapeHtml(text.slice(at));
}

const WEB = /^https?:\/\//i;
const FRAGMENT_OR_QUERY = /[?#].*$/s;

/** A link to a page of the web, or to a file beside the README; `undefined` for anything else, such as `javascript:`. */
function linkHtml(target: string, label: string): string | undefined {
  const text = escapeHtml(label);
  if (WEB.test(target)) {
    return `<a href="${
      escapeHtml(target)
    }" rel="noopener noreferrer">${text}</a>`;
  }
  if (/^[/#?]|:/.test(target)) return undefined;
  const path = target.replace(FRAGMENT_OR_QUERY, "").split("/")
    .map(encodedPart).join("/");
  return `<a href="./${path}">${text}</a>`;
}

/** `part`, which people write encoded or not. */
function encodedPart(part: string): string {
  try {
    return urlPart(decodeURIComponent(part));
  } catch {
    return urlPart(part);
  }
}
