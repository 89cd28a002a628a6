/**
 * Reads what came as a JSON object from the network, field by field. Nothing is believed: a field has its type and stays
 * within its bounds, or the object is refused with a sentence. Keys that nobody asks for are left alone, so that a newer
 * version may say more.
 *
 * @module
 */

import { Refusal } from "../errors.ts";
import type { ReplicaId, RootHash } from "./record.ts";

/** So many of `0-9a-z` are the id of a replica. */
export const REPLICA_LETTERS = 10;
const REPLICA = new RegExp(`^[0-9a-z]{${REPLICA_LETTERS}}$`);
const ROOT = /^[A-Za-z0-9_-]{43}$/;
const TOKEN = /^[0-9A-Za-z_-]{1,64}$/;
/** What a peer may be called, in UTF-16 units. */
export const PEER_NAME_MAX = 64;
const PEER_NAME = new RegExp(`^[^\\x00-\\x1f\\x7f-\\x9f]{1,${PEER_NAME_MAX}}$`);

/** Whether `text` has the form of a replica's id. */
export function isReplicaId(text: string): text is ReplicaId {
  return REPLICA.test(text);
}

/** Whether `text` has the form of a content's root hash. */
export function isRootHash(text: string): text is RootHash {
  return ROOT.test(text);
}

/** The fields of one object. All methods throw `Refusal` (`bad-request`) with the reason. */
export class Fields {
  readonly #object: object;
  readonly #what: string;

  /** @param what the object is called in reasons */
  constructor(value: unknown, what: string) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw refused(`${what} is no JSON object`);
    }
    // JSON.parse makes an own key of it, which whoever copies the object would turn into something else.
    if (Object.hasOwn(value, "__proto__")) {
      throw refused(`${what} has a key "__proto__"`);
    }
    this.#object = value;
    this.#what = what;
  }

  /** The value as it came; `undefined` if it is lacking or null. */
  raw(key: string): unknown {
    if (!Object.hasOwn(this.#object, key)) return undefined;
    return (this.#object as Record<string, unknown>)[key] ?? undefined;
  }

  /** Whether the field is there and null. */
  isNull(key: string): boolean {
    return Object.hasOwn(this.#object, key) &&
      (this.#object as Record<string, unknown>)[key] === null;
  }

  /** What `read` makes of the field `key`, or `undefined` where it is lacking. */
  optional<T>(
    key: string,
    read: (this: Fields, key: string) => T,
  ): T | undefined {
    return this.raw(key) === undefined ? undefined : read.call(this, key);
  }

  /** A whole number, 0 or more. */
  count(key: string, max: number = Number.MAX_SAFE_INTEGER): number {
    const value = this.raw(key);
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
      throw this.#wrong(key, "a whole number");
    }
    const number = value as number;
    if (number < 0 || number > max) {
      throw this.#wrong(key, `a whole number from 0 to ${max}`);
    }
    return number;
  }

  flag(key: string): boolean {
    const value = this.raw(key);
    if (typeof value !== "boolean") throw this.#wrong(key, "true or false");
    return value;
  }

  /** Text of valid Unicode. */
  text(key: string, charactersMax: number): string {
    const value = this.raw(key);
    if (typeof value !== "string" || !value.isWellFormed()) {
      throw this.#wrong(key, "text");
    }
    if (value.length > charactersMax) {
      throw this.#wrong(key, `text of at most ${charactersMax} characters`);
    }
    return value;
  }

  /** Whole numbers from 0 to `max`; none where the field is lacking. */
  counts(key: string, countMax: number, max: number): readonly number[] {
    return this.list(key, countMax, (value) => {
      if (!Number.isSafeInteger(value) || Number(value) < 0) {
        throw this.#wrong(key, "a list of whole numbers");
      }
      if (Number(value) > max) {
        throw this.#wrong(key, `a list of numbers from 0 to ${max}`);
      }
      return Number(value);
    });
  }

  /** Text that `pattern` describes. @param what it is, for people */
  like(key: string, pattern: RegExp, what: string): string {
    const value = this.raw(key);
    if (typeof value !== "string" || !pattern.test(value)) {
      throw this.#wrong(key, what);
    }
    return value;
  }

  choice<T extends string>(key: string, choices: readonly T[]): T {
    const value = this.raw(key);
    const found = choices.find((choice) => choice === value);
    if (found === undefined) {
      throw this.#wrong(key, `one of ${choices.join(", ")}`);
    }
    return found;
  }

  replica(key: string): ReplicaId {
    return this.like(key, REPLICA, "a replica's id, ten of 0-9a-z");
  }

  /** A set of folders, a run, an epoch: made by chance. */
  token(key: string): string {
    return this.like(key, TOKEN, "1 to 64 of 0-9A-Za-z_-");
  }

  /** What a peer is called. */
  peerName(key: string): string {
    const what = `a name of 1 to ${PEER_NAME_MAX} characters`;
    const name = this.like(key, PEER_NAME, what);
    if (!name.isWellFormed()) throw this.#wrong(key, what);
    return name;
  }

  root(key: string): RootHash {
    return this.like(key, ROOT, "a root hash, 43 characters of base64url");
  }

  /** Ids of replicas; none where the field is lacking. */
  replicas(key: string, countMax: number): readonly ReplicaId[] {
    return this.#texts(key, countMax, REPLICA, "replicas' ids");
  }

  /** Root hashes; none where the field is lacking. */
  roots(key: string, countMax: number): readonly RootHash[] {
    return this.#texts(key, countMax, ROOT, "root hashes");
  }

  /**
   * A list, of each element of which `read` makes something; empty where the field is lacking.
   */
  list<T>(
    key: string,
    countMax: number,
    read: (value: unknown) => T,
  ): readonly T[] {
    const value = this.raw(key) ?? [];
    if (!Array.isArray(value)) throw this.#wrong(key, "a list");
    if (value.length > countMax) {
      throw this.#wrong(key, `a list of at most ${countMax}`);
    }
    return value.map((element) => read(element));
  }

  #texts(
    key: string,
    countMax: number,
    pattern: RegExp,
    what: string,
  ): readonly string[] {
    return this.list(key, countMax, (value) => {
      if (typeof value !== "string" || !pattern.test(value)) {
        throw this.#wrong(key, `a list of ${what}`);
      }
      return value;
    });
  }

  #wrong(key: string, wanted: string): Refusal {
    return refused(`"${key}" of ${this.#what} is not ${wanted}`);
  }
}

/** @returns the refusal of something that came from the network */
export function refused(text: string): Refusal {
  return new Refusal("bad-request", text);
}

/**
 * What `read` makes of the JSON in `line`.
 *
 * @returns a sentence where `line` is no JSON, or where `read` refuses it
 */
export function readLine<T>(
  line: string,
  read: (fields: Fields) => T,
): T | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return "The line is no JSON";
  }
  try {
    return read(new Fields(value, "The message"));
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
}
