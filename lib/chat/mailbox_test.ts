import { assert, assertEquals } from "@std/assert";
import { LineBuffer } from "./line_buffer.ts";
import {
  AWAY_MESSAGES_MAX,
  type Mailbox,
  MAILBOX_BYTES_MAX,
  Mailboxes,
} from "./mailbox.ts";

const LINE = new LineBuffer();
LINE.putText("x".repeat(999) + "\n");

/** Puts so many messages of 1000 bytes, with IDs from `id` on. */
function fill(mailbox: Mailbox, id: number, count: number): void {
  for (let i = 0; i < count; i++) mailbox.put(id + i, LINE.view, 0, 1000);
}

Deno.test("Mailbox holds no more than its bytes; the oldest go", () => {
  const mailbox = new Mailboxes().add();
  fill(mailbox, 1, 5000);
  assert(mailbox.bytes < MAILBOX_BYTES_MAX + 20_000);
  assert(mailbox.bytes > MAILBOX_BYTES_MAX - 40_000);
  assertEquals(mailbox.above(0).id, 5001 - mailbox.length);
  assertEquals(mailbox.goneAbove(0), 5000 - mailbox.length);
});

Deno.test("Mailbox holds no more messages for one who is away", () => {
  const mailbox = new Mailboxes().add();
  fill(mailbox, 1, 1040);
  mailbox.keepForAway();
  assert(mailbox.length <= AWAY_MESSAGES_MAX);
  assertEquals(mailbox.last, 1040);
});

Deno.test("Mailbox lets go what was seen, and all of it when it is discarded", () => {
  const mailbox = new Mailboxes().add();
  fill(mailbox, 1, 500);
  mailbox.seen(499);
  assertEquals(mailbox.above(499).id, 500);
  assert(mailbox.length < 20);
  mailbox.discard();
  assertEquals([mailbox.length, mailbox.bytes, mailbox.above(0).id], [
    0,
    0,
    undefined,
  ]);
});

Deno.test("Mailboxes hold no more than their bytes all together; who had it longest loses first", () => {
  const all = new Mailboxes(1_000_000);
  const boxes = Array.from({ length: 20 }, () => all.add());
  boxes.forEach((box, i) => fill(box, i * 100 + 1, 100));
  const bytes = boxes.reduce((sum, box) => sum + box.bytes, 0);
  assert(bytes < 1_000_000 + 20_000 && bytes > 900_000, `${bytes}`);
  assert(boxes[0]!.goneAbove(0) > 50);
  assertEquals(boxes.at(-1)!.length, 100);
  // What was seen makes room.
  for (const box of boxes) box.discard();
  fill(boxes[0]!, 5000, 500);
  assertEquals(boxes[0]!.length, 500);
});
