import { assert, assertEquals } from "@std/assert";
import { contentTypeOf, kindOfMedia } from "./media_types.ts";

const TYPES: Record<string, string> = {
  "index.html": "text/html; charset=utf-8",
  "page.htm": "text/html; charset=utf-8",
  "style.css": "text/css; charset=utf-8",
  "app.js": "text/javascript; charset=utf-8",
  "app.mjs": "text/javascript; charset=utf-8",
  "app.cjs": "text/javascript; charset=utf-8",
  "data.json": "application/json; charset=utf-8",
  "app.js.map": "application/json; charset=utf-8",
  "site.webmanifest": "application/manifest+json; charset=utf-8",
  "feed.xml": "application/xml; charset=utf-8",
  "feed.atom": "application/atom+xml; charset=utf-8",
  "icon.svg": "image/svg+xml; charset=utf-8",
  "module.wasm": "application/wasm",
  "readme.txt": "text/plain; charset=utf-8",
  "README.md": "text/markdown; charset=utf-8",
  "server.log": "text/plain; charset=utf-8",
  "rows.csv": "text/csv; charset=utf-8",
  "rows.jsonl": "text/plain; charset=utf-8",
  "main.ts": "text/plain; charset=utf-8",
  "main.tsx": "text/plain; charset=utf-8",
  "main.py": "text/plain; charset=utf-8",
  "main.rs": "text/plain; charset=utf-8",
  "main.c": "text/plain; charset=utf-8",
  "run.sh": "text/plain; charset=utf-8",
  "config.toml": "text/plain; charset=utf-8",
  "fix.patch": "text/plain; charset=utf-8",
  "config.yaml": "text/yaml; charset=utf-8",
  "subtitles.vtt": "text/vtt; charset=utf-8",
  "photo.jpg": "image/jpeg",
  "PHOTO.JPG": "image/jpeg",
  "photo.jpeg": "image/jpeg",
  "photo.png": "image/png",
  "photo.gif": "image/gif",
  "photo.webp": "image/webp",
  "photo.avif": "image/avif",
  "photo.heic": "image/heic",
  "favicon.ico": "image/vnd.microsoft.icon",
  "film.mp4": "video/mp4",
  "film.m4v": "video/mp4",
  "film.webm": "video/webm",
  "film.mkv": "video/x-matroska",
  "film.mov": "video/quicktime",
  "camera.mts": "video/mp2t",
  "song.mp3": "audio/mpeg",
  "song.m4a": "audio/mp4",
  "song.flac": "audio/flac",
  "song.ogg": "audio/ogg",
  "song.opus": "audio/ogg",
  "song.wav": "audio/wav",
  "font.woff2": "font/woff2",
  "paper.pdf": "application/pdf",
  "book.epub": "application/epub+zip",
  "letter.docx":
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  "all.zip": "application/zip",
  "all.tar": "application/x-tar",
  "all.tar.gz": "application/gzip",
  "all.tgz": "application/gzip",
  "all.zst": "application/zstd",
  "all.7z": "application/x-7z-compressed",
  "disk.iso": "application/octet-stream",
  README: "text/plain; charset=utf-8",
  "a.b/LICENSE": "text/plain; charset=utf-8",
  Makefile: "text/plain; charset=utf-8",
};

Deno.test("contentTypeOf() knows what people keep in a folder, with the charset of text", () => {
  for (const [name, type] of Object.entries(TYPES)) {
    assertEquals(contentTypeOf(name), type, name);
    assertEquals(contentTypeOf("some.html/" + name), type, name);
  }
});

Deno.test("contentTypeOf() calls everything else bytes, and never HTML (X5)", () => {
  const unknown = [
    "",
    "noextension",
    "x.",
    "x.unheard-of",
    ".html",
    "a/.html",
    "x.html.",
    "x.html ",
    "x.html\n",
    "x.html\0",
    "x.ht\u00admI",
    "html",
    "index.html/x",
    "x.html/",
    "x.a\\b.html\\x",
    "__proto__",
    "x.__proto__",
    "x.constructor",
    "x.toString",
    "x." + "y".repeat(250),
  ];
  for (const name of unknown) {
    assertEquals(contentTypeOf(name), "application/octet-stream", name);
  }
});

Deno.test("contentTypeOf() gives what can stand in a header line", () => {
  for (const name of Object.keys(TYPES)) {
    assert(
      /^[a-z]+\/[a-z0-9.+-]+(; charset=utf-8)?$/.test(contentTypeOf(name)),
    );
  }
});

const KINDS: Record<string, string> = {
  picture: "a.jpg a.PNG a.svg a.webp a.heic a.psd a.ico",
  audio: "a.mp3 a.opus a.flac a.wav a.m4a a.mid",
  video: "a.mp4 a.mkv a.webm a.mov a.avi a.mts",
  text: "a.txt a.md a.ts a.json a.xml a.html a.csv a.jsonl README a.yaml a.js",
  archive:
    "a.zip a.tar a.tar.gz a.tgz a.7z a.rar a.xz a.zst a.br a.iso a.deb a.dmg",
  document: "a.pdf a.docx a.xls a.odt a.epub a.pptx a.rtf",
  other: "a a. a.bin a.exe a.wasm a.woff2 a.unheard-of .txt",
};

for (const [kind, names] of Object.entries(KINDS)) {
  Deno.test(`kindOfMedia() sees ${kind} in ${names}`, () => {
    for (const name of names.split(" ")) {
      assertEquals(kindOfMedia(name), kind, name);
    }
  });
}
