/**
 * The room, driven: turns are settled (stored, acknowledged) and written out together, comings and goings are told, the
 * time passes.
 *
 * A turn ends in a microtask that the first one who said something has asked for: everybody whose bytes arrived in the
 * same turn of the event loop has had their say by then. So a turn is one transaction in the store, and one write for
 * each who is told something, in this turn or in one of those that follow (rounds.ts).
 *
 * @module
 */

import type { Member, Port } from "../../chat/people.ts";
import type { Room } from "../../chat/room.ts";
import type { ChatEvent } from "../../chat/server_connection.ts";
import { Refusal } from "../../errors.ts";
import type { Clock } from "../../io/clock.ts";
import type { Log } from "../../io/log.ts";
import type { OutPort } from "./out_port.ts";
import { Rounds } from "./rounds.ts";

/** Comings and goings are collected for so long: a thousand people arriving do not cause a million lines. */
const COMINGS_MS = 250;
/** When what was said cannot be stored (a full disk), it is tried again after so long. */
const RETRY_MS = 1000;
/** What a slow reader is given to take the word why it is dropped. */
const GOODBYE_MS = 2000;

const STOPPING = "The server is stopping";

export class ChatRoom {
  readonly room: Room;
  readonly clock: Clock;
  readonly log: Log;
  readonly #rounds: Rounds;
  readonly #stopTicking: () => void;
  readonly #over = new AbortController();
  #turn: PromiseWithResolvers<void> | undefined;
  #isStuck = false;
  #isStopping = false;

  constructor(room: Room, clock: Clock, log: Log) {
    this.room = room;
    this.clock = clock;
    this.log = log;
    this.#rounds = new Rounds(room, clock, () => void this.turn());
    this.#stopTicking = clock.every(COMINGS_MS, () => {
      const isTold = !this.#isStuck && !this.#isStopping && room.tellComings();
      // Those who are due wait for one of the writes under way; if all of these are to readers that are slow, for us.
      if (isTold || room.dueCount > 0) void this.turn();
    });
  }

  /** What was said could not be stored: nobody is listened to until it is, or it would fill the memory. */
  get isStuck(): boolean {
    return this.#isStuck;
  }

  /**
   * Something was said, or is to be written: the turn is settled when everyone had their say.
   *
   * @returns resolves when what was said in this turn is stored; rejects if the server stops without that
   */
  turn(): Promise<void> {
    if (this.#turn === undefined) {
      this.#turn = Promise.withResolvers();
      // Most who ask for a turn do not wait for it.
      this.#turn.promise.catch(() => {});
      this.room.tell(this.clock.wallTime());
      void Promise.resolve().then(() => this.#endTurn());
    }
    return this.#turn.promise;
  }

  /** Somebody wants to come in; `undefined` if they cannot. */
  join(
    port: Port,
    event: Extract<ChatEvent, { kind: "join" }>,
  ): Member | undefined {
    if (!this.#isStopping) return this.room.join(port, event);
    this.room.bye(port, "stopping", STOPPING);
    return undefined;
  }

  /** There is more to write to `port`. */
  writeOn(port: Port): void {
    this.room.wake(port);
    void this.turn();
  }

  /** `member` leaves, for the reason that `code` and `text` tell. */
  dismiss(member: Member, code: string, text: string): void {
    this.room.dismiss(member, code, text);
    void this.turn();
  }

  /** Somebody reads too slowly: what waits is thrown away. `abort` is called when they do not take the word either. */
  overflown(
    port: OutPort,
    member: Member | undefined,
    abort: () => void,
  ): void {
    this.log.note(
      `${member?.person.shown ?? "somebody"} reads too slowly and is dropped`,
    );
    port.out.clear();
    const text = "You read too slowly; come back to what you missed";
    if (member === undefined) this.room.bye(port, "slow", text);
    else this.room.dismiss(member, "slow", text);
    void this.turn();
    void this.clock.sleep(GOODBYE_MS, this.#over.signal).then(abort);
  }

  /** Says goodbye to everyone; nobody comes in any more. */
  stop(): void {
    this.#isStopping = true;
    this.room.dismissAll("stopping", STOPPING);
    void this.turn();
    // Whoever waits for a full disk is not waited for.
    void this.clock.sleep(GOODBYE_MS, this.#over.signal)
      .then(() => this.#isStuck && this.#giveUp());
  }

  /** Everyone is gone: stores what is left to be stored. */
  close(): void {
    this.#giveUp();
    try {
      this.room.settle();
    } catch (error) {
      this.log.note(`Cannot store what was said last: ${error}`);
    }
  }

  #giveUp(): void {
    this.#over.abort();
    this.#stopTicking();
    this.#rounds.end();
    this.#turn?.reject(new Refusal("stopping"));
  }

  #endTurn(): void {
    if (this.#over.signal.aborted) return this.#giveUp();
    try {
      this.room.settle();
    } catch (error) {
      // Nothing is acknowledged and nothing is shown: it did not happen yet.
      if (!this.#isStuck) this.log.note(`Cannot store what is said: ${error}`);
      this.#isStuck = true;
      void this.clock.sleep(RETRY_MS, this.#over.signal)
        .then(() => this.#endTurn());
      return;
    }
    if (this.#isStuck) this.log.note("What is said is stored again");
    this.#isStuck = false;
    const turn = this.#turn;
    this.#turn = undefined;
    this.#rounds.go();
    turn?.resolve();
  }
}
