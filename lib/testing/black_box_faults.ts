/**
 * What has to be true of a trace whatever the rules of who wins are: all come to the same, nothing is lost, nothing comes
 * back, nothing is there twice. It is looked for without any model, and so it judges programs of others, too.
 *
 * @module
 */

import { type Happening, type Look, shownText } from "./black_box_trace.ts";

/** The faults of `path` in `trace` (`traceOf`), each as a sentence. */
export function faultsOf(trace: readonly Happening[], path: string): string[] {
  const faults: string[] = [];
  const written = new Set<string>();
  /** Overwritten or deleted by somebody who had it on the disk. */
  const taken = new Set<string>();
  /** Nobody had it when all was quiet. */
  const gone = new Set<string>();
  const see = (peer: number, content: string | null) => {
    if (content === null) return;
    if (!written.has(content)) {
      faults.push(`Peer ${peer} shows ${content}, which nobody wrote`);
    } else if (gone.has(content)) {
      faults.push(`Peer ${peer} shows ${content}, which was gone everywhere`);
    }
  };
  for (const event of trace) {
    switch (event.do) {
      case "write":
      case "delete":
        see(event.peer, event.saw);
        if (event.saw !== null) taken.add(event.saw);
        if (event.do === "write") written.add(event.content);
        break;
      case "read":
        see(event.peer, event.saw);
        break;
      case "list":
        for (const copy of event.copies) see(event.peer, copy);
        break;
      case "stabilize": {
        const looks = event.looks[path] ?? [];
        faults.push(...differences(looks), ...doubles(looks));
        const there = new Set<string | null>();
        for (const [peer, { saw, copies }] of looks.entries()) {
          for (const content of [saw, ...copies]) {
            see(peer, content);
            there.add(content);
          }
        }
        for (const content of written) {
          if (there.has(content) || gone.has(content)) continue;
          if (!taken.has(content)) {
            faults.push(`${content} is lost: nobody who had it took it away`);
          }
          gone.add(content);
        }
      }
    }
  }
  return faults;
}

function differences(looks: readonly Look[]): string[] {
  const [first, ...others] = looks;
  const faults: string[] = [];
  for (const [index, look] of others.entries()) {
    const peer = index + 1;
    if (look.saw !== first!.saw) {
      const [mine, theirs] = [look.saw, first!.saw].map(shownText);
      faults.push(`Peer ${peer} has ${mine}, peer 0 has ${theirs}`);
    }
    if (look.copies.join("\n") !== first!.copies.join("\n")) {
      faults.push(`Peer ${peer} has other conflict copies than peer 0`);
    }
  }
  return faults;
}

function doubles(looks: readonly Look[]): string[] {
  return looks.flatMap(({ copies }, peer) =>
    copies.filter((copy, at) => copies.indexOf(copy) < at)
      .map((copy) => `Peer ${peer} has two conflict copies of ${copy}`)
  );
}
