/**
 * What a client has said and the server has not acknowledged, in order, under its NUMBERs (docs/chat.md, guarantee 2).
 *
 * @module
 */

/** More than a server takes in a turn, and little to say again. */
const MESSAGES_MAX = 512;
const BYTES_MAX = 256 * 1024;

/** What somebody wants to say. */
export interface Saying {
  readonly kind: "say" | "act";
  /** A name, or `*`. */
  readonly to: string;
  readonly text: string;
}

interface Numbered {
  number: number;
  readonly saying: Saying;
  readonly bytes: number;
}

export class Unacknowledged {
  #lastNumber = 0;
  #bytes = 0;
  readonly #all: Numbered[] = [];

  get count(): number {
    return this.#all.length;
  }

  /** Whether so much waits that nothing more should be said. */
  get isFull(): boolean {
    return this.#all.length >= MESSAGES_MAX || this.#bytes >= BYTES_MAX;
  }

  /** The last NUMBER that was given. */
  get lastNumber(): number {
    return this.#lastNumber;
  }

  /** Adds `saying`, whose text has `bytes` bytes; gives the line that says it. */
  add(saying: Saying, bytes: number): string {
    const numbered = { number: ++this.#lastNumber, saying, bytes };
    this.#all.push(numbered);
    this.#bytes += bytes;
    return lineOf(numbered);
  }

  /** Everything up to `number` is acknowledged. */
  acknowledge(number: number): void {
    let count = 0;
    while ((this.#all[count]?.number ?? Infinity) <= number) {
      this.#bytes -= this.#all[count++]!.bytes;
    }
    this.#all.splice(0, count);
  }

  /** `number` alone is answered; gives what it was, if it is not acknowledged already. */
  take(number: number): Saying | undefined {
    const at = this.#all.findIndex((numbered) => numbered.number === number);
    const [taken] = at < 0 ? [] : this.#all.splice(at, 1);
    this.#bytes -= taken?.bytes ?? 0;
    return taken?.saying;
  }

  /** Numbers everything anew, behind `lastNumber`: for a server that does not know the old NUMBERs. */
  renumber(lastNumber: number): void {
    this.#lastNumber = lastNumber;
    for (const numbered of this.#all) numbered.number = ++this.#lastNumber;
  }

  /** The lines that say everything again. */
  lines(): string {
    return this.#all.map(lineOf).join("");
  }
}

function lineOf({ number, saying: { kind, to, text } }: Numbered): string {
  return `${kind === "say" ? "send" : "act"}|${number}|${to}|${text}\n`;
}
