/**
 * What a room makes of what was stored before it was started.
 *
 * @module
 */

import { fromBytes, LF } from "../bytes/ascii.ts";
import type { History } from "./history.ts";
import { Mailbox } from "./mailbox.ts";
import { fold } from "./names.ts";
import type { People } from "./people.ts";
import type { Stored } from "./store.ts";

/** Puts `stored` into `people` and `history`. */
export function loadStored(
  stored: Stored,
  people: People,
  history: History,
  mailboxBytesMax: number,
): void {
  for (const [key, number] of stored.numbers) people.setNumber(key, number);
  for (const [folded, { shown, seen }] of stored.people) {
    people.add(shown, folded, new Mailbox(mailboxBytesMax)).seen = seen;
  }
  for (const lines of stored.lines) {
    for (let from = 0; from < lines.length;) {
      const to = lines.indexOf(LF, from) + 1;
      // What is cut off was never acknowledged.
      if (to === 0) break;
      loadLine(lines.slice(from, to), people, history);
      from = to;
    }
  }
}

function loadLine(line: Uint8Array, people: People, history: History): void {
  const [, idText = "", , , to = ""] = (fromBytes(line) ?? "").split("|", 5);
  const id = Number(idText);
  if (to === "*") return history.put(id, line);
  const person = people.named(fold(to));
  if (person !== undefined && id > person.seen) {
    person.mailbox.put(id, line, 0, line.length);
  }
}
