/**
 * Long answers, put line by line: what somebody is told who comes in or comes back, the history, the names.
 *
 * What is said while somebody is told what was said before is not put for them: it is in the history and in their mailbox,
 * and is told from there, in its turn. So a long absence takes no more memory than a short one.
 *
 * @module
 */

import { type LineCursor, type LineLog, NO_KEY } from "./line_log.ts";
import { nameLines } from "./name_lines.ts";
import type { Member, Port, Source } from "./people.ts";
import type { Stamp } from "./stamp.ts";

/** What is told from. */
export interface Told {
  readonly history: LineLog;
  readonly ids: Stamp;
}

const PIPE = 0x7c;

/**
 * For somebody who is new: the last `count` lines of the room as old ones, then what was kept for the name, then what was
 * said meanwhile.
 */
export function* firstOpening(
  { history, ids }: Told,
  member: Member,
  count: number,
): Source {
  const { port, person } = member;
  const end = ids.value;
  yield* oldLines(history, port, count, end);
  const kept = person.mailbox.above(person.seen);
  for (; (kept.id ?? Infinity) <= end; kept.next()) {
    sayMissed(port, kept);
    port.out.put(kept.line);
    yield;
  }
  sayMissed(port, kept);
  yield* catchUp({ history, ids }, member, end, end);
  port.out.putText(`now|${ids.value}\n`);
}

/**
 * For somebody who was here: what was said above `since`, and what came directly above `floor`, in the order of IDs.
 */
export function* laterOpening(
  told: Told,
  member: Member,
  since: number,
  floor: number,
): Source {
  yield* catchUp(told, member, since, floor);
  member.port.out.putText(`now|${told.ids.value}\n`);
}

/** What was said above `since` and came directly above `floor`, until there is no more: then one is no more behind. */
export function* catchUp(
  { history }: Told,
  member: Member,
  since: number,
  floor: number,
): Source {
  const { port, person, record } = member;
  const said = history.above(since);
  const ways = [
    { cursor: said, end: Infinity },
    { cursor: person.mailbox.above(floor), end: Infinity },
  ];
  // What came to a name that was left, and was under way then.
  for (const left of record?.left ?? []) {
    if (left.leftBy !== record || left.leftAt <= since) continue;
    const cursor = left.mailbox.above(since);
    ways.push({ cursor, end: left.leftAt });
  }
  const ownName = new TextEncoder().encode(`|${person.shown}|`);
  for (;;) {
    let next: LineCursor | undefined;
    let id = Infinity;
    for (const { cursor, end } of ways) {
      const at = cursor.id;
      sayMissed(port, cursor);
      if (at === undefined || at > end || at >= id) continue;
      next = cursor;
      id = at;
    }
    if (next === undefined) break;
    const isOwn = next === said &&
      (next.key === undefined || (next.key === NO_KEY && record === undefined)
        ? isFrom(next.line, ownName)
        : next.key === record?.key);
    if (!isOwn) port.out.put(next.line);
    next.next();
    yield;
  }
  member.isBehind = false;
}

/** The answer to `history`. */
export function* historyAnswer(
  { history, ids }: Told,
  port: Port,
  count: number,
): Source {
  const end = ids.value;
  yield* oldLines(history, port, count, end);
  port.out.putText(`now|${end}\n`);
}

/** The answer to `who`. */
export function* namesAnswer(port: Port, names: readonly string[]): Source {
  for (const line of nameLines("names", names)) {
    port.out.putText(line);
    yield;
  }
  port.out.putText("names\n");
}

function* oldLines(
  history: LineLog,
  port: Port,
  count: number,
  end: number,
): Source {
  const cursor = history.above(history.before(count));
  for (; (cursor.id ?? Infinity) <= end; cursor.next()) {
    port.out.putText("old|");
    port.out.put(cursor.line);
    yield;
  }
}

function sayMissed(port: Port, cursor: LineCursor): void {
  const count = cursor.takeGone();
  if (count > 0) port.out.putText(`missed|${count}\n`);
}

/** Whether the line is of the one whose `|FROM|` stands behind its ID and time. */
function isFrom(line: Uint8Array, from: Uint8Array): boolean {
  let at = -1;
  for (let fields = 0; fields < 3; fields++) at = line.indexOf(PIPE, at + 1);
  return from.every((byte, i) => line[at + i] === byte);
}
