/**
 * What it costs to keep what is said: acknowledged messages with `--data` against those without.
 *
 * @module
 */

import type { Candidate } from "../../clients.ts";
import { contest, type Job, rateGoal, rateRows } from "../../job.ts";
import { startChat } from "../servers.ts";
import { DIRECT_LOAD } from "./direct.ts";
import { putLoad } from "./order.ts";

/** The direct messages of `direct`, stored. */
export const dataJob: Job = {
  name: "data",
  about:
    "the messages of `direct`, as senders are told that they are stored: with --data and without",
  async run(bench) {
    const contenderOf = (
      name: string,
      folder: string | undefined,
    ): Candidate => ({
      name,
      needs: ["landline"],
      async run() {
        // A new history each time: one that is full is cut while it grows.
        const data = folder && await Deno.makeTempDir({ dir: folder });
        const server = await startChat(bench, data ? ["--data", data] : []);
        try {
          const order = { ...DIRECT_LOAD, dialect: "landline" } as const;
          const result = await putLoad(bench, server, order);
          return result.acknowledged / result.seconds;
        } finally {
          await server.stop();
          if (data) await Deno.remove(data, { recursive: true });
        }
      },
    });
    const places = [{ name: "--data on a tmpfs", folder: bench.work }];
    if (bench.disk !== undefined) {
      places.push({ name: "--data on a disk", folder: bench.disk });
    }
    const outcomes = await contest(bench, this.name, [
      contenderOf("without", undefined),
      ...places.map(({ name, folder }) => contenderOf(name, folder)),
    ]);
    return {
      rows: rateRows(
        outcomes,
        (rate) => `${(rate / 1000).toFixed(0)} k messages/s`,
      ),
      goals: places.map(({ name }) =>
        rateGoal(outcomes, name, { ours: name, theirs: "without" }, 0.5)
      ),
    };
  },
};
