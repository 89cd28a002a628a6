/**
 * One content of more than a few blocks: its block list, the blocks that are here already, and the others from all who
 * have some of them, each one hashed.
 *
 * @module
 */

import { PeerError, Refusal } from "../../../errors.ts";
import type { PartHandle } from "../../../io/sync/folder.ts";
import type { BlockHasher } from "../../../sync/block_hasher.ts";
import { BlockSet, type Run } from "../../../sync/block_set.ts";
import { blockCount, HASH_BYTES, isListOf } from "../../../sync/blocks.ts";
import type { BlockList } from "../../../sync/index_store.ts";
import type { FileRecord, ReplicaId } from "../../../sync/record.ts";
import { Swarm } from "../../../sync/swarm.ts";
import { BODY_BYTES_MAX } from "../../../sync/transfer_messages.ts";
import {
  BUSY_MS,
  Fetching,
  type FetchingOptions,
  isHere,
  STALLED_MS,
  WRONG_MS,
} from "./fetching.ts";
import type { HeldContents } from "./held_contents.ts";
import { LocalBlocks, type LocalBlocksOptions } from "./local_blocks.ts";
import type { PeerLink } from "./peer_link.ts";
import { RunTaking } from "./run_taking.ts";

/** A content that has begun is given up when nothing came of it for so long, while nobody has any of it ... */
const ALONE_MS = 3500;
/** ... or while somebody has it, and does not give it. For `STALLED_MS`, while others have only parts. */
const HELD_MS = 15_000;
/** Who has begun with a block and sends nothing more of it may be overtaken after this. */
const OVERTAKEN_MS = 300;

export interface LargeFetchOptions extends FetchingOptions {
  readonly index: LocalBlocksOptions["index"];
  readonly held: HeldContents;
  /** A block came: others may want it. */
  readonly blockCame: (root: string) => void;
}

/** A run of blocks that was asked for. */
interface AskedRun {
  readonly run: Run;
  readonly link: PeerLink;
  readonly id: number;
  readonly taking: object;
}

/** Who writes a block that is not right yet: two at the same time would mix what they bring. */
interface Writing {
  readonly by: object;
  at: number;
}

export class LargeFetch extends Fetching {
  /** Whether the whole content was in a file here: then nobody has to be asked. */
  readonly isHere: boolean;
  readonly #options: LargeFetchOptions;
  readonly #blocks: number;
  #part: PartHandle | undefined;
  #list: BlockList | undefined;
  /** Hashes that have come, while the list is asked for. */
  #hashes: Uint8Array<ArrayBuffer> | undefined;
  #isAskingList = false;
  #isBegun = false;
  /** The part is being opened, or blocks are looked for that are here. */
  #isLooking = false;
  readonly #swarm: Swarm;
  /** Blocks that are here were looked for: the others can be asked for. */
  #isReady = false;
  #hasBegun = false;
  readonly #runs = new Set<AskedRun>();
  /** Connections on which news of blocks were asked for. */
  readonly #watched = new Set<PeerLink>();
  readonly #writing = new Map<number, Writing>();
  #listHashed: Uint8Array | undefined;

  constructor(record: FileRecord, root: string, options: LargeFetchOptions) {
    super(record, root, options);
    this.#options = options;
    this.#blocks = blockCount(record.size, record.blockLog);
    this.isHere = isHere(options.holdings, root);
    this.#swarm = new Swarm(root, this.#blocks, record.blockLog, options.me);
  }

  /** Bytes that are here and right. */
  get done(): number {
    return Math.min(
      this.record.size,
      this.#swarm.have.count * 2 ** this.record.blockLog,
    );
  }

  /** Whom blocks are asked for now. */
  get askedPeers(): ReplicaId[] {
    return [...new Set([...this.#runs].map(({ link }) => link.peer))];
  }

  /**
   * Whether nobody can be asked. Once begun it is given up only after a while: what there is of it would have to be looked
   * for again.
   */
  override get isHopeless(): boolean {
    if (!this.#isBegun) return !this.isHere && super.isHopeless;
    const isAsking = this.#isAskingList || this.#runs.size > 0;
    if (this.isOver || this.#isLooking || isAsking) return false;
    if (this.options.sources.isHeld(this.root)) return this.idleMs >= HELD_MS;
    return this.idleMs >= (this.usable().length > 0 ? STALLED_MS : ALONE_MS);
  }

  /** Whether news of blocks are awaited on `link`. */
  watches(link: PeerLink): boolean {
    return this.#watched.has(link);
  }

  /** Opens the part and looks for what is here. Returns when blocks can be asked for, or when it is over. */
  async begin(): Promise<void> {
    this.#isBegun = this.#isLooking = true;
    try {
      const part = await this.#openPart();
      if (this.isOver) return part.close();
      this.#part = part;
      this.#list = this.#options.holdings.list(this.root);
      if (this.#list !== undefined) await this.#lookHere(this.#list);
      this.#isLooking = false;
      this.beginToWait();
      this.options.changed();
    } catch (error) {
      this.fail(error);
    }
  }

  /** Asks `link` for something, if there is something to ask it for. */
  ask(link: PeerLink): boolean {
    if (this.isOver || this.#part === undefined || link.room === 0) {
      return false;
    }
    const holds = this.holds(link.peer);
    if (holds === undefined) return false;
    if (this.#list === undefined) return this.#askList(link);
    if (!this.#isReady) return false;
    const known = this.#swarm.holds(link.peer);
    if (holds === "whole") {
      if (known !== "whole") this.#swarm.setHolder(link.peer, "whole");
    } else if (known === undefined) return this.#askBits(link);
    return this.#askRun(link);
  }

  /** The peers that fetch it, too, as far as they are known. */
  setReceivers(ids: readonly ReplicaId[]): void {
    this.#swarm.setReceivers(ids);
  }

  /** The other end of `link` has more blocks. */
  got(link: PeerLink, runs: readonly Run[] | "whole"): void {
    if (!this.#watched.has(link)) return;
    if (runs === "whole") {
      this.#swarm.setHolder(link.peer, "whole");
      this.#watched.delete(link);
    } else for (const run of runs) this.#swarm.addBlocks(link.peer, run);
  }

  /** Nothing more comes on `link`. */
  lost(link: PeerLink): void {
    this.#watched.delete(link);
    this.#swarm.removeHolder(link.peer);
  }

  override fail(error: unknown): void {
    if (this.isOver) return;
    super.fail(error);
    this.#leave(false);
    this.#part?.close();
  }

  async #openPart(): Promise<PartHandle> {
    for (;;) {
      try {
        return this.#options.folder.part(this.root, this.record.size);
      } catch (error) {
        if (!(error instanceof Refusal && error.code === "busy")) throw error;
      }
      await this.options.clock.sleep(BUSY_MS);
      if (this.isOver) throw new Refusal("stopping");
    }
  }

  #askList(link: PeerLink): boolean {
    if (this.#isAskingList) return false;
    const hashes = this.#hashes ??= new Uint8Array(this.#blocks * HASH_BYTES);
    this.#isAskingList = true;
    const { peer } = link;
    this.#askListPiece(link, hashes, 0, (isHere) => {
      this.#isAskingList = false;
      if (!isHere) this.shun(peer);
      else if (!this.isOver) this.#takeList(peer, hashes);
      this.options.changed();
    });
    return true;
  }

  #askListPiece(
    link: PeerLink,
    hashes: Uint8Array<ArrayBuffer>,
    from: number,
    over: (isHere: boolean) => void,
  ): void {
    const bytes = Math.min(BODY_BYTES_MAX, hashes.length - from);
    link.ask({ m: "list", root: this.root, at: from / HASH_BYTES }, {
      bytes,
      data: async (_of, body) => {
        if (body.left !== bytes) {
          throw new PeerError("The peer sends a list of another length");
        }
        await body.read(hashes.subarray(from, from + bytes));
        const next = from + bytes;
        if (next === hashes.length) over(true);
        else this.#askListPiece(link, hashes, next, over);
        return true;
      },
      refused: () => (over(false), true),
      lost: () => over(false),
    });
  }

  #takeList(peer: ReplicaId, hashes: Uint8Array<ArrayBuffer>): void {
    const { root, record: { size, blockLog } } = this;
    if (!isListOf(root, size, blockLog, hashes)) {
      this.shun(peer, WRONG_MS);
      return this.options.struck(peer);
    }
    this.#hashes = undefined;
    this.#list = { root, size, blockLog, hashes };
    this.#isLooking = true;
    void this.#lookHere(this.#list).then(() => {
      this.#isLooking = false;
      this.beginToWait();
      this.options.changed();
    }, (error) => this.fail(error));
  }

  async #lookHere(list: BlockList): Promise<void> {
    const part = this.#part!;
    const local = new LocalBlocks(this.#options, part, list);
    await local.find((at) => this.#swarm.arrived(at), () => this.isOver);
    if (this.isOver) return;
    this.#listHashed = list.hashes;
    this.#isReady = true;
    this.#options.held.begin(this.root, {
      part,
      list,
      have: this.#swarm.have,
    });
    if (this.#swarm.have.count > 0) this.#tellBegun();
    this.#endIfWhole();
  }

  #tellBegun(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.#options.holdings.began(this.root);
  }

  #askBits(link: PeerLink): boolean {
    if (this.#watched.has(link)) return false;
    this.#watched.add(link);
    const gone = () => {
      this.#watched.delete(link);
      this.shun(link.peer);
    };
    link.ask({ m: "bits", root: this.root }, {
      bytes: 0,
      bits: async (whole, body) => {
        if (whole) {
          this.#watched.delete(link);
          return this.#swarm.setHolder(link.peer, "whole");
        }
        const bytes = new Uint8Array(Math.ceil(this.#blocks / 8));
        if (body.left !== bytes.length) {
          throw new PeerError("The peer sends bits of another content");
        }
        await body.read(bytes);
        const has = BlockSet.fromBytes(bytes, this.#blocks);
        if (has === undefined) {
          throw new PeerError("The peer has blocks that there are not");
        }
        this.#swarm.setHolder(link.peer, has);
      },
      data: () => Promise.reject(new PeerError("The peer sends data for bits")),
      refused: () => (gone(), true),
      lost: gone,
    });
    return true;
  }

  #askRun(link: PeerLink): boolean {
    const { clock } = this.options;
    const run = this.#swarm.next(link.peer, clock.now(), link.room);
    if (run === undefined) return false;
    const { size, blockLog } = this.record;
    const at = run.at * 2 ** blockLog;
    const len = Math.min(run.count * 2 ** blockLog, size - at);
    const end = () => {
      this.#runs.delete(asked);
      this.#swarm.end(link.peer, run);
      this.options.changed();
    };
    const taking = new RunTaking(this, run, len, link, this.options.pool, end);
    const asked: AskedRun = {
      run,
      link,
      taking,
      id: link.ask({ m: "get", root: this.root, at, len }, taking),
    };
    this.#runs.add(asked);
    return true;
  }

  /**
   * Puts a piece of a block into the part.
   *
   * @param by who brings it: the same for all pieces of a run
   * @param offset in the block
   */
  put(by: object, at: number, offset: number, piece: Uint8Array): void {
    this.came(piece.length);
    if (this.isOver || this.#swarm.have.has(at)) return;
    const now = this.options.clock.now();
    const writing = this.#writing.get(at);
    if (
      offset === 0 &&
      (writing === undefined || now - writing.at >= OVERTAKEN_MS)
    ) this.#writing.set(at, { by, at: now });
    else if (writing?.by !== by) return;
    else writing.at = now;
    try {
      this.#part!.writeAt(at * 2 ** this.record.blockLog + offset, piece);
    } catch (error) {
      this.fail(error);
    }
  }

  /** All of a block came: whether it is right. */
  take(by: object, at: number, peer: ReplicaId, hasher: BlockHasher): void {
    const isRight = hasher.isBlock(this.#listHashed!, at);
    const isWritten = this.#writing.get(at)?.by === by;
    if (isWritten) this.#writing.delete(at);
    if (this.isOver) return;
    if (!isRight) {
      this.#swarm.wrong(peer, at);
      return this.options.struck(peer);
    }
    this.options.worked(peer);
    if (!isWritten) return;
    this.#swarm.arrived(at, peer, this.options.clock.now());
    this.#tellBegun();
    this.#options.blockCame(this.root);
    this.#cancelTwins(by);
    this.#endIfWhole();
  }

  /** The other end of `link` says that it does not have it. */
  gone(link: PeerLink): void {
    this.shun(link.peer);
    this.lost(link);
  }

  /** Nothing more of a block comes from there. */
  drop(by: object, at: number): void {
    if (this.#writing.get(at)?.by === by) this.#writing.delete(at);
  }

  /** What was asked for twice at the end, and has come. */
  #cancelTwins(by: object): void {
    for (const asked of this.#runs) {
      if (asked.taking === by || !this.#swarm.has(asked.run)) continue;
      asked.link.cancel(asked.id);
      this.#runs.delete(asked);
      this.#swarm.end(asked.link.peer, asked.run);
    }
  }

  #endIfWhole(): void {
    if (this.isOver || !this.#swarm.have.isFull) return;
    this.succeed({ part: this.#part!, list: this.#list! });
    this.#leave(true);
  }

  #leave(isWhole: boolean): void {
    for (const { link, id } of this.#runs) link.cancel(id);
    this.#runs.clear();
    this.#options.held.end(this.root, isWhole);
    this.#options.blockCame(this.root);
    this.options.changed();
  }
}
