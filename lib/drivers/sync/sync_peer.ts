/**
 * A peer: keeps its folder the same as those of all other peers of its set (docs/sync.md, "What a peer does").
 *
 * @module
 */

import type { Name } from "../../names/name.ts";
import type { PeerStatus } from "../../sync/control_messages.ts";
import { assemble, type Assembly } from "./assembly.ts";
import type { PeerControl } from "./control/peer_control.ts";
import type { SyncPeerOptions } from "./peer_options.ts";
import { statusOf, whyOf } from "./peer_status.ts";

/** A folder that is not the right one is looked at again so often. */
const SUSPECT_MS = 5000;

export class SyncPeer implements PeerControl {
  readonly #options: SyncPeerOptions;
  readonly #over = new AbortController();
  readonly #assembly: Assembly;
  readonly #running: Promise<void>[] = [];

  /** @throws what the disk says to the mark or the index, if it cannot be found out or written as whom the peer goes on */
  constructor(options: SyncPeerOptions) {
    this.#options = options;
    this.#assembly = assemble(
      options,
      this.#over.signal,
      (paths) => this.scan(paths),
    );
  }

  /** Looks at the folder, joins, and keeps at it until `stop`. Returns at once. */
  start(): void {
    const { parts, watching, link, rounds } = this.#assembly;
    const watch = this.#options.watch === false
      ? undefined
      : parts.folder.watch(parts.note);
    if (watch !== undefined) {
      this.#over.signal.addEventListener("abort", () => watch.close());
      this.#running.push(watching.follow(watch));
    }
    this.#running.push(
      link.run(),
      this.#firstScan().then(() => rounds.run(watch !== undefined)),
    );
  }

  /**
   * Says goodbye and ends. Nothing is changed in the folder any more once this has returned its promise. Resolves when the
   * index knows all that was done, and nothing of it runs any more.
   */
  async stop(): Promise<void> {
    if (!this.#isOver) {
      const { parts, writer, link, membership, kept } = this.#assembly;
      this.#running.push(writer.finish());
      link.stop();
      this.#over.abort();
      membership.contents?.stop();
      parts.fetcher.stop();
      kept.stop();
    }
    await Promise.all(this.#running);
  }

  status(): PeerStatus {
    const { parts, link, membership, talk, scanner, guard } = this.#assembly;
    return statusOf({
      options: this.#options,
      parts,
      link,
      folder: membership.folder,
      peers: talk.peers,
      contents: membership.contents,
      isScanning: scanner.isBusy,
      isSettled: this.#isSettled,
      suspicion: guard.suspicion,
    });
  }

  async scan(paths?: readonly Name[]): Promise<void> {
    const { parts, guard, scanner } = this.#assembly;
    if (this.#isOver || !guard.look()) return;
    await scanner.scan(paths ?? [""]);
    if (!this.#isOver) parts.publisher.flush();
  }

  async waitFor(name: string | undefined, signal: AbortSignal): Promise<void> {
    const { talk, parts: { world: { clock } } } = this.#assembly;
    while (!signal.aborted && !this.#isOver) {
      if (
        this.#isSettled && await talk.everywhere(name) && this.#isSettled
      ) return;
      await clock.sleep(50, signal);
    }
    signal.throwIfAborted();
  }

  async confirmDeletes(): Promise<number> {
    const { parts, guard, reconciler } = this.#assembly;
    const wasSuspect = guard.suspicion !== undefined;
    guard.confirm(parts.maker.replica);
    // What is gone was not even looked for.
    if (wasSuspect) await this.scan();
    const held = await parts.departures.confirm();
    parts.publisher.offerAll();
    reconciler.touchAll();
    return held;
  }

  why(path: Name): readonly string[] {
    return whyOf(this.#assembly.parts, path);
  }

  /** Everything is here, everything is told. */
  get #isSettled(): boolean {
    const { parts, scanner, talk, reconciler } = this.#assembly;
    const { observer, holding, publisher } = parts;
    return !observer.isFirst && !scanner.isBusy && talk.isSynced &&
      reconciler.isIdle && holding.isWhole &&
      publisher.unacknowledged === 0;
  }

  get #isOver(): boolean {
    return this.#over.signal.aborted;
  }

  async #firstScan(): Promise<void> {
    const { parts, guard, reconciler } = this.#assembly;
    const { world, observer, register } = parts;
    while (!this.#isOver && !guard.look()) {
      await world.clock.sleep(SUSPECT_MS, this.#over.signal);
    }
    await this.scan();
    if (this.#isOver) return;
    observer.isFirst = false;
    register.keepNumbers();
    reconciler.touchAll();
  }
}
