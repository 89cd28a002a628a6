import { assert, assertEquals, assertMatch } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { TcpChannel } from "../lib/io/channel.ts";
import { ChatPeer } from "../lib/testing/chat_peer.ts";
import { startChatServer } from "../lib/testing/chats.ts";
import { DiskFolder } from "../lib/testing/disk_folder.ts";
import { seededNumbers } from "../lib/testing/fuzzing_bytes.ts";
import { ProgramProcess } from "../lib/testing/program_process.ts";
import { SmallDisk } from "../lib/testing/small_disk.ts";

const SERVER = fromFileUrl(new URL("../chat_server.ts", import.meta.url));
const QUIET = ["--log", "off"];

async function connect(port: number, host = "127.0.0.1"): Promise<ChatPeer> {
  return new ChatPeer(await TcpChannel.connect(host, port, 10_000));
}

async function join(port: number, name: string): Promise<ChatPeer> {
  const peer = await connect(port);
  await peer.send(`join|${name}\n`);
  await peer.until(/^now\|/);
  return peer;
}

/** What `command` prints, in a shell. */
async function shell(command: string): Promise<string> {
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", command],
    stdin: "null",
    stderr: "null",
  }).output();
  return new TextDecoder().decode(stdout);
}

/** How chat_server.ts ends that cannot start. */
async function cannotStart(...args: string[]) {
  await using server = new ProgramProcess(SERVER, args);
  return await server.ended();
}

const hasNc = (await shell("command -v nc")) !== "";

Deno.test({
  name: "chat_server.ts talks with nc, over IPv4 and IPv6",
  ignore: !hasNc,
  fn: async () => {
    await using server = await startChatServer(...QUIET);
    for (const host of ["127.0.0.1", "::1"]) {
      const said = await shell(
        `printf 'join|nc\\nsend|1|*|from %s\\nquit\\n' ${host} | nc -N ${host} ${server.port}`,
      );
      assertMatch(said, /^joined\|nc\|[0-9a-f]{16}\|0\n/);
      assertMatch(said, /\nsent\|1\nbye\|quit\|Goodbye\n$/);
    }
    const heard = await shell(
      `printf 'join|late\\n' | nc -N ::1 ${server.port}`,
    );
    assertMatch(heard, /from 127\.0\.0\.1\n.*from ::1\nnow\|2\n$/);
  },
});

Deno.test("chat_server.ts serves its page, its names and its events on the same port, and to no other site", async () => {
  await using server = await startChatServer(...QUIET);
  using _alice = await join(server.port, "alice");
  const url = `http://127.0.0.1:${server.port}`;
  const page = await fetch(`${url}/`);
  assertMatch(await page.text(), /<!doctype html>/i);
  assertEquals(await (await fetch(`${url}/chat/names`)).text(), "alice\n");
  const other = { Origin: "http://evil.example" };
  for (
    const [path, init] of [
      ["/chat/send?key=0123456789abcdef", { method: "POST", headers: other }],
      ["/chat/events?name=x&key=0123456789abcdef", { headers: other }],
    ] as const
  ) {
    const answer = await fetch(url + path, init);
    await answer.body?.cancel();
    assertEquals(answer.status, 403, path);
  }
});

Deno.test("chat_server.ts stops at SIGTERM: tells everyone, stores what was said, exits with 0", async () => {
  using data = new DiskFolder();
  {
    await using server = await startChatServer(...QUIET, "--data", data.path);
    using alice = await join(server.port, "alice");
    await alice.send("send|1|*|last words\n");
    await alice.until(/^sent\|1/);
    server.signal("SIGTERM");
    // That somebody came is told in a while, together with others.
    const rest = (await alice.rest()).filter((line) => line !== "came|alice");
    assertEquals(rest, ["bye|stopping|The server is stopping"]);
    alice.close();
    assertEquals((await server.ended()).code, 0);
  }
  await using again = await startChatServer(...QUIET, "--data", data.path);
  using bob = await connect(again.port);
  await bob.send("join|bob\n");
  assertMatch(
    (await bob.until(/^now/)).join("\n"),
    /\|alice\|\*\|last words\nnow\|1$/,
  );
});

Deno.test("chat_server.ts says in a sentence why it cannot start", async () => {
  using data = new DiskFolder();
  await using server = await startChatServer(...QUIET, "--data", data.path);
  const taken = await cannotStart("--port", `${server.port}`);
  assertEquals([taken.code, taken.stdout], [1, ""]);
  assertMatch(
    taken.stderr,
    /^chat_server\.ts: Port \d+ is in use by another program\. .*\n$/,
  );
  const twice = await cannotStart("--port", "0", "--data", data.path);
  assertEquals([twice.code, twice.stdout], [1, ""]);
  assertMatch(
    twice.stderr,
    /^chat_server\.ts: Cannot keep what is said in ".*": another server has it\n$/,
  );
  const file = `${data.path}/file`;
  await Deno.writeTextFile(file, "");
  const none = await cannotStart("--port", "0", "--data", `${file}/x`);
  assertEquals(none.code, 1);
  assertMatch(
    none.stderr,
    /^chat_server\.ts: Cannot keep what is said in ".*": .*\n$/,
  );
});

Deno.test("chat_server.ts keeps what is said from other users of the machine", async () => {
  using folder = new DiskFolder();
  const data = `${folder.path}/new/data`;
  await using server = await startChatServer(...QUIET, "--data", data);
  using _alice = await join(server.port, "alice");
  const { mode } = await Deno.stat(data);
  assertEquals((mode ?? 0) & 0o077, 0);
});

Deno.test("chat_server.ts --max-clients tells one too many, in lines and in HTTP", async () => {
  await using server = await startChatServer(...QUIET, "--max-clients", "1");
  using _alice = await join(server.port, "alice");
  using bob = await connect(server.port);
  await bob.send("join|bob\n");
  assertEquals(await bob.rest(), [
    "bye|busy|The server has its 1 clients; try again later",
  ]);
  const answer = await fetch(`http://127.0.0.1:${server.port}/`);
  await answer.body?.cancel();
  assertEquals(answer.status, 503);
});

/** Somebody who talks to a server that is killed again and again, as docs/chat.md asks for. */
class Talker {
  readonly name: string;
  readonly #key: string;
  /** Whether it was told everything up to now. */
  isIn = false;
  #since = "-";
  #epoch = "";
  #peer: ChatPeer | undefined;
  readonly #unacknowledged: { number: number; line: string }[] = [];
  #number = 0;
  readonly #ids = new Set<number>();
  /** Texts that were shown, each as often as it was. */
  readonly shown: string[] = [];
  /** Texts whose acknowledgement was heard. */
  readonly acknowledged: string[] = [];

  constructor(name: string) {
    this.name = name;
    this.#key = name.padStart(16, "0");
  }

  get isSettled(): boolean {
    return this.#unacknowledged.length === 0;
  }

  async connect(port: number): Promise<void> {
    this.isIn = false;
    this.#peer = await connect(port);
    await this.#peer.send(`join|${this.name}|${this.#key}|${this.#since}\n`);
  }

  close(): void {
    this.#peer?.close();
  }

  /** Says `texts` ahead. */
  async say(to: string, texts: readonly string[]): Promise<void> {
    let lines = "";
    for (const text of texts) {
      const number = ++this.#number;
      const line = `send|${number}|${to}|${text}\n`;
      this.#unacknowledged.push({ number, line });
      lines += line;
    }
    await this.#peer!.send(lines);
  }

  /** Says again what was not acknowledged on the connections before. */
  async sayAgain(): Promise<void> {
    await this.#peer!.send(
      this.#unacknowledged.map(({ line }) => line).join(""),
    );
  }

  /** Hears until `isDone`, or until the connection is lost. */
  async hear(isDone: () => boolean): Promise<void> {
    try {
      while (!isDone()) {
        const line = await this.#peer!.line();
        await this.#understand(line.split("|"), line);
      }
    } catch {
      // The server was killed.
    }
  }

  async #understand(fields: readonly string[], line: string): Promise<void> {
    switch (fields[0]) {
      case "joined":
        this.#epoch = fields[2]!;
        return this.#acknowledge(Number(fields[3]));
      case "now":
        this.#since = `${this.#epoch}.${fields[1]}`;
        this.isIn = true;
        return;
      case "sent":
        return this.#acknowledge(Number(fields[1]));
      case "message": {
        const id = Number(fields[1]);
        if (this.#since !== "-") this.#since = `${this.#epoch}.${id}`;
        if (this.#ids.has(id)) return;
        this.#ids.add(id);
        this.shown.push(line.split("|").at(-1)!);
        if (id % 20 === 0) await this.#peer!.send(`seen|${id}\n`);
      }
    }
  }

  #acknowledge(number: number): void {
    while ((this.#unacknowledged[0]?.number ?? Infinity) <= number) {
      const { line } = this.#unacknowledged.shift()!;
      this.acknowledged.push(line.trim().split("|").at(-1)!);
    }
  }
}

Deno.test("chat_server.ts --data loses nothing that it acknowledged, and doubles nothing, though it is killed under load", async () => {
  using data = new DiskFolder();
  const random = seededNumbers(4);
  const talkers = Array.from({ length: 10 }, (_, i) => new Talker(`t${i}`));
  const flags = [...QUIET, "--data", data.path, "--rate", "0"];
  const rounds = 4;
  for (let round = 0; round <= rounds; round++) {
    const isLast = round === rounds;
    await using server = await startChatServer(...flags);
    for (const talker of talkers) await talker.connect(server.port);
    // Nobody talks before everybody hears: of what is left of several rounds, a thousand would be kept for who is away.
    for (const talker of talkers) await talker.hear(() => talker.isIn);
    let heard = 0;
    const killAt = 500 + random(2000);
    const isOver = () => {
      if (++heard === killAt) server.signal("SIGKILL");
      return false;
    };
    await Promise.all(talkers.map(async (talker, i) => {
      const hearing = talker.hear(
        isLast ? () => talker.isSettled : isOver,
      );
      await talker.sayAgain().catch(() => {});
      for (let block = 0; !isLast && block < 20; block++) {
        const texts = Array.from(
          { length: 20 },
          (_, n) => `${talker.name}.${round}.${block}.${n}`,
        );
        const to = block % 4 === 0 ? "*" : `t${(i + 1) % talkers.length}`;
        await talker.say(to, texts).catch(() => {});
      }
      await hearing;
    }));
    if (isLast) {
      // What is on its way to others is there before the answer to this.
      for (const talker of talkers) {
        await talker.say("*", [`end of ${talker.name}`]);
        await talker.hear(() => talker.isSettled);
      }
    }
    for (const talker of talkers) talker.close();
  }
  const texts = new Map<string, number>();
  for (const { shown, name } of talkers) {
    assertEquals(new Set(shown).size, shown.length, `twice at ${name}`);
    for (const text of shown) texts.set(text, (texts.get(text) ?? 0) + 1);
  }
  const acknowledged = talkers.flatMap((talker) => talker.acknowledged);
  assert(acknowledged.length > 1000, `${acknowledged.length}`);
  for (const text of acknowledged) {
    if (text.startsWith("end")) continue;
    const isToAll = Number(text.split(".")[2]) % 4 === 0;
    const wanted = isToAll ? talkers.length - 1 : 1;
    assertEquals(texts.get(text) ?? 0, wanted, text);
  }
});

const isRoot = Deno.uid() === 0;

Deno.test({
  name:
    "chat_server.ts waits for a disk that is full, and goes on when it is not",
  ignore: !isRoot || Deno.build.os !== "linux",
  fn: async () => {
    using disk = new SmallDisk("size=4m");
    await using server = await startChatServer(
      "--data",
      disk.path,
      "--rate",
      "0",
    );
    using alice = await join(server.port, "alice");
    await shell(`dd if=/dev/zero of='${disk.path}/full' bs=4k`);
    const text = "x".repeat(4000);
    const lines = Array.from(
      { length: 100 },
      (_, i) => `send|${i + 1}|*|${text}\n`,
    );
    await alice.send(lines.join(""));
    await server.stderr.until(/Cannot store what is said: .*full/);
    await Deno.remove(`${disk.path}/full`);
    await alice.until(/^sent\|\d+$/);
    await server.stderr.until(/What is said is stored again/);
    await alice.send("ping\n");
    await alice.until(/^pong$/);
  },
});
