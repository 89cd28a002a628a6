import { assert, assertEquals, assertThrows } from "@std/assert";
import { toBytes } from "../bytes/ascii.ts";
import type { Batch, ChatStore, Stored } from "../chat/store.ts";
import { type ChatStoreOptions, openChatStore } from "./chat_store.ts";

/** Runs `test` with the path of a database that is not there yet. */
async function withFile(
  test: (path: string) => void | Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "landline-chat-" });
  try {
    await test(`${folder}/chat.sqlite`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function commit(store: ChatStore, lastId: number, batch: Partial<Batch> = {}) {
  const lines = toBytes(`message|${lastId}|0|a|*|x\n`);
  store.commit({ lastId, lines, keys: [], people: [], ...batch });
}

/** What is stored, as plain values. */
function loaded({ lines, keys, people, ...rest }: Stored) {
  return {
    ...rest,
    lines: [...lines].map((bytes) => new TextDecoder().decode(bytes)).join(""),
    keys: [...keys],
    people: [...people],
  };
}

function reopened(path: string, options?: ChatStoreOptions) {
  const store = openChatStore(path, options);
  try {
    return loaded(store.load());
  } finally {
    store.close();
  }
}

Deno.test("openChatStore() gives back what was committed, in the order of use", async () => {
  await withFile((path) => {
    const store = openChatStore(path);
    const { epoch } = store.load();
    const [a, b] = ["a", "b"].map((key) => ({ key, number: 1, refusals: "" }));
    const [x, y] = ["x", "y"].map((name) => ({
      folded: name,
      shown: name.toUpperCase(),
      seen: 0,
    }));
    commit(store, 1, { keys: [a!, b!], people: [x!, y!] });
    commit(store, 2, {
      keys: [{ ...a!, number: 7, refusals: "refused|7|unknown|x\n" }],
      people: [{ ...x!, seen: 2 }],
    });
    commit(store, 2, { lines: new Uint8Array(), people: [] });
    store.close();
    assertEquals(reopened(path), {
      epoch,
      lastId: 2,
      lines: "message|1|0|a|*|x\nmessage|2|0|a|*|x\n",
      keys: [b!, { key: "a", number: 7, refusals: "refused|7|unknown|x\n" }],
      people: [y!, { folded: "x", shown: "X", seen: 2 }],
    });
  });
});

Deno.test("openChatStore() skips IDs where it was not closed: after a power cut some that were seen are missing", async () => {
  await withFile((path) => {
    const killed = openChatStore(path);
    commit(killed, 5);
    // What a killed program leaves: the database and its journal.
    for (const end of ["", "-wal"]) {
      Deno.copyFileSync(path + end, `${path}2${end}`);
    }
    killed.close();
    assertEquals(reopened(path).lastId, 5);
    const { lastId, lines } = reopened(`${path}2`);
    assert(lastId > 100_000);
    assertEquals(lines, "message|5|0|a|*|x\n");
  });
});

Deno.test("openChatStore() refuses a database that another server has", async () => {
  await withFile((path) => {
    const store = openChatStore(path);
    assertThrows(() => openChatStore(path), Error, "another server has it");
    store.close();
    openChatStore(path).close();
  });
});

Deno.test("openChatStore() refuses what is no database, and a format that it does not know", async () => {
  await withFile((path) => {
    Deno.writeTextFileSync(path, "x".repeat(5000));
    assertThrows(() => openChatStore(path), Error, "not a database");
    Deno.removeSync(path);
    const store = openChatStore(path);
    commit(store, 1);
    store.close();
    const bytes = Deno.readFileSync(path);
    const text = new TextDecoder("latin1").decode(bytes);
    const at = text.indexOf("format1") + "format".length;
    assert(at > 10);
    bytes[at] = "2".charCodeAt(0);
    Deno.writeFileSync(path, bytes);
    assertThrows(() => openChatStore(path), Error, "newer Landline");
  });
});

Deno.test("openChatStore() lets the oldest lines go, and the names and KEYs that were not used for longest", async () => {
  await withFile((path) => {
    const options = { linesBytesMax: 1_000_000, rowsMax: 10 };
    const store = openChatStore(path, options);
    const lines = toBytes("message|1|0|a|*|" + "x".repeat(50_000) + "\n");
    for (let id = 1; id <= 400; id++) {
      const name = `n${id % 40}`;
      commit(store, id, {
        lines,
        keys: [{ key: name, number: id, refusals: "" }, {
          key: "often",
          number: id,
          refusals: "",
        }],
        people: [{ folded: name, shown: name, seen: id }],
      });
    }
    store.close();
    const { lines: kept, keys, people, lastId } = reopened(path, options);
    assertEquals(lastId, 400);
    assert(kept.length > 500_000 && kept.length < 1_400_000, `${kept.length}`);
    // Looked at now and then: more than that in between.
    assert(keys.length < 60 && keys.some(({ key }) => key === "often"));
    assert(people.length < 60 && people.at(-1)!.folded === "n0");
    // Those that were used when it was looked at last, too.
    for (const name of ["n25", "n28", "n39"]) {
      assert(people.some(({ folded }) => folded === name), name);
    }
  });
});

Deno.test("openChatStore() is as it was when a batch cannot be stored", async () => {
  await withFile((path) => {
    const store = openChatStore(path);
    commit(store, 1);
    assertThrows(() =>
      commit(store, 1, { people: [{ folded: "x", shown: "x", seen: 0 }] })
    );
    commit(store, 2);
    store.close();
    assertEquals(reopened(path).people, []);
    assertEquals(reopened(path).lastId, 2);
  });
});
