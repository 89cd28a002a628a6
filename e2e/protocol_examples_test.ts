import { assertEquals } from "@std/assert";
import protocol from "../docs/protocol.md" with { type: "text" };
import {
  type Conversation,
  exchangesOf,
  withAnyWords,
} from "../lib/testing/exchanges.ts";
import { startServer, type TestServer } from "../lib/testing/servers.ts";
import { sectionsOf } from "../lib/testing/vectors.ts";
import { textOf } from "../lib/testing/wire_peer.ts";
import { within } from "../lib/testing/within.ts";

const BLOCKS = sectionsOf(protocol).flatMap(({ blocks }) => blocks);
const FILES: Record<string, string> = JSON.parse(
  BLOCKS.find(({ words }) => words.join(" ") === "json folder")!.lines.join(""),
);
const CHANGED_AT = new Date(1_700_000_000_000);

async function serverWith(flags: readonly string[]): Promise<TestServer> {
  const server = await startServer({ args: flags, files: FILES });
  for (const name of Object.keys(FILES)) {
    await Deno.utime(`${server.folder}/${name}`, CHANGED_AT, CHANGED_AT);
  }
  return server;
}

async function converse(
  server: TestServer,
  { sent, serverEnds }: Conversation,
  pieceBytes: number,
): Promise<string> {
  using peer = await server.connect();
  const bytes = new TextEncoder().encode(sent);
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    // A server that has ended the connection takes no more.
    await peer.send(bytes.subarray(at, at + pieceBytes)).catch(() => {});
  }
  if (!serverEnds) await peer.end();
  return textOf(await within("the end", peer.rest()));
}

for (const { name, flags, conversations } of exchangesOf(protocol)) {
  Deno.test(`server.ts does what docs/protocol.md shows in ${name}`, async () => {
    for (const pieceBytes of [Infinity, 1]) {
      await using server = await serverWith(flags);
      for (const conversation of conversations) {
        const received = await converse(server, conversation, pieceBytes);
        assertEquals(
          withAnyWords(received, conversation.received),
          conversation.received,
        );
      }
    }
  });
}

/** The commands of "A client in nc", in order. */
const COMMANDS = BLOCKS.filter(({ words }) => words[0] === "sh")
  .map(({ lines }) => lines.join("\n"));

function hasNc(): boolean {
  try {
    new Deno.Command("nc", { args: ["-h"], stderr: "null" }).outputSync();
    return true;
  } catch {
    return false;
  }
}

Deno.test({
  name: "server.ts talks to nc as docs/protocol.md shows",
  ignore: !hasNc(), // Debian: apt-get install netcat-openbsd
  async fn() {
    await using server = await serverWith(["--allow-upload"]);
    const here = await Deno.makeTempDir();
    try {
      const printed: string[] = [];
      for (const command of COMMANDS) {
        const shell = new Deno.Command("sh", {
          args: [
            "-c",
            command.replaceAll("HOST", "127.0.0.1")
              .replaceAll("PORT", `${server.port}`),
          ],
          cwd: here,
        });
        const { stdout } = await within(command, shell.output());
        printed.push(textOf(stdout));
      }
      const [names, file, check, upload] = printed;
      assertEquals(printed.length, 4);
      assertEquals(names, "bio.txt\nnotes/to do.txt\nodd\\nname.txt\n");
      assertEquals(file, "");
      assertEquals(
        await Deno.readTextFile(`${here}/bio.txt`),
        FILES["bio.txt"],
      );
      assertEquals(check, "bio.txt: OK\n");
      assertEquals(upload?.split("\n").slice(1), ["copy.txt", "OK 0", ""]);
      assertEquals(
        await Deno.readTextFile(`${server.folder}/copy.txt`),
        FILES["bio.txt"],
      );
    } finally {
      await Deno.remove(here, { recursive: true });
    }
  },
});
