/**
 * How the client reaches its server.
 *
 * @module
 */

import type { ClientCommand } from "../../cli/client_flags.ts";
import { WireLink } from "../../drivers/wire_link.ts";
import {
  EXIT,
  FAULTS,
  MisuseError,
  ProgramError,
  Refusal,
} from "../../errors.ts";
import { addressText, type Channel, TcpChannel } from "../../io/channel.ts";
import { systemClock } from "../../io/clock.ts";
import { plainMessage } from "../../io/os_faults.ts";

/** Where `--parallel` is not given. */
export const DEFAULT_CONNECTIONS = 5;

/** Opens a connection; the errors are those of `Deno.connect`. */
export function connect(
  { host, port, flags }: ClientCommand,
): Promise<Channel> {
  return TcpChannel.connect(host, port, flags.timeout);
}

/**
 * Opens the first connection.
 *
 * @throws {ProgramError} with a sentence that says what to look at
 */
export async function connectFirst(command: ClientCommand): Promise<Channel> {
  try {
    return await connect(command);
  } catch (error) {
    const where = addressText(command.host, command.port);
    const reason = error instanceof Deno.errors.ConnectionRefused
      ? "nothing listens there. Is the server running, and is that its port?"
      : plainMessage(error);
    throw new ProgramError(
      `Cannot connect to ${where}: ${reason}`,
      EXIT.network,
      { cause: error },
    );
  }
}

/** What a conversation ended with, as a sentence and an exit code. */
export function toProgramError(error: unknown): unknown {
  if (error instanceof ProgramError || error instanceof MisuseError) {
    return error;
  }
  if (error instanceof Refusal) {
    return new ProgramError(error.message, FAULTS[error.code].exit, {
      cause: error,
    });
  }
  return new ProgramError(
    `Lost the server: ${plainMessage(error)}`,
    EXIT.network,
    { cause: error },
  );
}

/** A connection for one request after another. It is lost when nothing has moved for `--timeout`. */
export class Conversation implements Disposable {
  readonly link: WireLink<undefined>;
  readonly #stopWatching: () => void;

  constructor(channel: Channel, stallMsMax: number) {
    this.link = new WireLink(channel, systemClock);
    this.#stopWatching = systemClock.every(250, () => {
      if (this.link.isStalled(stallMsMax)) this.link.close();
    });
  }

  [Symbol.dispose](): void {
    this.#stopWatching();
    this.link.close();
  }
}
