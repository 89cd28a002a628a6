import { assert, assertEquals, assertRejects } from "@std/assert";
import { BlockHasher } from "../../../sync/block_hasher.ts";
import { SourceTrust } from "../../../sync/source_trust.ts";
import type { TransferRequest } from "../../../sync/transfer_messages.ts";
import { FakeClock } from "../../../testing/fake_clock.ts";
import { MemoryIndexStorage } from "../../../testing/memory_index.ts";
import {
  type Content,
  contentOf,
  MemoryPart,
  someBytes,
  TransferWorld,
} from "../../../testing/transfer_world.ts";
import { BufferPool } from "../../outbox.ts";
import { NoSource } from "../contents.ts";
import type { Body } from "./frame_reader.ts";
import { HeldContents } from "./held_contents.ts";
import { LargeFetch } from "./large_fetch.ts";
import type { Asker, PeerLink } from "./peer_link.ts";
import { Searches } from "./searches.ts";
import { Sources } from "./sources.ts";

const ME = "aaaaaaaaaa";
const B = "bbbbbbbbbb";
const C = "cccccccccc";

/** What was asked on a connection that only takes requests. */
interface FakeLink {
  readonly link: PeerLink;
  readonly asked: { readonly m: string; readonly asker: Asker }[];
}

function linkTo(peer: string): FakeLink {
  const asked: FakeLink["asked"] = [];
  const link: Pick<PeerLink, "peer" | "room" | "ask" | "cancel"> = {
    peer,
    room: 1000,
    ask: (request: Omit<TransferRequest, "id">, asker: Asker) =>
      asked.push({ m: request.m, asker }),
    cancel: () => {},
  };
  return { link: link as PeerLink, asked };
}

/** A body of `bytes`. */
function bodyOf(bytes: Uint8Array<ArrayBuffer>): Body {
  let left = bytes;
  const body = {
    get left() {
      return left.length;
    },
    read: (into: Uint8Array) => {
      const piece = left.subarray(0, into.length);
      into.set(piece);
      left = left.subarray(piece.length);
      return Promise.resolve(into.subarray(0, piece.length));
    },
  };
  return body as unknown as Body;
}

/** A fetch of `content`, whose list is here, by one who knows peers B and C. */
async function fetchOf(content: Content) {
  const clock = new FakeClock();
  const world = new TransferWorld(1);
  const { root } = content.list;
  const part = new MemoryPart(
    world.peers[0]!,
    root,
    content.bytes.length,
    undefined,
  );
  const struck: string[] = [];
  const holdings = {
    open: () => undefined,
    list: () => content.list,
    changed: () => {},
    began: () => {},
    want: () => {},
    bad: () => {},
  };
  const trust = new SourceTrust();
  const sources = new Sources(ME, trust);
  sources.setPeers([B, C].map((id) => ({ id, name: id, host: id, port: 1 })));
  const over = new AbortController();
  const searches = new Searches({
    clock,
    sources,
    over: over.signal,
    isHere: () => false,
    want: () => {},
  });
  const fetch = new LargeFetch(content.record, root, {
    me: ME,
    folder: { part: () => part },
    index: new MemoryIndexStorage().open(() => ME),
    holdings,
    clock,
    pool: new BufferPool(),
    sources,
    searches,
    held: new HeldContents(holdings, clock),
    received: () => {},
    struck: (peer) => void struck.push(peer),
    worked: () => {},
    changed: () => {},
    blockCame: () => {},
  });
  await fetch.begin();
  const end = async () => {
    over.abort();
    await clock.advance(10_000);
    await world.stop();
  };
  return { fetch, part, clock, sources, struck, end };
}

/** Brings block `at` of `content` in two pieces. */
class Bringing {
  readonly #fetch: LargeFetch;
  readonly #bytes: Uint8Array;
  readonly #hasher = new BlockHasher();
  readonly #at: number;
  readonly #peer: string;

  constructor(fetch: LargeFetch, content: Content, at: number, peer: string) {
    this.#fetch = fetch;
    this.#bytes = content.bytes.slice(at * 16, at * 16 + 16);
    this.#at = at;
    this.#peer = peer;
  }

  /** What it brings is wrong. */
  lie(): this {
    this.#bytes.fill(0);
    return this;
  }

  put(half: 0 | 1): void {
    const piece = this.#bytes.subarray(half * 8, half * 8 + 8);
    this.#hasher.add(piece);
    this.#fetch.put(this, this.#at, half * 8, piece);
  }

  take(): void {
    this.#fetch.take(this, this.#at, this.#peer, this.#hasher);
  }
}

Deno.test("LargeFetch does not mix what two peers bring of one block", async () => {
  const content = contentOf(someBytes(160));
  const { fetch, part, struck, end } = await fetchOf(content);
  const honest = new Bringing(fetch, content, 2, B);
  const liar = new Bringing(fetch, content, 2, C).lie();
  honest.put(0);
  liar.put(0);
  liar.put(1);
  liar.take();
  assertEquals([struck, fetch.done], [[C], 0]);
  honest.put(1);
  honest.take();
  assertEquals(fetch.done, 16);
  assertEquals(part.bytes.slice(32, 48), content.bytes.slice(32, 48));
  fetch.fail(new Error("over"));
  await assertRejects(() => fetch.result);
  await end();
});

Deno.test("LargeFetch lets another one bring a block of which nothing more comes, and takes nothing of the first one then", async () => {
  const content = contentOf(someBytes(160));
  const { fetch, part, clock, end } = await fetchOf(content);
  const slow = new Bringing(fetch, content, 2, C).lie();
  const quick = new Bringing(fetch, content, 2, B);
  slow.put(0);
  await clock.advance(299);
  const early = new Bringing(fetch, content, 2, B);
  early.put(0);
  early.put(1);
  early.take();
  assertEquals(fetch.done, 0, "the first one may go on");
  await clock.advance(1);
  quick.put(0);
  slow.put(1);
  slow.take();
  quick.put(1);
  quick.take();
  assertEquals(fetch.done, 16);
  assertEquals(part.bytes.slice(32, 48), content.bytes.slice(32, 48));
  // A connection that is lost gives its block back at once.
  const lost = new Bringing(fetch, content, 3, C);
  lost.put(0);
  fetch.drop(lost, 3);
  const next = new Bringing(fetch, content, 3, B);
  next.put(0);
  next.put(1);
  next.take();
  assertEquals(fetch.done, 32);
  fetch.fail(new Error("over"));
  await assertRejects(() => fetch.result);
  await end();
});

Deno.test("LargeFetch asks one whose connection was lost anew what it has", async () => {
  const content = contentOf(someBytes(160));
  const { fetch, sources, end } = await fetchOf(content);
  sources.set(content.list.root, [], [B]);
  const [first, second] = [linkTo(B), linkTo(B)];
  assert(fetch.ask(first.link));
  const [bits] = first.asked;
  assertEquals(bits!.m, "bits");
  await bits!.asker.bits!(false, bodyOf(new Uint8Array([1, 0])));
  assert(fetch.ask(first.link));
  assertEquals(first.asked.map(({ m }) => m), ["bits", "get"]);
  assertEquals(fetch.ask(first.link), false, "it has one block");
  first.asked[1]!.asker.lost();
  fetch.lost(first.link);
  assert(fetch.ask(second.link));
  assertEquals(second.asked.map(({ m }) => m), ["bits"]);
  // By now it has another one.
  await second.asked[0]!.asker.bits!(false, bodyOf(new Uint8Array([3, 0])));
  assert(fetch.ask(second.link));
  assertEquals(second.asked.map(({ m }) => m), ["bits", "get"]);
  fetch.fail(new Error("over"));
  await assertRejects(() => fetch.result);
  await end();
});

Deno.test("LargeFetch is hopeless some seconds after nobody gives anything, and keeps its part", async () => {
  const cases: [string[], string[], number][] = [
    [[], [], 3500],
    [[], [B, C], 5000],
    [[B], [C], 15_000],
  ];
  for (const [whole, some, ms] of cases) {
    const content = contentOf(someBytes(160));
    const { fetch, part, clock, sources, end } = await fetchOf(content);
    sources.set(content.list.root, whole, some);
    await clock.advance(1000);
    const block = new Bringing(fetch, content, 2, B);
    block.put(0);
    block.put(1);
    block.take();
    await clock.advance(ms - 1);
    assertEquals(fetch.isHopeless, false, `${ms}`);
    await clock.advance(1);
    assertEquals(fetch.isHopeless, true, `${ms}`);
    const { link } = linkTo(B);
    if (whole.length > 0) {
      assert(fetch.ask(link));
      assertEquals(fetch.isHopeless, false, "it was asked for");
      fetch.lost(link);
    }
    fetch.giveUp(new NoSource());
    await assertRejects(() => fetch.result, NoSource);
    assertEquals(part.isOpen, false);
    assertEquals(part.bytes.slice(32, 48), content.bytes.slice(32, 48));
    await end();
  }
});
