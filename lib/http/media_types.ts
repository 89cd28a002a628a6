/**
 * What a file is, by its name: the Content-Type it is sent with (RFC 9110 8.3), and its kind for the page.
 *
 * The types are those of `mime` (the registry of IANA and what servers made of it), but for the rows below. A name without
 * an extension that is known is bytes: never guessed from its content, and never HTML (security.md X5).
 *
 * @module
 */

import mime from "mime";

/** What a person sees in a file: decides about its icon and how it is shown. */
export type MediaKind =
  | "picture"
  | "audio"
  | "video"
  | "text"
  | "archive"
  | "document"
  | "other";

interface Media {
  readonly type: string;
  readonly kind: MediaKind;
}

const BYTES: Media = { type: "application/octet-stream", kind: "other" };

/**
 * Extensions that `mime` does not know or that are something else to the people who use this: source code is read and not
 * downloaded (`.ts` is TypeScript here and not a stream of television), and films and music are called what browsers play.
 */
const OURS: { readonly [type: string]: string } = {
  "text/plain":
    "adoc astro awk bash bat bib c cc cfg clj cmake cmd cpp cs cts cxx d dart diff ex exs fish fs gd go gradle groovy h " +
    "hpp hs hxx inc java jl jsonl kt kts less lisp lock lua m mk mm ndjson nfo nim nix org pas patch php pl pm proto ps1 " +
    "py pyi r rb rs rst s sass scala scss service sh sql srt svelte swift tcl tex tf toml ts tsx vb vim vue zig zsh",
  "text/javascript": "cjs",
  "text/markdown": "mdown mkd",
  "audio/flac": "flac",
  "video/mp4": "m4v",
  "application/zstd": "zst",
  "application/x-xz": "xz txz",
  "application/x-bzip2": "tbz2",
  "application/gzip": "tgz",
};

/** Files that are text and have no extension. */
const TEXT_NAMES = new Set([
  "authors",
  "changelog",
  "changes",
  "codeowners",
  "contributing",
  "contributors",
  "copying",
  "dockerfile",
  "gemfile",
  "history",
  "install",
  "jenkinsfile",
  "licence",
  "license",
  "makefile",
  "news",
  "notice",
  "procfile",
  "rakefile",
  "readme",
  "thanks",
  "todo",
  "vagrantfile",
  "version",
]);

const TEXT: Media = { type: "text/plain; charset=utf-8", kind: "text" };

const ARCHIVES = new Set(
  ("7z apk br bz2 cab deb dmg gz iso jar lz lz4 lzma rar rpm tar tbz2 tgz txz war xz z zip zst")
    .split(" "),
);
const DOCUMENTS = new Set(
  ("azw3 djvu doc docm docx dot dotx epub key mobi numbers odp ods odt ott pages pdf pot pps ppsx ppt pptm pptx ps rtf " +
    "xls xlsb xlsm xlsx xps").split(" "),
);

/** Types of text whose name does not begin with `text/` (RFC 6839, 7303, 8259). */
const STRUCTURED_TEXT =
  /^application\/(?:json|xml|javascript|ecmascript|yaml)$|\+(?:json|xml)$/;

/** Extension in lower case -> media, for those that are known: no name that somebody makes up is kept. */
const known = new Map<string, Media>();
for (const [type, extensions] of Object.entries(OURS)) {
  for (const extension of extensions.split(" ")) {
    known.set(extension, mediaOfType(type, extension));
  }
}

/** The value of Content-Type for the file `name`, which may have folders in front. */
export function contentTypeOf(name: string): string {
  return mediaOf(name).type;
}

/** What kind of a file `name` is. */
export function kindOfMedia(name: string): MediaKind {
  return mediaOf(name).kind;
}

function mediaOf(name: string): Media {
  const from = name.lastIndexOf("/") + 1;
  const dot = name.lastIndexOf(".");
  // `.gz` is a hidden file and has no extension.
  if (dot <= from) {
    return TEXT_NAMES.has(name.slice(from).toLowerCase()) ? TEXT : BYTES;
  }
  const extension = name.slice(dot + 1).toLowerCase();
  const found = known.get(extension);
  if (found !== undefined) return found;
  const type = mime.getType(extension);
  if (type === null) {
    return { type: BYTES.type, kind: kindByExtension(extension) };
  }
  const media = mediaOfType(type, extension);
  known.set(extension, media);
  return media;
}

function mediaOfType(type: string, extension: string): Media {
  const isText = type.startsWith("text/") || STRUCTURED_TEXT.test(type);
  return {
    // Nobody writes files in other charsets any more; JSON is always UTF-8 (RFC 8259 8.1), and saying so does no harm.
    type: isText ? `${type}; charset=utf-8` : type,
    kind: type.startsWith("image/")
      ? "picture"
      : type.startsWith("audio/")
      ? "audio"
      : type.startsWith("video/")
      ? "video"
      : isText
      ? "text"
      : kindByExtension(extension),
  };
}

function kindByExtension(extension: string): MediaKind {
  if (ARCHIVES.has(extension)) return "archive";
  return DOCUMENTS.has(extension) ? "document" : "other";
}
