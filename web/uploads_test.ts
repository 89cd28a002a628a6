import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { LineFault } from "./request.js";
import { UploadFault } from "./tus.js";
import {
  type Chosen,
  type OnProgress,
  type Upload,
  Uploads,
  withNextMark,
} from "./uploads.js";

/** An upload that does what the test says. */
class FakeSender {
  readonly path: string;
  runs = 0;
  isGivenUp = false;
  #progress: OnProgress = () => {};
  #ended = Promise.withResolvers<string | undefined>();

  constructor(path: string) {
    this.path = path;
  }

  run(
    signal: AbortSignal,
    onProgress: OnProgress,
  ): Promise<string | undefined> {
    this.runs++;
    this.#progress = onProgress;
    this.#ended = Promise.withResolvers();
    const { promise, reject } = this.#ended;
    signal.addEventListener("abort", () => reject(signal.reason));
    return promise;
  }

  giveUp(): Promise<void> {
    this.isGivenUp = true;
    return Promise.resolve();
  }

  progress(bytes: number, isKept = true): void {
    this.#progress(bytes, isKept);
  }

  async finish(place?: string): Promise<void> {
    this.#ended.resolve(place);
    await settled();
  }

  async fail(error: Error): Promise<void> {
    this.#ended.reject(error);
    await settled();
  }
}

/** Lets everything happen that waits for nothing. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** The uploads of a page, whose time stands still but for `wait`. */
class Page {
  readonly senders: FakeSender[] = [];
  readonly done: string[] = [];
  /** What was said when each was done. */
  readonly isMoreToCome: boolean[] = [];
  readonly pauses: number[] = [];
  readonly uploads: Uploads;
  #timers: (() => void)[] = [];
  #now = 0;

  constructor() {
    this.uploads = new Uploads({
      senderFor: ({ path }: Chosen) => {
        const sender = new FakeSender(path);
        this.senders.push(sender);
        return sender;
      },
      now: () => this.#now,
      after: (ms, action) => {
        this.pauses.push(ms);
        this.#timers.push(action);
        return () => {
          this.#timers = this.#timers.filter((timer) => timer !== action);
        };
      },
      chance: () => 0.5,
    }, {
      onChange: () => {},
      onDone: ({ path }) => {
        this.done.push(path);
        this.isMoreToCome.push(this.uploads.isMoreToCome);
      },
    });
  }

  get states(): string {
    return this.uploads.all.map(({ state }) => state).join(" ");
  }

  add(...paths: string[]): void {
    this.uploads.add(paths.map((path) => ({
      file: new File(["0123456789"], path),
      path,
    })));
  }

  at(index: number): Upload {
    return this.uploads.all[index]!;
  }

  /** Lets the pauses pass that somebody waits for. */
  async wait(): Promise<void> {
    const timers = this.#timers;
    this.#timers = [];
    for (const timer of timers) timer();
    await settled();
  }

  advance(ms: number): void {
    this.#now += ms;
  }
}

Deno.test("Uploads sends three at a time, in the order they came, the next when one is done", async () => {
  const page = new Page();
  page.add("a", "b", "c", "d", "e");
  assertEquals(page.states, "sending sending sending waiting waiting");
  await page.senders[1]!.finish("/b");
  assertEquals(page.states, "sending done sending sending waiting");
  assertEquals(page.at(1).place, "/b");
  assertEquals(page.done, ["b"]);
  assert(page.uploads.isBusy);
  for (const i of [0, 2, 3, 4]) await page.senders[i]!.finish();
  assertEquals(page.states, "done done done done done");
  assertEquals(page.uploads.isBusy, false);
  assertEquals(page.isMoreToCome, [true, true, true, true, false]);
});

Deno.test("Uploads tries again after pauses that grow, and goes on for as long as bytes arrive", async () => {
  const page = new Page();
  page.add("a");
  for (let i = 0; i < 3; i++) {
    await page.senders[0]!.fail(new LineFault("The server cannot be reached"));
    assertEquals(page.states, "resting");
    await page.wait();
  }
  page.senders[0]!.progress(5);
  await page.senders[0]!.fail(new LineFault("Cut"));
  assertEquals(page.pauses, [1000, 2000, 4000, 1000]);
  await page.wait();
  await page.senders[0]!.finish();
  assertEquals(page.states, "done");
  assertEquals(page.senders[0]!.runs, 5);
});

Deno.test("Uploads gives up in the end when nothing arrives, though bytes leave each time, and a person may try again", async () => {
  const page = new Page();
  page.add("a");
  let attempts = 0;
  while (page.states !== "failed") {
    page.senders[0]!.progress(attempts / 10, false);
    await page.senders[0]!.fail(
      new UploadFault("The check is wrong", { mayPass: true }),
    );
    await page.wait();
    assert(++attempts < 100);
  }
  assertEquals(page.at(0).fault, "The check is wrong");
  page.uploads.resume(page.at(0));
  assertEquals(page.states, "sending");
  await page.senders[0]!.finish();
  assertEquals(page.states, "done");
});

Deno.test("Uploads does not try again what the server refuses, and goes on with the others", async () => {
  const page = new Page();
  page.add("a", "b", "c", "d");
  await page.senders[0]!.fail(new UploadFault("Too large"));
  assertEquals(page.states, "failed sending sending sending");
  assertEquals([page.at(0).fault, page.pauses.length], ["Too large", 0]);
});

Deno.test("Uploads keeps both when the name is taken: under the next name that is free", async () => {
  const page = new Page();
  page.add("x/a.txt");
  const clash = () => new UploadFault("It is there", { isClash: true });
  await page.senders[0]!.fail(clash());
  assertEquals([page.at(0).isClash, page.states], [true, "failed"]);
  page.uploads.keepBoth(page.at(0));
  await page.senders[1]!.fail(clash());
  page.uploads.keepBoth(page.at(0));
  await page.senders[2]!.finish();
  assertEquals(page.senders.map(({ path }) => path), [
    "x/a.txt",
    "x/a (1).txt",
    "x/a (2).txt",
  ]);
  assertEquals(page.states, "done");
});

Deno.test("Uploads pauses what is sent, what rests and what waits, and goes on with each", async () => {
  const page = new Page();
  page.add("a", "b", "c", "d");
  await page.senders[1]!.fail(new LineFault("Cut"));
  page.uploads.pauseAll();
  await settled();
  assertEquals(page.states, "paused paused paused paused");
  assertEquals(page.uploads.isBusy, false);
  page.uploads.resumeAll();
  assertEquals(page.states, "sending sending sending waiting");
  for (const sender of page.senders) await sender.finish();
  assertEquals(page.states, "done done done done");
});

Deno.test("Uploads pauses and goes on at once without sending anything twice", async () => {
  const page = new Page();
  page.add("a");
  const upload = page.at(0);
  page.uploads.pause(upload);
  page.uploads.resume(upload);
  await settled();
  assertEquals([page.states, page.senders[0]!.runs], ["sending", 2]);
  await page.senders[0]!.finish();
  assertEquals(page.done, ["a"]);
});

Deno.test("Uploads gives up what is cancelled, at the server as well, and not what is done", async () => {
  const page = new Page();
  page.add("a", "b", "c", "d");
  await page.senders[2]!.finish();
  for (const upload of [...page.uploads.all]) page.uploads.cancel(upload);
  await settled();
  assertEquals(page.uploads.all, []);
  assertEquals(
    page.senders.map(({ isGivenUp }) => isGivenUp),
    [true, true, false, true],
  );
  assertEquals(page.uploads.isBusy, false);
});

Deno.test("Uploads does not wait any longer when the line is back", async () => {
  const page = new Page();
  page.add("a");
  await page.senders[0]!.fail(new LineFault("Cut"));
  page.uploads.wakeAll();
  await settled();
  assertEquals(page.states, "sending");
  page.uploads.pauseAll();
  await settled();
});

Deno.test("Uploads tells totals and the rate of all, and clears what is done, and what has failed", async () => {
  const page = new Page();
  page.add("a", "b");
  page.senders[0]!.progress(0);
  page.advance(1000);
  page.senders[0]!.progress(5);
  const { totals } = page.uploads;
  assertEquals([totals.files, totals.bytes, totals.sent], [2, 20, 5]);
  assertEquals(totals.perSecond, 5);
  await page.senders[0]!.finish();
  assertEquals([page.uploads.totals.done, page.uploads.totals.sent], [1, 10]);
  page.uploads.clear();
  assertEquals(page.uploads.all.length, 1);
  await page.senders[1]!.fail(new UploadFault("No"));
  assertEquals(page.uploads.totals.perSecond, 0);
  page.uploads.clear();
  assertEquals(page.uploads.all.length, 0);
});

Deno.test("Uploads stores every file once, whatever a person presses and whatever fails", async () => {
  const act = fc.tuple(
    fc.constantFrom(
      "pause",
      "resume",
      "fail",
      "refuse",
      "finish",
      "wait",
      "pauseAll",
      "resumeAll",
      "wakeAll",
    ),
    fc.nat(5),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 40 }), async (acts) => {
      const page = new Page();
      page.add("0", "1", "2", "3", "4", "5");
      for (const [what, index] of acts) {
        const upload = page.at(index);
        const sender = page.senders[index]!;
        const isSent = upload.state === "sending";
        if (what === "pause") page.uploads.pause(upload);
        else if (what === "resume") page.uploads.resume(upload);
        else if (what === "wait") await page.wait();
        else if (what === "fail" && isSent) await sender.fail(new LineFault());
        else if (what === "refuse" && isSent) {
          await sender.fail(new UploadFault("No"));
        } else if (what === "finish" && isSent) await sender.finish();
        else if (what === "pauseAll") page.uploads.pauseAll();
        else if (what === "resumeAll") page.uploads.resumeAll();
        else if (what === "wakeAll") page.uploads.wakeAll();
        const sending = page.states.match(/sending|resting/g)?.length ?? 0;
        assert(sending <= 3, page.states);
      }
      for (let i = 0; i < 20 && page.done.length < 6; i++) {
        page.uploads.resumeAll();
        await page.wait();
        for (const [index, sender] of page.senders.entries()) {
          if (page.at(index).state === "sending") await sender.finish();
        }
      }
      assertEquals(page.done.toSorted(), ["0", "1", "2", "3", "4", "5"]);
      assertEquals(page.uploads.isBusy, false);
    }),
    { numRuns: 60 },
  );
});

Deno.test("withNextMark() counts, before the extension and in whatever folder", () => {
  const cases: [string, string][] = [
    ["a.txt", "a (1).txt"],
    ["a (1).txt", "a (2).txt"],
    ["a (9).txt", "a (10).txt"],
    ["x.d/y/a", "x.d/y/a (1)"],
    [".profile", ".profile (1)"],
    ["a.tar.gz", "a.tar (1).gz"],
    ["(1).txt", "(1) (1).txt"],
    ["x/(1)", "x/(1) (1)"],
  ];
  for (const [path, next] of cases) assertEquals(withNextMark(path), next);
});
