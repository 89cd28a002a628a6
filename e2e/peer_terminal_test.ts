import { assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { patterned } from "../lib/testing/content.ts";
import { SyncSite } from "../lib/testing/sync_site.ts";
import { HAS_TMUX, shellWord, Tmux } from "../lib/testing/tmux.ts";

const PEER = fromFileUrl(new URL("../peer.ts", import.meta.url));

Deno.test({
  name:
    `peer.ts at a terminal shows how far it is, and keeps that line apart from its log${
      HAS_TMUX ? "" : " (there is no tmux here)"
    }`,
  ignore: !HAS_TMUX,
  fn: async () => {
    await using site = await SyncSite.start();
    const anna = site.peer("anna");
    anna.write("big.bin", patterned(20_000_000, 1));
    await anna.start();
    await site.settled();
    // Who has the file stands still: the transfer is under way until that goes on.
    anna.process.signal("SIGSTOP");
    const { folder } = site.peer("bob");
    const words = [
      Deno.execPath(),
      "run",
      "-A",
      PEER,
      "--tracker",
      `127.0.0.1:${site.port}`,
      "--dir",
      folder,
    ];
    await using screen = await Tmux.start(words.map(shellWord).join(" "), {
      columns: 100,
    });
    await screen.until(/^receiving {2}0\/1 files {2}.* of 20 MB \(\d+%\)/m);
    // Its own change comes between.
    Deno.writeTextFileSync(`${folder}/mine`, "x");
    await screen.until(/added mine \(1 B\)\nreceiving /);
    anna.process.signal("SIGCONT");
    const text = await screen.until(/added big\.bin \(20 MB\) from anna$/);
    assertNotMatch(text, /receiving/);
    assertMatch(text, /^Syncing .*Stop with Ctrl-C\.\n/);
    await screen.type("C-c");
    await screen.until(/ended with 0$/);
    assertEquals(Deno.statSync(`${folder}/big.bin`).size, 20_000_000);
  },
});
