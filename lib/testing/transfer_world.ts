/**
 * Peers that only transfer: contents in memory, channels in memory, a clock that is moved by hand, and a tracker that is
 * played by the test.
 *
 * @module
 */

import {
  type FetchProgress,
  type Holdings,
  NoSource,
} from "../drivers/sync/contents.ts";
import type { Fetched } from "../drivers/sync/transfer/fetching.ts";
import { Transfer } from "../drivers/sync/transfer/transfer.ts";
import type { Network } from "../drivers/sync/world.ts";
import { Refusal } from "../errors.ts";
import type { PartHandle, ReadHandle } from "../io/sync/folder.ts";
import { toName } from "../names/name.ts";
import {
  blockCount,
  blockLength,
  HASH_BYTES,
  hashBlock,
  rootOf,
} from "../sync/blocks.ts";
import type { BlockList } from "../sync/index_store.ts";
import type { FileRecord, ReplicaId, RootHash } from "../sync/record.ts";
import { FakeClock, turn } from "./fake_clock.ts";
import {
  ChannelFault,
  channelPair,
  type ChannelPairOptions,
  type MemoryChannel,
} from "./memory_channel.ts";
import { MemoryIndexStorage } from "./memory_index.ts";
import { PacedChannel } from "./paced_channel.ts";
import { seenOf } from "./records.ts";

/** log2 of the block size here: a content of some hundred bytes has many blocks. */
export const BLOCK_LOG = 4;

/** A content with all that is known of it. */
export interface Content {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly list: BlockList;
  readonly record: FileRecord;
}

/** A content of the bytes `bytes`, to be at `path`. */
export function contentOf(
  bytes: Uint8Array<ArrayBuffer>,
  path = "a file",
  blockLog = BLOCK_LOG,
): Content {
  const size = bytes.length;
  const blocks = blockCount(size, blockLog);
  const hashes = new Uint8Array(blocks * HASH_BYTES);
  for (let at = 0; at < blocks; at++) {
    const offset = at * 2 ** blockLog;
    const length = blockLength(size, blockLog, at);
    hashes.set(
      hashBlock(bytes.subarray(offset, offset + length)),
      at * HASH_BYTES,
    );
  }
  const root = rootOf(size, blockLog, hashes);
  return {
    bytes,
    list: { root, size, blockLog, hashes },
    record: {
      path: toName(path),
      kind: "file",
      size,
      mtime: 0,
      executable: false,
      root,
      blockLog,
      stamp: { phys: 0, logical: 0, by: "aaaaaaaaaa" },
      vector: {},
      earlier: [],
    },
  };
}

/** `length` bytes that are others for each `seed`, and in which no block is like another. */
export function someBytes(
  length: number,
  seed = 1,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let i = 0; i < length; i++) {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9 | 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** The part of a content, in memory. */
export class MemoryPart implements PartHandle {
  readonly root: RootHash;
  readonly size: number;
  readonly isNew: boolean;
  readonly bytes: Uint8Array<ArrayBuffer>;
  isOpen = true;
  readonly #owner: TestPeer;

  constructor(
    owner: TestPeer,
    root: RootHash,
    size: number,
    left: Uint8Array<ArrayBuffer> | undefined,
  ) {
    this.#owner = owner;
    this.root = root;
    this.size = size;
    this.isNew = left === undefined;
    this.bytes = left ?? new Uint8Array(size);
  }

  readAt(offset: number, into: Uint8Array): number {
    this.#check();
    const bytes = this.bytes.subarray(offset, offset + into.length);
    into.set(bytes);
    return bytes.length;
  }

  writeAt(offset: number, bytes: Uint8Array): void {
    this.#check();
    const fault = this.#owner.diskFault;
    if (fault !== undefined) throw fault;
    if (offset + bytes.length > this.size) throw new Error("beyond the end");
    this.bytes.set(bytes, offset);
    this.#owner.writes.push({ root: this.root, offset, length: bytes.length });
  }

  finish(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {
    this.isOpen = false;
  }

  drop(): void {
    this.isOpen = false;
    this.#owner.parts.delete(this.root);
  }

  #check(): void {
    if (!this.isOpen) throw new Error("The part is closed");
  }
}

/** A peer. */
export class TestPeer implements Holdings {
  readonly id: ReplicaId;
  readonly world: TransferWorld;
  /** Contents of its files. */
  readonly files = new Map<RootHash, Content>();
  readonly parts = new Map<RootHash, MemoryPart>();
  readonly writes: { root: RootHash; offset: number; length: number }[] = [];
  readonly index = new MemoryIndexStorage().open(() => "aaaaaaaaaa");
  readonly logged: string[] = [];
  readonly told: string[] = [];
  /** How often a fetch was given up because nobody had it. */
  left = 0;
  /** Files that are open. */
  open_ = 0;
  diskFault: Refusal | undefined;
  /** Says something else than what is in the file. */
  lies:
    | ((root: RootHash, offset: number, into: Uint8Array) => void)
    | undefined;
  transfer: Transfer;

  constructor(world: TransferWorld, id: ReplicaId) {
    this.world = world;
    this.id = id;
    this.transfer = this.#newTransfer();
  }

  /** Ends it and begins anew with what is on its disk. */
  restart(): void {
    this.transfer.stop();
    for (const part of this.parts.values()) part.close();
    this.transfer = this.#newTransfer();
  }

  /** Puts a file there. */
  put(content: Content): void {
    this.files.set(content.list.root, content);
    this.index.commit({ lists: [content.list] });
  }

  /** Fetches it, and puts it there. */
  async get(
    content: Content,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<Uint8Array> {
    const { part, list } = await this.#fetch(content, signal);
    const { bytes } = part as MemoryPart;
    this.put({ ...content, bytes: bytes.slice(), list });
    part.drop();
    return bytes;
  }

  progress(): readonly FetchProgress[] {
    return this.transfer.progress();
  }

  open(root: RootHash): ReadHandle | undefined {
    const file = this.files.get(root);
    if (file === undefined) return undefined;
    this.open_++;
    let isOpen = true;
    return {
      seen: { ...seenOf(file.record), version: root },
      look: () => {
        const isSame = this.files.get(root) === file;
        return { ...seenOf(file.record), version: isSame ? root : "other" };
      },
      readAt: (offset, into) => {
        const bytes = file.bytes.subarray(offset, offset + into.length);
        into.set(bytes);
        this.lies?.(root, offset, into.subarray(0, bytes.length));
        return bytes.length;
      },
      close: () => {
        if (isOpen) this.open_--;
        isOpen = false;
      },
    };
  }

  list(root: RootHash): BlockList | undefined {
    return this.files.get(root)?.list;
  }

  changed(root: RootHash): void {
    this.told.push(`changed ${root}`);
  }

  began(root: RootHash): void {
    this.told.push("began");
    this.world.parts.get(root)?.add(this.id) ??
      this.world.parts.set(root, new Set([this.id]));
    this.world.tell(root);
  }

  want(roots: readonly RootHash[]): void {
    this.told.push("want");
    for (const root of roots) this.world.tell(root);
  }

  bad(peer: ReplicaId, why: string): void {
    this.told.push(`bad ${peer} ${why}`);
  }

  /** As the rest of a peer does it: it tries again whenever somebody comes who has it. */
  async #fetch({ record }: Content, signal: AbortSignal): Promise<Fetched> {
    for (;;) {
      try {
        return await this.transfer.fetch(record, signal);
      } catch (error) {
        if (!(error instanceof NoSource)) throw error;
      }
      this.left++;
      await new Promise<void>((resolve) => {
        this.transfer.wait(record.root!, resolve);
      });
    }
  }

  #newTransfer(): Transfer {
    return new Transfer({
      world: {
        clock: this.world.clock,
        network: this.world.networkOf(this.id),
        chance: { number: () => 0.5, letters: (n) => "a".repeat(n) },
      },
      index: this.index,
      folder: { part: (root, size) => this.#part(root, size) },
      holdings: this,
      identity: { replica: this.id, folder: "set" },
      log: (sentence) => void this.logged.push(sentence),
    });
  }

  #part(root: RootHash, size: number): MemoryPart {
    if (this.diskFault !== undefined) throw this.diskFault;
    const before = this.parts.get(root);
    if (before?.isOpen) throw new Refusal("busy");
    const part = new MemoryPart(this, root, size, before?.bytes);
    this.parts.set(root, part);
    return part;
  }
}

/** A connection between two peers. */
export interface Connection {
  readonly from: ReplicaId;
  readonly to: ReplicaId;
  readonly asking: MemoryChannel;
  readonly answering: MemoryChannel;
}

/** All peers, and what lies between them. */
export class TransferWorld {
  readonly clock = new FakeClock();
  readonly peers: TestPeer[] = [];
  /** Who is fetching what. */
  readonly parts = new Map<RootHash, Set<ReplicaId>>();
  readonly connections: Connection[] = [];
  /** Peers that cannot be connected to. */
  readonly unreachable = new Set<ReplicaId>();
  /** How the next connection behaves. */
  quality: (from: ReplicaId, to: ReplicaId) => ChannelPairOptions = () => ({});
  /** What a peer sends in ten milliseconds on a new connection. Default: as much as it can. */
  paceOf: (id: ReplicaId) => number = () => Infinity;
  /** Whose answers do not arrive, of those that are paced. */
  readonly frozen = new Set<ReplicaId>();
  /** The tracker says nothing. */
  isSilent = false;

  /** Peers called `aaaaaaaaaa`, `bbbbbbbbbb`, ... */
  constructor(count: number) {
    for (let i = 0; i < count; i++) {
      const id = String.fromCharCode(0x61 + i).repeat(10);
      this.peers.push(new TestPeer(this, id));
    }
    this.tellPeers();
  }

  /** The tracker tells everybody who is there. */
  tellPeers(live: readonly TestPeer[] = this.peers): void {
    const all = live.map(({ id }) => ({ id, name: id, host: id, port: 1 }));
    for (const peer of live) peer.transfer.setPeers(all);
  }

  /** The tracker tells everybody who has `root`. */
  tell(root: RootHash): void {
    if (this.isSilent) return;
    const whole = this.peers.filter((peer) => peer.files.has(root))
      .map(({ id }) => id);
    const part = [...this.parts.get(root) ?? []]
      .filter((id) => !whole.includes(id));
    for (const peer of this.peers) {
      peer.transfer.setSources(root, whole, part);
    }
  }

  /** Nothing that `peer` sends arrives any more, as if its machine stood still; it is there when time goes on. */
  freeze(peer: TestPeer): void {
    this.frozen.add(peer.id);
  }

  networkOf(from: ReplicaId): Network {
    return {
      connect: async (to) => {
        await turn();
        if (this.unreachable.has(to)) throw new ChannelFault("ECONNRESET");
        const [asking, answering] = channelPair(this.quality(from, to));
        this.connections.push({ from, to, asking, answering });
        const there = this.peers.find(({ id }) => id === to)!;
        const pace = this.paceOf(to);
        void there.transfer.serve(
          pace === Infinity
            ? answering
            : new PacedChannel(answering, this.clock, pace, () =>
              this.frozen.has(to)),
          new Uint8Array(0),
        );
        return asking;
      },
    };
  }

  /** Moves time on, in small steps, until `promise` is settled. @returns what it gives */
  async until<T>(promise: Promise<T>, msMax = 60_000): Promise<T> {
    let isSettled = false;
    const settled = promise.finally(() => void (isSettled = true));
    settled.catch(() => {});
    for (let ms = 0; !isSettled; ms += 10) {
      if (ms > msMax) throw new Error(`Not settled within ${msMax} ms`);
      for (let i = 0; i < 20 && !isSettled; i++) await turn();
      if (!isSettled) await this.clock.advance(10);
    }
    return await settled;
  }

  /** Everything ends. */
  async stop(): Promise<void> {
    for (const peer of this.peers) peer.transfer.stop();
    for (let i = 0; i < 20; i++) await turn();
  }
}
