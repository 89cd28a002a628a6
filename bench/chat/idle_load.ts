/**
 * The load of people who are there and say nothing, and what the next message takes then.
 *
 * @module
 */

import { residentBytes } from "../processes.ts";
import { DIALECTS } from "./dialects.ts";
import { type Socket, Sockets } from "./sockets.ts";

/** What is asked of the load. */
export interface IdleOrder {
  readonly kind: "idle";
  readonly port: number;
  readonly pid: number;
  readonly connections: number;
  /** Messages that are sent then, one after the other. */
  readonly messages: number;
}

/** What came of it. */
export interface IdleResult {
  readonly serverBytes: number;
  /** From one idle connection to another, each. */
  readonly directMs: readonly number[];
  /** From one idle connection until all others have it. */
  readonly everyoneMs: number;
}

const PATIENCE_MS = 30_000;
const AT_ONCE = 100;
const QUIET_MS = 2000;

/** Puts the load on. */
export function loadIdle(order: IdleOrder): IdleResult {
  const sockets = new Sockets();
  const people: Person[] = [];
  while (people.length < order.connections) {
    for (let index = 0; index < AT_ONCE; index++) {
      people.push(new Person(sockets, order.port, `p${people.length}`));
    }
    const inside = () => people.every(({ isIn }) => isIn);
    sockets.until(inside, PATIENCE_MS, `${people.length} are in`);
  }
  sockets.untilTime(performance.now() + QUIET_MS);
  const serverBytes = residentBytes([order.pid], "VmRSS");

  const directMs: number[] = [];
  for (let index = 0; index < order.messages; index++) {
    // From the oldest connections to the youngest.
    const step = Math.floor(index * people.length / order.messages);
    const from = people[step]!;
    const to = people[people.length - 1 - step]!;
    const begunMs = performance.now();
    from.say(to.name);
    sockets.until(() => to.heard === 1, PATIENCE_MS, "a message arrives");
    directMs.push(performance.now() - begunMs);
    to.heard = 0;
  }
  const begunMs = performance.now();
  people[0]!.say("*");
  const others = people.slice(1);
  let waiting = 0;
  const all = () => {
    while (waiting < others.length && others[waiting]!.heard > 0) waiting++;
    return waiting === others.length;
  };
  sockets.until(all, PATIENCE_MS, "everyone has the message");
  return { serverBytes, directMs, everyoneMs: performance.now() - begunMs };
}

class Person {
  readonly name: string;
  isIn = false;
  /** Messages. */
  heard = 0;
  readonly #socket: Socket;
  #number = 0;

  constructor(sockets: Sockets, port: number, name: string) {
    this.name = name;
    this.#socket = sockets.connect(port, (...heard) => this.#hear(...heard));
    this.#say(DIALECTS.landline.enter(name));
  }

  say(to: string): void {
    this.#say(`send|${++this.#number}|${to}|Is anybody there?\n`);
  }

  #say(line: string): void {
    this.#socket.send(new TextEncoder().encode(line));
  }

  #hear(bytes: Uint8Array, end: number): number {
    const text = new TextDecoder().decode(bytes.subarray(0, end));
    const whole = text.lastIndexOf("\n") + 1;
    for (const line of text.slice(0, whole).split("\n")) {
      if (line.startsWith("message|")) this.heard++;
      else if (line === "ping") this.#say("pong\n");
      else this.isIn ||= DIALECTS.landline.isIn.test(line);
    }
    // All of it is ASCII: as many bytes as characters.
    return whole;
  }
}
