import { assert, assertEquals, assertMatch } from "@std/assert";
import chunks from "../../testdata/http/chunks.md" with { type: "text" };
import codings from "../../testdata/http/codings.md" with { type: "text" };
import connections from "../../testdata/http/connections.md" with {
  type: "text",
};
import fields from "../../testdata/http/fields.md" with { type: "text" };
import hosts from "../../testdata/http/hosts.md" with { type: "text" };
import lengths from "../../testdata/http/lengths.md" with { type: "text" };
import limits from "../../testdata/http/limits.md" with { type: "text" };
import lines from "../../testdata/http/lines.md" with { type: "text" };
import requestLines from "../../testdata/http/request_lines.md" with {
  type: "text",
};
import targets from "../../testdata/http/targets.md" with { type: "text" };
import { MemoryServer } from "../testing/memory_server.ts";
import { replay } from "../testing/http_replay.ts";
import {
  blockOf,
  bytesOfLines,
  repeated,
  type Section,
  sectionsOf,
  splitsOf,
} from "../testing/vectors.ts";
import { within } from "../testing/within.ts";
import { LINE_BYTES_MAX } from "../wire/request.ts";
import { languageOfLine, languageOfLongLine } from "../wire/sniff.ts";

const FILES = {
  "request_lines": requestLines,
  targets,
  hosts,
  fields,
  lines,
  lengths,
  codings,
  chunks,
  connections,
  limits,
};

/** `testdata/http/README.md`: the lines that tell of events. */
const EVENT =
  /^(?:request|field [!-~]+ ".*"$|target |body(?:-open)? ".*"$|closed$|(?:fault|refused) \d{3} [A-Z])/;

function expectedOf(section: Section): string[] {
  return blockOf(section, "events").lines.map((line) => {
    assertMatch(line, EVENT, section.name);
    return repeated(line);
  });
}

function isUnread(section: Section): boolean {
  const words = blockOf(section, "in").words.slice(1);
  for (const word of words) {
    assertEquals(word, "unread", `${section.name}: there is no such option`);
  }
  return words.length > 0;
}

for (const [file, markdown] of Object.entries(FILES)) {
  for (const section of sectionsOf(markdown)) {
    Deno.test(`HttpServerConnection ${file}.md: ${section.name}`, () => {
      const expected = expectedOf(section);
      const unread = isUnread(section);
      const options = {
        readsBody: () => !unread,
        parsesTargets: file === "targets",
      };
      const bytes = bytesOfLines(blockOf(section, "in").lines, "\r\n");
      for (const pieces of splitsOf(bytes)) {
        assertEquals(
          replay(pieces, options),
          expected,
          `cut into pieces of ${
            pieces.slice(0, 5).map((piece) => piece.length)
          } bytes`,
        );
      }
    });
  }
}

/** Whether the first line of a connection that begins with `bytes` makes it HTTP; else the machine never sees it. */
function isSniffed(bytes: Uint8Array): boolean {
  const text = String.fromCharCode(...bytes.subarray(0, LINE_BYTES_MAX + 1));
  const end = text.indexOf("\n");
  const language = end < 0
    ? languageOfLongLine(text)
    : languageOfLine(text.slice(0, end).replace(/\r$/, ""));
  return language === "http";
}

/**
 * A server that takes no uploads answers without reading bodies. So there is one answer to each request and each fault,
 * and nothing else, and the last one says that the connection ends if it does.
 */
async function checkServed(bytes: Uint8Array): Promise<void> {
  const options = { readsBody: () => false, parsesTargets: true };
  const events = replay([bytes], options).filter((line) =>
    /^(?:request|fault|closed)/.test(line)
  );
  await using server = new MemoryServer({ files: { "a.txt": "a" } });
  const { peer } = server.browse();
  await peer.send(bytes);
  await peer.end();
  for (const [at, event] of events.entries()) {
    if (event === "closed") continue;
    const [kind, word = ""] = event.split(" ");
    const answer = await within(event, peer.answer(word));
    if (kind === "fault") assertEquals(`${answer.status}`, word);
    assertEquals(
      answer.fields.get("connection") === "close",
      kind === "fault" || events[at + 1] === "closed",
      `${event}: ${answer.lines}`,
    );
  }
  assertEquals((await within("the end", peer.rest())).length, 0);
  peer.close();
}

for (const [file, markdown] of Object.entries(FILES)) {
  Deno.test(`the server answers to each vector of ${file}.md just what was asked`, async () => {
    for (const section of sectionsOf(markdown)) {
      const bytes = bytesOfLines(blockOf(section, "in").lines, "\r\n");
      if (!isSniffed(bytes)) continue;
      try {
        await checkServed(bytes);
      } catch (cause) {
        throw new Error(section.name, { cause });
      }
    }
  });
}

Deno.test("testdata/http has no two vectors of one name, and each says which rule it is about", () => {
  const seen = new Set<string>();
  for (const [file, markdown] of Object.entries(FILES)) {
    for (const { name } of sectionsOf(markdown)) {
      assert(!seen.has(name), name);
      assertMatch(name, /^[a-z0-9_]+$/);
      seen.add(name);
    }
    for (const section of markdown.split("\n## ").slice(1)) {
      const [name, said] = section.split("```", 1)[0]!.split(/\n(.*)/s);
      assertMatch(
        said!,
        /RFC (?:9110|9112|3986|3629) \d/,
        `${file}.md ${name}`,
      );
    }
  }
  assert(seen.size > 150, "The vectors are not found");
});
