/**
 * What a chat client knows, without any I/O: what it has said and the server has not acknowledged, what it has shown,
 * who is here. Lines of the server's go in (`take`), news for the person come out; lines for the server are collected
 * until they are fetched (`takeOut`).
 *
 *     phase     what is right now
 *     away      no connection: what is said waits
 *     joining   `join` is said, and nothing else
 *     opening   in; until `now`, what is old arrives, and after a loss what was missed
 *     in        everything is new, but for answers to `history`
 *
 * Rules of this file (docs/chat.md, "What is guaranteed"):
 * - What is not acknowledged is said again with its NUMBER, in order, behind `joined`; then the questions without answer.
 * - An ID is news once. IDs do not always grow: what was kept for a name comes behind old lines of higher IDs, and when
 *   the name is taken by `nick`. So those that were shown are remembered, not the highest alone.
 * - A cursor is told only when an opening was complete once: before, something below it may be missing.
 * - `seen` names what came last, not the highest: what has not arrived yet must not count as seen.
 *
 * @module
 */

import { toBytes } from "../bytes/ascii.ts";
import { PeerError } from "../errors.ts";
import type { SaidLine, ServerLine } from "./client_connection.ts";
import { KnownNames } from "./known_names.ts";
import { fold, NameFault, toChatName } from "./names.ts";
import { TEXT_BYTES_MAX } from "./server_connection.ts";
import { EVERYONE } from "./typed_line.ts";
import { type Saying, Unacknowledged } from "./unacknowledged.ts";

/** IDs that are remembered. A server repeats no more than what was kept (1000), or the lines of an opening. */
const SHOWN_MAX = 16 * 1024;
/** Old lines of an opening that are held until it is known which are the last. */
const OPENING_MAX = 10_000;
/** What there is to tell a person. */
export type News =
  | SaidLine
  | { readonly kind: "joined"; readonly name: string }
  | {
    readonly kind: "came" | "left" | "names";
    readonly names: readonly string[];
  }
  | {
    readonly kind: "renamed";
    readonly from: string;
    readonly to: string;
    /** That is oneself. */
    readonly isOwn: boolean;
  }
  | { readonly kind: "kept"; readonly name: string }
  /** `saying`: what was not taken; missing if it was no message. */
  | {
    readonly kind: "refused";
    readonly code: string;
    readonly text: string;
    readonly saying: Saying | undefined;
  }
  | { readonly kind: "missed"; readonly count: number };

export class ClientState {
  readonly #key: string;
  readonly #historyMax: number;
  #phase: "away" | "joining" | "opening" | "in" = "away";
  #name: string;
  #out = "";

  readonly #unacknowledged = new Unacknowledged();
  /** Asked and not answered: `true` where a person did. */
  #whos: boolean[] = [];
  /** Somebody wants to know who is here; after a loss that has to be asked anew. */
  #wantsNames = false;
  readonly #histories: number[] = [];
  #nick: string | undefined;

  #epoch: string | undefined;
  /** It is not the first time that we are in. */
  #isBack = false;
  /** An opening was complete, of any epoch and of this one. */
  #wasIn = false;
  #hasCursor = false;
  #highest: number | undefined;
  readonly #shown = new Set<number>();
  #cameLast: number | undefined;
  #saidSeen: number | undefined;
  #opening: SaidLine[] = [];

  readonly #names = new KnownNames();

  /**
   * @param name that is asked for
   * @param key that only this client knows
   * @param historyMax how many of the old lines are news at the first start
   */
  constructor(name: string, key: string, historyMax: number) {
    this.#name = name;
    this.#key = key;
    this.#historyMax = historyMax;
  }

  /** The own name. */
  get name(): string {
    return this.#name;
  }

  /** Those who are here, as far as it is known: all of them, when `who` was answered once. */
  get names(): string[] {
    return this.#names.all();
  }

  /** Whether the server has let us in, on this connection. */
  get isJoined(): boolean {
    return this.#phase === "opening" || this.#phase === "in";
  }

  /** How many messages the server has not acknowledged. */
  get unacknowledged(): number {
    return this.#unacknowledged.count;
  }

  /** Whether so much waits for its acknowledgement that nothing more should be said. */
  get isFull(): boolean {
    return this.#unacknowledged.isFull;
  }

  /** Whether everything was acknowledged, and every question answered. */
  get isSettled(): boolean {
    return this.#phase === "in" && this.#unacknowledged.count === 0 &&
      this.#histories.length === 0 && this.#nick === undefined &&
      !this.#whos.includes(true);
  }

  /** A new connection begins: `join` is said on it first. */
  begin(): void {
    this.#phase = "joining";
    const since = this.#hasCursor && this.#highest !== undefined
      ? `${this.#epoch}.${this.#highest}`
      : "-";
    this.#out = `join|${this.#name}|${this.#key}|${since}\n`;
    this.#opening = [];
    this.#names.forgetListed();
    // It may not have arrived.
    this.#saidSeen = undefined;
  }

  /** The connection is lost: what is said from now on waits. */
  end(): void {
    this.#phase = "away";
    this.#out = "";
  }

  /** The lines that wait to be written. */
  takeOut(): string {
    const out = this.#out;
    this.#out = "";
    return out;
  }

  /**
   * Says it, now or when there is a connection.
   *
   * @returns a sentence, if it cannot be said
   */
  say({ kind, to, text }: Saying): string | undefined {
    const bytes = toBytes(text).length;
    if (bytes > TEXT_BYTES_MAX) {
      return `A message has at most ${TEXT_BYTES_MAX} bytes; that one has ${bytes}`;
    }
    if (/[\0\r\n]/.test(text)) {
      return "A message cannot contain a line end or a NUL";
    }
    let name = to;
    try {
      if (to !== EVERYONE) name = toChatName(to).shown;
    } catch (error) {
      if (error instanceof NameFault) return error.message;
      throw error;
    }
    const line = this.#unacknowledged.add({ kind, to: name, text }, bytes);
    if (this.isJoined) this.#out += line;
    return undefined;
  }

  /**
   * Asks for another name.
   *
   * @returns a sentence, if it is none
   */
  rename(name: string): string | undefined {
    try {
      this.#nick = toChatName(name).shown;
    } catch (error) {
      if (error instanceof NameFault) return error.message;
      throw error;
    }
    // What has arrived under the old name, before something else may come that was kept for the new one.
    this.saySeen();
    if (this.isJoined) this.#out += `nick|${this.#nick}\n`;
    return undefined;
  }

  /** Asks who is here; `isAsked` where the answer is for a person, and not for completion alone. */
  askNames(isAsked: boolean): void {
    this.#wantsNames = true;
    this.#whos.push(isAsked);
    if (this.isJoined) this.#out += "who\n";
  }

  /** Asks for the last `count` lines of the room. */
  askHistory(count: number): void {
    this.#histories.push(count);
    if (this.isJoined) this.#out += `history|${count}\n`;
  }

  /** Asks whether the server is there. */
  ping(): void {
    this.#out += "ping\n";
  }

  /** Tells the server what was shown, if that is new. */
  saySeen(): void {
    if (this.#phase !== "in" || this.#cameLast === this.#saidSeen) return;
    this.#saidSeen = this.#cameLast;
    this.#out += `seen|${this.#cameLast}\n`;
  }

  /** Leaves. */
  quit(): void {
    this.saySeen();
    this.#out += "quit\n";
  }

  /**
   * What `line` has for the person.
   *
   * @throws {PeerError} if it has no place here
   */
  take(line: ServerLine): News[] {
    switch (line.kind) {
      case "joined":
        return this.#joined(line.name, line.epoch, line.number);
      case "refused":
        return this.#refused(line);
      case "ping":
        // A server that asks and asks without reading gets one answer.
        if (!this.#out.endsWith("pong\n")) this.#out += "pong\n";
        return [];
      case "pong":
      case "bye":
        return [];
    }
    if (!this.isJoined) throw new PeerError("The server speaks before joined");
    switch (line.kind) {
      case "message":
      case "action":
        return line.isOld ? this.#old(line) : this.#said(line);
      case "now":
        return this.#now(line.id);
      case "sent":
        if (line.number > this.#unacknowledged.lastNumber) {
          throw new PeerError("The server acknowledges what was not said");
        }
        this.#unacknowledged.acknowledge(line.number);
        return [];
      case "kept":
        return [{ kind: "kept", name: line.name }];
      case "came":
      case "left":
        return this.#cameOrLeft(line.kind, line.names);
      case "renamed":
        return this.#renamed(line.from, line.to);
      case "names":
        return this.#namesListed(line.names);
      case "missed":
        return [line];
      default:
        throw line satisfies never;
    }
  }

  #joined(name: string, epoch: string, number: number): News[] {
    if (this.#phase !== "joining") {
      throw new PeerError("The server says joined unasked");
    }
    this.#phase = "opening";
    this.#name = name;
    this.#isBack = this.#epoch !== undefined;
    if (epoch === this.#epoch) this.#unacknowledged.acknowledge(number);
    else {
      // Another history, which knows nothing of what we said: the NUMBERs go on behind what it knows.
      this.#unacknowledged.renumber(number);
      this.#epoch = epoch;
      this.#hasCursor = false;
      this.#highest = undefined;
      this.#cameLast = undefined;
      this.#shown.clear();
    }
    this.#out += this.#unacknowledged.lines();
    if (this.#nick !== undefined) this.#out += `nick|${this.#nick}\n`;
    for (const count of this.#histories) this.#out += `history|${count}\n`;
    // One answer serves all who have asked.
    if (this.#wantsNames) {
      this.#whos = [this.#whos.includes(true)];
      this.#out += "who\n";
    }
    return [{ kind: "joined", name }];
  }

  #refused(
    { number, code, text }: ServerLine & { kind: "refused" },
  ): News[] {
    const saying = this.#unacknowledged.take(number);
    if (number === 0 && this.isJoined) this.#nick = undefined;
    return [{ kind: "refused", code, text, saying }];
  }

  #old(line: SaidLine): News[] {
    if (this.#phase === "in") return [line];
    this.#raise(line.id);
    if (this.#shown.has(line.id)) return [];
    // Whoever comes back was here when it was typed.
    if (this.#isBack && fold(line.from) === fold(this.#name)) return [];
    this.#opening.push(line);
    if (this.#opening.length > OPENING_MAX) this.#opening.shift();
    return [];
  }

  #said(line: SaidLine): News[] {
    const old = this.#opened();
    this.#raise(line.id);
    this.#cameLast = line.id;
    if (this.#shown.has(line.id)) return old;
    this.#remember(line.id);
    return [...old, line];
  }

  #now(id: number | undefined): News[] {
    if (this.#phase === "in") {
      this.#histories.shift();
      return [];
    }
    const old = this.#opened();
    this.#phase = "in";
    this.#wasIn = true;
    this.#hasCursor = true;
    if (id !== undefined) this.#raise(id);
    return old;
  }

  /** The old lines of an opening that are news: at the first start the last ones, later all that were not shown. */
  #opened(): News[] {
    const lines = this.#opening.splice(0);
    const news = this.#wasIn || this.#historyMax >= lines.length
      ? lines
      : lines.slice(lines.length - this.#historyMax);
    for (const { id } of lines) this.#remember(id);
    return news;
  }

  #raise(id: number): void {
    if (id > (this.#highest ?? -1)) this.#highest = id;
  }

  #remember(id: number): void {
    this.#shown.add(id);
    if (this.#shown.size > SHOWN_MAX) {
      const [oldest] = this.#shown;
      this.#shown.delete(oldest!);
    }
  }

  #cameOrLeft(kind: "came" | "left", names: readonly string[]): News[] {
    const own = fold(this.#name);
    const others = names.filter((name) => fold(name) !== own);
    for (const name of others) {
      if (kind === "left") this.#names.left(name);
      else this.#names.came(name);
    }
    return others.length === 0 ? [] : [{ kind, names: others }];
  }

  #renamed(from: string, to: string): News[] {
    const isOwn = fold(from) === fold(this.#name);
    if (isOwn) {
      this.#name = to;
      this.#nick = undefined;
    }
    this.#names.left(from);
    this.#names.came(to);
    return [{ kind: "renamed", from, to, isOwn }];
  }

  #namesListed(names: readonly string[]): News[] {
    const all = this.#names.listed(names);
    if (all === undefined) return [];
    return this.#whos.shift() ? [{ kind: "names", names: all }] : [];
  }
}
