/**
 * Finds the peer that runs for a folder.
 *
 * @module
 */

import { ControlClient } from "../../drivers/sync/control/control_client.ts";
import { TcpChannel } from "../../io/channel.ts";
import { systemClock } from "../../io/clock.ts";
import { readControlFile } from "../../io/sync/control_file.ts";
import { OWN_FOLDER } from "../../names/own_names.ts";

/** It is on this machine, and the first question is an easy one; but it may be a machine that is very busy. */
const ANSWER_MS_MAX = 10_000;

/**
 * Connects to the peer that runs for the folder `root`; `undefined` if there is none. One that was killed has left its
 * address behind: nobody listens there, or somebody else, who does not know what to answer and has no use for the token.
 */
export async function connectToPeer(
  root: string,
): Promise<ControlClient | undefined> {
  const address = readControlFile(`${root}/${OWN_FOLDER}`);
  if (address === undefined) return undefined;
  const { host, port, token } = address;
  let channel: TcpChannel;
  try {
    channel = await TcpChannel.connect(host, port, ANSWER_MS_MAX);
  } catch {
    return undefined;
  }
  const client = new ControlClient(channel, token);
  const answered = new AbortController();
  void systemClock.sleep(ANSWER_MS_MAX, answered.signal).then(() => {
    if (!answered.signal.aborted) client.close();
  });
  try {
    await client.ask({ do: "status" });
    return client;
  } catch {
    client.close();
    return undefined;
  } finally {
    answered.abort();
  }
}
