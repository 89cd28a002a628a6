/**
 * Network and chance, as they are.
 *
 * @module
 */

import { type Channel, TcpChannel } from "../channel.ts";

/** Connections over TCP. */
export const tcpNetwork = {
  connect(host: string, port: number, msMax: number): Promise<Channel> {
    return TcpChannel.connect(host, port, msMax);
  },
};

const LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz";
/** The largest multiple of 36 in a byte: what lies above would make the first letters likelier. */
const FAIR_BYTES = 252;

/** Nothing that anybody could foresee. */
export const systemChance = {
  number: () => Math.random(),

  letters(count: number): string {
    let text = "";
    while (text.length < count) {
      for (const byte of crypto.getRandomValues(new Uint8Array(count))) {
        if (byte < FAIR_BYTES && text.length < count) {
          text += LETTERS[byte % LETTERS.length];
        }
      }
    }
    return text;
  },
};
