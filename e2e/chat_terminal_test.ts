import { assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import {
  chat,
  CHAT_CLIENT,
  startChatClient,
  startChatServer,
} from "../lib/testing/chats.ts";
import { ownPort } from "../lib/testing/ports.ts";
import { HAS_TMUX, shellWord, Tmux } from "../lib/testing/tmux.ts";

/** Who came and left: the server tells that when a quarter of a second is over, wherever that falls. */
const COMINGS = /^[+-] .*\n/gm;

/** A terminal with the client of alice, on which nobody is seen to come and leave. */
function terminal(
  port: number,
  args: readonly string[] = ["--username", "alice"],
  { columns = 80, environment = "" } = {},
): Promise<Tmux> {
  const command = [
    Deno.execPath(),
    "run",
    "-A",
    CHAT_CLIENT,
    "--ip",
    "127.0.0.1",
    "--port",
    `${port}`,
    ...args,
  ];
  // Whoever runs the tests may want no colours (.ci/run does); what is tested here is said here.
  return Tmux.start(
    `env -u NO_COLOR ${environment} ${command.map(shellWord).join(" ")}`,
    { columns, without: COMINGS },
  );
}

function atTerminal(name: string, fn: () => Promise<void>): void {
  Deno.test({
    name: HAS_TMUX ? name : `${name} (there is no tmux here)`,
    ignore: !HAS_TMUX,
    fn,
  });
}

atTerminal(
  "chat_client.ts leaves the line that is being typed as it is while others talk",
  async () => {
    await using server = await startChatServer();
    await using screen = await terminal(server.port, undefined, {
      columns: 40,
    });
    await screen.until(/^alice> *$/m);
    // Longer than the terminal is wide, with the cursor inside of it.
    const typed = "a line that is longer than forty columns are wide, twice";
    await screen.type(typed);
    await screen.until(/twice$/);
    await screen.type("Left", "Left", "Left", "Left", "Left");
    await chat(server.port, "bob", "one\ntwo | alice\n/me waves\n");
    const text = await screen.until(/waves\n/);
    assertMatch(
      text,
      /^You are alice at .*\nbob\|one\nbob\|two\n\* bob waves\nalice> a line [^\n]*twice$/,
    );
    await screen.type("exactly ");
    await screen.until(/wide, exactly twice$/);
    await screen.type("Enter");
    await screen.until(/twice\nalice>$/);
    await screen.type("C-d");
    await screen.until(/\nended with 0$/);
    const { stdout } = await chat(server.port, "carol", "/history 1\n");
    assertEquals(stdout, `alice|${typed.replace("twice", "exactly twice")}\n`);
  },
);

atTerminal("chat_client.ts takes a pasted block of 50 lines", async () => {
  await using server = await startChatServer();
  await using bob = startChatClient(server.port, "bob", ["--quiet"]);
  await bob.type("/who\n");
  await bob.stderr.until(/here/);
  await using screen = await terminal(server.port);
  await screen.until(/^alice> *$/m);
  const lines = Array.from({ length: 50 }, (_, i) => `line ${i} of 50\t| x`);
  await screen.paste(lines.join("\n") + "\n");
  await bob.stdout.until(/line 49.*\n/);
  await bob.endInput();
  const { stdout } = await bob.ended();
  const seen = lines.map((line) => `alice|${line.replace("\t", "\\t")}\n`);
  assertEquals(stdout, seen.join(""));
});

atTerminal(
  "chat_client.ts completes names and commands, and obeys /nick, /who, /help and /quit",
  async () => {
    await using server = await startChatServer();
    await using bob = startChatClient(server.port, "Mary Ann", ["--quiet"]);
    await bob.type("/who\n");
    await bob.stderr.until(/here/);
    await using screen = await terminal(server.port);
    await screen.type("/w");
    await screen.until(/alice> \/w$/);
    await screen.type("Tab");
    await screen.until(/alice> \/who$/);
    await screen.type("Enter");
    await screen.until(/\n2 here: alice, Mary Ann\nalice>$/);
    await screen.type("hi | M");
    await screen.until(/hi \| M$/);
    await screen.type("Tab");
    await screen.until(/hi \| Mary Ann$/);
    await screen.type("Enter");
    await bob.stdout.until(/^alice\|hi\n$/);
    await screen.type("/nick Ålice", "Enter");
    await screen.until(/You are Ålice now\nÅlice>$/);
    await screen.type("/help", "Enter");
    await screen.until(/hello \| bob .*to bob alone/);
    await screen.type("x | nobody", "Enter");
    await screen.until(/Not sent: "x \| nobody": .*\nÅlice>$/);
    await screen.type("/quit", "Enter");
    await screen.until(/\nended with 0$/);
  },
);

atTerminal(
  "chat_client.ts shows colours, old lines less loud, and what drives a terminal escaped",
  async () => {
    await using server = await startChatServer();
    const attack = "\x1b[31mred\x1b[2J \u202eevil";
    await chat(server.port, "bob", "of yesterday\n");
    await using screen = await terminal(server.port);
    await screen.until(/^bob\|of yesterday$/m);
    await chat(server.port, "bob", `${attack}\n${attack} | alice\n`);
    await screen.until(
      /(?:^bob\|\\x1b\[31mred\\x1b\[2J \\u\{202e\}evil\n){2}/m,
    );
    const coloured = await screen.coloured();
    assertMatch(coloured, /\x1b\[2mYou are/);
    assertMatch(coloured, /\x1b\[2m[^\x1b]*bob\|of yesterday\n/);
    assertMatch(coloured, /\x1b\[\d+mbob\x1b\[\S*m\|\\x1b/);
    assertMatch(coloured, /\x1b\[1mbob|\x1b\[1m\x1b\[\d+mbob|\x1b\[1;\d+mbob/);
    assertNotMatch(coloured, /\x1b\[31m/);
    await screen.type("C-c");
    await screen.until(/\nended with 130$/);
  },
);

atTerminal(
  "chat_client.ts has no colours where they are not wanted",
  async () => {
    await using server = await startChatServer();
    await chat(server.port, "bob", "of yesterday\n");
    for (
      const [args, environment] of [
        [["--color", "never"], ""],
        [[], "NO_COLOR=1"],
        [[], "TERM=dumb"],
      ] as const
    ) {
      await using screen = await terminal(
        server.port,
        ["--username", "alice", ...args],
        { environment },
      );
      await screen.until(/^bob\|of yesterday$/m);
      assertNotMatch(await screen.coloured(), /\x1b\[\d+mbob/);
    }
  },
);

atTerminal(
  "chat_client.ts asks who you are, and says when it is lost and back",
  async () => {
    const port = ownPort();
    await using first = await startChatServer("--port", `${port}`);
    await using screen = await terminal(port, ["--history", "0"]);
    await screen.until(/Your name:$/);
    await screen.type("alice", "Enter");
    await screen.until(/^alice>$/m);
    await screen.type("half a li");
    await screen.until(/half a li$/);
    await first.kill();
    await screen.until(
      /\nLost the server: .*; trying again\.\.\.\n.*half a li$/,
    );
    await using _second = await startChatServer("--port", `${port}`);
    await screen.until(/\nBack\nalice> half a li$/);
  },
);
