import { assertEquals } from "@std/assert";
import firstLine from "../../testdata/chat/first_line.md" with { type: "text" };
import lines from "../../testdata/chat/lines.md" with { type: "text" };
import messages from "../../testdata/chat/messages.md" with { type: "text" };
import questions from "../../testdata/chat/questions.md" with { type: "text" };
import { listenChat } from "../testing/chat_fuzzing.ts";
import {
  blockOf,
  bytesOfLines,
  repeated,
  sectionsOf,
  splitsOf,
} from "../testing/vectors.ts";

for (
  const [file, markdown] of Object.entries({
    firstLine,
    lines,
    messages,
    questions,
  })
) {
  for (const section of sectionsOf(markdown)) {
    Deno.test(`ChatServerConnection ${file}: ${section.name}`, () => {
      const bytes = bytesOfLines(blockOf(section, "in").lines);
      const expected = blockOf(section, "events").lines.map(repeated);
      for (const pieces of splitsOf(bytes)) {
        const cut = pieces.slice(0, 5).map((piece) => piece.length);
        assertEquals(listenChat(pieces), expected, `cut into ${cut}`);
      }
    });
  }
}
