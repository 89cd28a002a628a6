/**
 * What was done to peers as black boxes, and what was seen of them: the trace that the checks are given. Times are
 * milliseconds since 1970, peers are numbered from 0, a content is the text of a file and is never written twice.
 *
 * @module
 */

/** The content of a file; `null` if there is none. */
export type Shown = string | null;

/** A path as one peer shows it. */
export interface Look {
  readonly saw: Shown;
  /** The contents of its conflict copies, sorted; one that is there twice is in it twice. */
  readonly copies: readonly string[];
}

/** One thing that was done or seen. `at` is when it was over. */
export type Happening =
  & { readonly at: number }
  & (
    /** `content` took the place of `saw` in one step: what was replaced is known, and nothing came in between. */
    | {
      readonly do: "write";
      readonly peer: number;
      readonly path: string;
      readonly content: string;
      /** The date of the file. */
      readonly mtime: number;
      readonly saw: Shown;
    }
    /** `saw` was taken away in one step. */
    | {
      readonly do: "delete";
      readonly peer: number;
      readonly path: string;
      readonly saw: string;
    }
    | {
      readonly do: "read";
      readonly peer: number;
      readonly path: string;
      readonly saw: Shown;
    }
    /** The conflict copies of `path`; seen after, not together with, what was read before. */
    | {
      readonly do: "list";
      readonly peer: number;
      readonly path: string;
      readonly copies: readonly string[];
    }
    /** The peer does nothing from now on, until it is thawed. What it said before may still arrive. */
    | { readonly do: "freeze" | "thaw"; readonly peer: number }
    /** Nothing was under way any more. `looks` has, by path, what each peer shows. */
    | {
      readonly do: "stabilize";
      readonly looks: { readonly [path: string]: readonly Look[] };
    }
  );

/** What of `trace` is about `path`. Paths know nothing of each other. */
export function traceOf(
  trace: readonly Happening[],
  path: string,
): readonly Happening[] {
  return trace.flatMap((event): readonly Happening[] => {
    if (event.do === "stabilize") {
      return [{ ...event, looks: { [path]: event.looks[path] ?? [] } }];
    }
    return !("path" in event) || event.path === path ? [event] : [];
  });
}

/** A line for people. */
export function happeningText(event: Happening): string {
  switch (event.do) {
    case "write":
      return `peer ${event.peer} writes ${event.content}, of ${
        dateText(event.mtime)
      }, over ${shownText(event.saw)}`;
    case "delete":
      return `peer ${event.peer} deletes ${event.saw}`;
    case "read":
      return `peer ${event.peer} shows ${shownText(event.saw)}`;
    case "list":
      return `peer ${event.peer} has the copies ${event.copies.join(", ")}`;
    case "freeze":
    case "thaw":
      return `${event.do} peer ${event.peer}`;
    case "stabilize":
      return `all is quiet: ${
        Object.entries(event.looks).map(([path, looks]) =>
          `${path} is ${looks.map(lookText).join(" | ")}`
        ).join("; ")
      }`;
  }
}

function lookText({ saw, copies }: Look): string {
  return shownText(saw) +
    (copies.length === 0 ? "" : ` (copies: ${copies.join(", ")})`);
}

export function shownText(shown: Shown): string {
  return shown ?? "nothing";
}

function dateText(mtime: number): string {
  return new Date(mtime).toISOString().slice(11, -1);
}
