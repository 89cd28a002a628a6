/**
 * How the client reaches its server. Few modules: the connection is on its way while the others are loaded.
 *
 * @module
 */

import type { ClientCommand } from "../../cli/client_flags.ts";
import { EXIT, ProgramError } from "../../errors.ts";
import { addressText, type Channel, TcpChannel } from "../../io/channel.ts";
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
