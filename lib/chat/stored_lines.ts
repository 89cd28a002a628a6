/**
 * What a room makes of what was stored before it was started.
 *
 * @module
 */

import { fromBytes, LF } from "../bytes/ascii.ts";
import type { LineLog } from "./line_log.ts";
import { fold } from "./names.ts";
import type { People } from "./people.ts";
import type { Stored } from "./store.ts";

const PIPE = 0x7c;
const TO_EVERYONE = 0x2a;

/** Puts `stored` into `people` and `history`. */
export function loadStored(
  stored: Stored,
  people: People,
  history: LineLog,
  historyBytesMax: number,
): void {
  for (const { key, number, refusals } of stored.keys) {
    const record = people.record(key);
    record.number = number;
    for (const line of refusals.match(/.+\n/g) ?? []) {
      record.refusals.push({ line, id: stored.lastId });
    }
    people.rememberKey(record);
  }
  for (const { folded, shown, seen } of stored.people) {
    people.person(shown, folded).seen = seen;
  }
  for (const lines of stored.lines) {
    for (let from = 0; from < lines.length;) {
      const to = lines.indexOf(LF, from) + 1;
      loadLine(lines, from, to, people, history);
      from = to;
    }
    history.keep(historyBytesMax);
  }
}

/** A line goes where it went when it was said, but for what was seen. */
function loadLine(
  lines: Uint8Array,
  from: number,
  end: number,
  people: People,
  history: LineLog,
): void {
  const idAt = lines.indexOf(PIPE, from) + 1;
  const timeAt = lines.indexOf(PIPE, idAt) + 1;
  const nameAt = lines.indexOf(PIPE, timeAt) + 1;
  const toAt = lines.indexOf(PIPE, nameAt) + 1;
  const textAt = lines.indexOf(PIPE, toAt) + 1;
  const view = new DataView(lines.buffer, lines.byteOffset, lines.length);
  const id = Number(fromBytes(lines.subarray(idAt, timeAt - 1)));
  if (textAt === toAt + 2 && lines[toAt] === TO_EVERYONE) {
    history.put(id, view, from, end);
    return;
  }
  const name = fromBytes(lines.subarray(toAt, textAt - 1)) ?? "";
  const person = people.named(fold(name));
  if (person === undefined || id <= person.seen) return;
  person.mailbox.put(id, view, from, end);
  person.mailbox.keepForAway();
}
