/**
 * The room, driven: turns are settled (stored, acknowledged) and written out together, comings and goings are told, the
 * time passes.
 *
 * A turn ends in a microtask that the first one who said something has asked for: everybody whose bytes arrived in the
 * same turn of the event loop has had their say by then. So a turn is one transaction in the store, and one write for
 * each who is told something.
 *
 * @module
 */

import type { Person } from "../../chat/people.ts";
import type { Room } from "../../chat/room.ts";
import type { Clock } from "../../io/clock.ts";
import type { Log } from "../../io/log.ts";
import type { OutPort } from "./out_port.ts";

/** Comings and goings are collected for so long: a thousand people arriving do not cause a million lines. */
const COMINGS_MS = 250;
/** When what was said cannot be stored (a full disk), it is tried again after so long. */
const RETRY_MS = 1000;
/** What a slow reader is given to take the word why it is dropped. */
const GOODBYE_MS = 2000;

export class ChatRoom {
  readonly room: Room;
  readonly clock: Clock;
  readonly log: Log;
  readonly #stopTicking: () => void;
  #turn: PromiseWithResolvers<void> | undefined;
  #isFull = false;

  constructor(room: Room, clock: Clock, log: Log) {
    this.room = room;
    this.clock = clock;
    this.log = log;
    this.#stopTicking = clock.every(COMINGS_MS, () => {
      if (room.tellComings()) void this.turn();
    });
  }

  /**
   * Something was said, or is to be written: the turn is settled when everyone had their say.
   *
   * @returns resolves when what was said in this turn is stored
   */
  turn(): Promise<void> {
    if (this.#turn === undefined) {
      this.#turn = Promise.withResolvers();
      this.room.tell(this.clock.wallTime());
      void Promise.resolve().then(() => this.#endTurn());
    }
    return this.#turn.promise;
  }

  /** There is more to write to `port`. */
  writeOn(port: OutPort): void {
    this.room.wake(port);
    void this.turn();
  }

  /** Somebody reads too slowly. */
  overflown(
    port: OutPort,
    person: Person | undefined,
    abort: () => void,
  ): void {
    this.log.note(
      `${person?.shown ?? "somebody"} reads too slowly and is dropped`,
    );
    if (person !== undefined) this.room.leave(person, port);
    port.out.clear();
    const text = "You read too slowly; come back to what you missed";
    this.room.bye(port, "slow", text);
    void this.turn();
    void this.clock.sleep(GOODBYE_MS).then(abort);
  }

  /** Says goodbye to everyone. */
  stop(): void {
    this.#stopTicking();
    this.room.byeToAll("stopping", "The server is stopping");
    void this.turn();
  }

  #endTurn(): void {
    try {
      this.room.settle();
    } catch (error) {
      // Nothing is acknowledged and nothing is shown: it did not happen yet.
      if (!this.#isFull) this.log.note(`Cannot store what is said: ${error}`);
      this.#isFull = true;
      void this.clock.sleep(RETRY_MS).then(() => this.#endTurn());
      return;
    }
    this.#isFull = false;
    const turn = this.#turn;
    this.#turn = undefined;
    for (const port of this.room.takeDue()) (port as OutPort).flush();
    turn?.resolve();
  }
}
