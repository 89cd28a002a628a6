/**
 * A crowd that talks at random, from a seed, in the room of a chat server, over networks that lose connections, with a server
 * that is killed and started again; and a model beside it, of what was promised (docs/chat.md, "What is guaranteed").
 *
 * Every text is said once. So each screen tells by itself whether something is on it twice or out of order; and when
 * everybody has heard everything, what is missing that was acknowledged.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { fold } from "../chat/names.ts";
import { Room } from "../chat/room.ts";
import { type Company, CrowdClient, type Said } from "./chat_crowd_client.ts";
import { type Numbers, seededNumbers } from "./fuzzing_bytes.ts";
import { MemoryChatStore } from "./memory_chat_store.ts";

/** What is done with a crowd. */
export interface CrowdOptions {
  readonly seed: number;
  readonly clients: number;
  readonly steps: number;
  /** Whether the server has a store, which is full at times, and is killed and started again. */
  readonly isStored: boolean;
}

/** What came of it. */
export interface CrowdResult {
  readonly acknowledged: number;
  readonly refused: number;
  readonly shown: number;
  readonly kills: number;
}

/** Lets a crowd talk; throws what is found. */
export function letCrowdTalk(options: CrowdOptions): CrowdResult {
  const crowd = new Crowd(options);
  for (let step = 0; step < options.steps; step++) crowd.step(step);
  crowd.calmDown();
  return crowd.look();
}

class Crowd implements Company {
  readonly random: Numbers;
  room: Room;
  readonly #store: MemoryChatStore | undefined;
  readonly #names: readonly string[];
  readonly #clients: CrowdClient[];
  /** They come at the end, to get what is kept for those who are away. */
  readonly #collectors: CrowdClient[] = [];
  #kills = 0;
  #isCalm = false;

  constructor({ seed, clients, isStored }: CrowdOptions) {
    this.random = seededNumbers(seed);
    this.#store = isStored ? new MemoryChatStore() : undefined;
    this.room = this.#newRoom();
    // Some names are in demand, and some were nobody's ever.
    this.#names = Array.from(
      { length: Math.ceil(clients * 1.2) },
      (_, i) => `Jörg ${i}`,
    );
    this.#clients = Array.from(
      { length: clients },
      (_, index) => new CrowdClient(this, index, index % 5 > 0),
    );
  }

  anyName(): string {
    const name = this.#names[this.random(this.#names.length)]!;
    return this.random(4) === 0 ? name.toUpperCase() : name;
  }

  /** A little happens, then the server has its turn. */
  step(step: number): void {
    this.room.tell(1_000_000 + step);
    for (let count = this.random(this.#clients.length); count > 0; count--) {
      this.#act(this.#clients[this.random(this.#clients.length)]!);
    }
    if (this.random(3) === 0) this.room.tellComings();
    if (!this.#settle()) return this.#kill();
    this.#write(this.#clients);
  }

  /** Nothing goes wrong any more, and nobody says anything new; everybody hears everything. */
  calmDown(): void {
    this.#isCalm = true;
    this.#hearAll(this.#clients);
    this.#names.forEach((name, i) => {
      const index = this.#clients.length + i;
      const collector = new CrowdClient(this, index, false);
      collector.connect(name);
      this.#collectors.push(collector);
    });
    this.#hearAll(this.#collectors, 20);
  }

  /** Holds what everybody has on their screens against what was promised. */
  look(): CrowdResult {
    const everybody = [...this.#clients, ...this.#collectors];
    const said = new Map<string, Said>();
    for (const client of this.#clients) {
      for (const one of client.said) said.set(one.token, one);
    }
    const places = new Map<string, Set<number>>();
    for (const { screen } of everybody) {
      for (const { token, id } of screen) {
        places.set(token, (places.get(token) ?? new Set()).add(id));
      }
    }
    for (const client of everybody) checkScreen(client, said);
    const lost = new Set(everybody.flatMap(({ lost }) => [...lost]));
    for (const { token, to, fate, sender } of said.values()) {
      const ids = places.get(token);
      if (fate === "refused") assert(ids === undefined, `${token} was refused`);
      if (fate !== "acknowledged" || to === "*") continue;
      // Without a KEY, what is written counts as seen (guarantee 3).
      assert(
        ids !== undefined || lost.has(token),
        `${token} from ${sender.index} to ${to} is on no screen`,
      );
    }
    this.#lookAtRoom(said, places);
    const fates = [...said.values()].map(({ fate }) => fate);
    return {
      acknowledged: fates.filter((fate) => fate === "acknowledged").length,
      refused: fates.filter((fate) => fate === "refused").length,
      shown: everybody.reduce((sum, { screen }) => sum + screen.length, 0),
      kills: this.#kills,
    };
  }

  /** What was said to everyone is in the history once, and on the screen of everyone who was there or came back. */
  #lookAtRoom(
    said: ReadonlyMap<string, Said>,
    places: ReadonlyMap<string, ReadonlySet<number>>,
  ): void {
    const reader = new CrowdClient(this, 10_000, false);
    reader.connect("reader");
    this.#hearAll([reader]);
    reader.tell("history|10000");
    this.#hearAll([reader]);
    const history = new Map(reader.screen.map((line) => [line.token, line]));
    assertEquals(history.size, reader.screen.length, "said twice");
    for (const { token, to, fate } of said.values()) {
      if (to !== "*" || fate !== "acknowledged") continue;
      assert(history.has(token), `${token} is not in the history`);
      assert((places.get(token)?.size ?? 0) <= 1, `${token} has two IDs`);
    }
    for (const client of this.#clients.filter(({ isKeyed }) => isKeyed)) {
      const shown = new Set(client.screen.map(({ token }) => token));
      for (const { token, id, from } of history.values()) {
        if (id <= (client.firstNow ?? Infinity)) continue;
        if (said.get(token)!.sender === client || shown.has(token)) continue;
        // A server that was started again knows what is one's own by the name alone.
        assert(
          this.#kills > 0 && client.names.has(fold(from)),
          `${token} (${id}) is missing at ${client.index}`,
        );
      }
    }
  }

  #act(client: CrowdClient): void {
    const { random } = this;
    const chance = random(100);
    if (!client.isConnected) {
      if (chance < 40) client.connect();
    } else if (chance < 25) client.say(random(3) === 0 ? "*" : this.anyName());
    else if (chance < 45) client.read(random(30));
    else if (chance < 75) client.beHeard(random(8));
    else if (chance < 85) client.saySeen();
    else if (chance < 90) client.tell(`nick|${this.anyName()}`);
    else if (chance < 92) client.tell("who");
    else if (chance < 94) client.tell("history|3");
    else if (chance < 95) client.tell("quit");
    else if (chance < 97) client.lose();
  }

  #hearAll(clients: readonly CrowdClient[], roundsMax = 300): void {
    for (let round = 0; round < roundsMax; round++) {
      for (const client of clients) {
        if (!client.isConnected) client.connect();
        client.read(Infinity);
        client.beHeard(Infinity);
      }
      assert(this.#settle());
      this.#write([...this.#clients, ...this.#collectors, ...clients]);
      if (clients.every(({ isSettled }) => isSettled)) return;
    }
    const late = clients.filter(({ isSettled }) => !isSettled);
    // Collectors come for names that may have somebody.
    assert(roundsMax < 300, `${late.map(({ index }) => index)} are not done`);
  }

  /** @returns false if the server was killed before it wrote what it had stored */
  #settle(): boolean {
    if (this.#store === undefined) {
      this.room.settle();
      return true;
    }
    this.#store.isFull = this.random(30) === 0;
    try {
      this.room.settle();
    } catch (error) {
      assert(this.#store.isFull, `${error}`);
      this.#store.isFull = false;
      this.room.settle();
    }
    return this.#isCalm || this.random(30) > 0;
  }

  #write(clients: Iterable<CrowdClient>): void {
    this.room.takeDue();
    for (const client of clients) client.beWritten();
  }

  #kill(): void {
    this.#kills++;
    for (const client of this.#clients) client.forget();
    this.room = this.#newRoom();
  }

  #newRoom(): Room {
    const store = this.#store;
    return new Room({ history: 20, keep: true, epoch: "one", store });
  }
}

/** Nothing twice, nothing out of order. */
function checkScreen(
  { index, screen }: CrowdClient,
  said: ReadonlyMap<string, Said>,
): void {
  const tokens = new Set<string>();
  const last = new Map<string, number>();
  for (const { token, isOld, to } of screen) {
    const one = said.get(token);
    assert(one !== undefined, `${index} shows "${token}", which nobody said`);
    assert(!tokens.has(token), `${index} shows ${token} twice`);
    tokens.add(token);
    if (isOld) continue;
    const way = `${one.sender.index} ${fold(to)}`;
    assert(one.number > (last.get(way) ?? 0), `${token} is late at ${index}`);
    last.set(way, one.number);
  }
}
