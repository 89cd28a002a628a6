/**
 * One of a crowd (`chat_crowd.ts`): a client as docs/chat.md asks for one, and both ends of its connection.
 *
 * @module
 */

import { toBytes } from "../bytes/ascii.ts";
import { LineBuffer } from "../chat/line_buffer.ts";
import { fold } from "../chat/names.ts";
import type { Member, Port, Source } from "../chat/people.ts";
import type { Room } from "../chat/room.ts";
import { ChatServerConnection } from "../chat/server_connection.ts";
import type { Numbers } from "./fuzzing_bytes.ts";

/** The server's end of a connection; what was written and not read is lost with it. */
class CrowdPort implements Port {
  readonly out = new LineBuffer();
  isDue = false;
  isLeaving = false;
  isEnding = false;
  source: Source | undefined;
  flushed = 0;
  written = 0;
  /** Under way to the client. */
  down: string[] = [];
  /** Under way to the server. */
  up: string[] = [];
  readonly machine = new ChatServerConnection();
  member: Member | undefined;
}

/** A text that was said, and what its sender knows of it. */
export interface Said {
  readonly token: string;
  readonly sender: CrowdClient;
  readonly to: string;
  readonly number: number;
  /** `lost`: said without a KEY on a connection that was lost; nobody can know. */
  fate: "unknown" | "acknowledged" | "refused" | "lost";
}

/** A line on a screen. */
export interface Shown {
  readonly token: string;
  readonly id: number;
  readonly isOld: boolean;
  readonly from: string;
  readonly to: string;
}

/** The crowd, as one of them sees it. */
export interface Company {
  readonly random: Numbers;
  readonly room: Room;
  anyName(): string;
}

export class CrowdClient {
  readonly index: number;
  readonly screen: Shown[] = [];
  /** Every text that was said. */
  readonly said: Said[] = [];
  /** Names it had. */
  readonly names = new Set<string>();
  /** Where its first opening ended; what came later is not missed. */
  firstNow: number | undefined;
  /** Texts that were written to it, and lost with the connection. */
  readonly lost = new Set<string>();
  readonly isKeyed: boolean;
  readonly #company: Company;
  #port: CrowdPort | undefined;
  #name: string;
  #isIn = false;
  #isOpen = false;
  #number = 0;
  #cursor: string | undefined;
  #epoch = "";
  #highest = 0;
  #cameLast = 0;
  readonly #ids = new Set<number>();

  constructor(company: Company, index: number, isKeyed: boolean) {
    this.#company = company;
    this.index = index;
    this.isKeyed = isKeyed;
    this.#name = company.anyName();
  }

  get isIn(): boolean {
    return this.#isOpen;
  }

  /** Whether nothing is under way to it, from it, or waits to be acknowledged. */
  get isSettled(): boolean {
    const port = this.#port;
    return this.#isOpen && port !== undefined && port.up.length === 0 &&
      port.down.length === 0 && port.source === undefined &&
      (!this.isKeyed || this.said.every(({ fate }) => fate !== "unknown"));
  }

  /** Comes in, under `name` if that is free. */
  connect(name = this.#name): void {
    this.#name = name;
    this.#port = new CrowdPort();
    const key = this.isKeyed ? `${this.index}`.padStart(16, "k") : "-";
    const since = this.isKeyed ? this.#cursor ?? "-" : "-";
    this.#port.up.push(`join|${name}|${key}|${since}`);
  }

  get isConnected(): boolean {
    return this.#port !== undefined;
  }

  /** The connection is lost, with what is under way. */
  lose(): void {
    const port = this.#port;
    if (port === undefined) return;
    if (port.member !== undefined) this.#company.room.leave(port.member);
    this.#company.room.end(port);
    this.forget();
  }

  /** The same for a server that is gone. */
  forget(): void {
    for (const line of this.#port?.down ?? []) {
      this.lost.add(line.split("|").at(-1)!);
    }
    for (const said of this.isKeyed ? [] : this.said) {
      if (said.fate === "unknown") said.fate = "lost";
    }
    this.#port = undefined;
    this.#isIn = this.#isOpen = false;
  }

  say(to: string): void {
    if (!this.isKeyed && !this.#isIn) return;
    const number = ++this.#number;
    const token = `${this.index}.${number}`;
    const said: Said = { token, sender: this, to, number, fate: "unknown" };
    this.said.push(said);
    if (this.#isIn) this.#send(said);
  }

  /** Says any other line. */
  tell(line: string): void {
    if (this.#isIn) this.#port!.up.push(line);
  }

  saySeen(): void {
    if (this.#isOpen && this.#cameLast > 0) this.tell(`seen|${this.#cameLast}`);
  }

  /** The server reads up to `count` lines of it. */
  beHeard(count: number): void {
    const port = this.#port;
    const { room } = this.#company;
    if (port === undefined) return;
    for (let left = count; left > 0; left--) {
      if (port.isLeaving || port.source !== undefined) return;
      const line = port.up.shift();
      if (line === undefined) return;
      port.machine.buffer.append(toBytes(line + "\n"));
      const event = port.machine.next();
      if (port.member !== undefined) room.handle(port.member, event);
      else if (event.kind === "join") port.member = room.join(port, event);
      port.machine.next();
    }
  }

  /** What the room has put for it goes under way. */
  beWritten(): void {
    const port = this.#port;
    if (port === undefined) return;
    const text = new TextDecoder().decode(port.out.bytes);
    port.out.clear();
    port.down.push(...text.split("\n").slice(0, -1));
    port.written = port.flushed;
    if (port.source !== undefined) this.#company.room.wake(port);
  }

  /** Reads up to `count` lines. */
  read(count: number): void {
    for (let left = count; left > 0; left--) {
      const port = this.#port;
      const line = port?.down.shift();
      if (line === undefined) {
        if (port?.isEnding && port.out.length === 0) this.lose();
        return;
      }
      this.#hear(line);
    }
  }

  #send({ number, to, token }: Said): void {
    this.#port!.up.push(`send|${number}|${to}|${token}`);
  }

  #hear(line: string): void {
    const [word = "", ...fields] = line.split("|");
    switch (word) {
      case "joined":
        return this.#joined(fields);
      case "message":
        return this.#show(fields, false);
      case "old":
        return this.#show(fields.slice(1), true);
      case "now":
        this.#isOpen = true;
        this.firstNow ??= Number(fields[0]);
        this.#raise(Number(fields[0]));
        return;
      case "sent":
        return this.#acknowledge(Number(fields[0]));
      case "refused":
        return this.#refused(Number(fields[0]), fields[1]);
      case "renamed":
        if (fold(fields[0]!) === fold(this.#name)) this.#called(fields[1]!);
        return;
      case "kept":
      case "came":
      case "left":
      case "names":
      case "bye":
        return;
      default:
        throw new Error(`Client ${this.index} was told "${line}"`);
    }
  }

  #joined([name = "", epoch = "", number]: readonly string[]): void {
    this.#isIn = true;
    this.#called(name);
    if (epoch !== this.#epoch) {
      this.#epoch = epoch;
      this.#cursor = undefined;
      this.#highest = 0;
    }
    if (!this.isKeyed) return;
    this.#acknowledge(Number(number));
    for (const said of this.said) {
      if (said.fate === "unknown") this.#send(said);
    }
  }

  #called(name: string): void {
    this.#name = name;
    this.names.add(fold(name));
  }

  #acknowledge(number: number): void {
    for (const said of this.said) {
      if (said.number <= number && said.fate === "unknown") {
        said.fate = "acknowledged";
      }
    }
  }

  #refused(number: number, code: string | undefined): void {
    const said = this.said.find((said) => said.number === number);
    if (said !== undefined) said.fate = "refused";
    else if (code === "taken" && !this.#isIn) {
      this.lose();
      this.#name = this.#company.anyName();
    }
  }

  #show(fields: readonly string[], isOld: boolean): void {
    const [idText, , from = "", to = "", token = ""] = fields;
    const id = Number(idText);
    if (this.#ids.has(id)) return;
    this.#ids.add(id);
    this.screen.push({ token, id, isOld, from, to });
    if (!isOld) this.#cameLast = id;
    this.#raise(id);
  }

  #raise(id: number): void {
    this.#highest = Math.max(this.#highest, id);
    // Before the first opening is complete, something below may be missing.
    if (this.#cursor !== undefined || this.#isOpen) {
      this.#cursor = `${this.#epoch}.${this.#highest}`;
    }
  }
}
