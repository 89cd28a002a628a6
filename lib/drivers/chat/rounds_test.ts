import { assertEquals } from "@std/assert";
import type { Port } from "../../chat/people.ts";
import { FakeClock } from "../../testing/fake_clock.ts";
import { CROWD, CROWD_MS, Rounds, WRITES_AT_ONCE } from "./rounds.ts";

/** Ports by number, and those of them that are being written to. */
class Ports {
  readonly clock = new FakeClock();
  readonly due: number[] = [];
  readonly begun: number[] = [];
  readonly #done = new Map<number, () => void>();
  readonly #rounds: Rounds;

  constructor() {
    this.#rounds = new Rounds(this, this.clock, () => this.#rounds.go());
  }

  get dueCount(): number {
    return this.due.length;
  }

  takeDue(countMax: number): Port[] {
    return this.due.splice(0, countMax).map((number) => ({
      flush: () => this.#flush(number),
    } as unknown as Port));
  }

  /** So many have something to write, from number `from` on. */
  add(count: number, from = 0): void {
    for (let number = from; number < from + count; number++) {
      this.due.push(number);
    }
    this.#rounds.go();
  }

  /** The write to `number` is done. */
  async finish(number: number): Promise<void> {
    this.#done.get(number)?.();
    this.#done.delete(number);
    await this.clock.advance(0);
  }

  /** All writes are, until none is begun any more. */
  async finishAll(): Promise<void> {
    while (this.#done.size > 0) {
      for (const number of [...this.#done.keys()]) await this.finish(number);
    }
  }

  #flush(number: number): Promise<void> | undefined {
    if (this.#done.has(number)) return undefined;
    this.begun.push(number);
    return new Promise((resolve) => this.#done.set(number, resolve));
  }
}

Deno.test("Rounds begins some writes, and more when one of them is done", async () => {
  const ports = new Ports();
  ports.add(100);
  assertEquals(ports.begun.length, WRITES_AT_ONCE);
  await ports.finish(5);
  assertEquals(ports.begun.length, 2 * WRITES_AT_ONCE);
  await ports.finishAll();
  assertEquals(ports.begun, [...Array(100).keys()]);
});

Deno.test("Rounds does not count ports that are being written to already", () => {
  const ports = new Ports();
  ports.add(WRITES_AT_ONCE);
  ports.due.push(...ports.begun);
  ports.add(1, 1000);
  assertEquals(ports.begun.length, WRITES_AT_ONCE + 1);
});

Deno.test("Rounds writes to a few at once, as often as there is something", async () => {
  const ports = new Ports();
  for (let time = 0; time < 3; time++) {
    ports.add(CROWD);
    await ports.finishAll();
    assertEquals(ports.begun.length, (time + 1) * CROWD);
  }
});

Deno.test("Rounds writes to a crowd at once, and again when it is time", async () => {
  const ports = new Ports();
  const crowd = 2 * CROWD;
  ports.add(crowd);
  await ports.finishAll();
  assertEquals(ports.begun.length, crowd);
  ports.add(crowd);
  await ports.clock.advance(CROWD_MS - 1);
  assertEquals(ports.begun.length, crowd);
  await ports.clock.advance(1);
  await ports.finishAll();
  assertEquals(ports.begun.length, 2 * crowd);
});

Deno.test("Rounds goes through all who were due before those who came later", async () => {
  const ports = new Ports();
  ports.add(CROWD + 1);
  ports.add(CROWD + 1, 1000);
  await ports.finishAll();
  assertEquals(ports.begun, [...Array(CROWD + 1).keys()]);
  await ports.clock.advance(CROWD_MS);
  await ports.finishAll();
  assertEquals(ports.begun.at(CROWD + 1), 1000);
});
