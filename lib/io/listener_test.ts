import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { EXIT, ProgramError } from "../errors.ts";
import { within } from "../testing/within.ts";
import { addressText, type Channel, TcpChannel } from "./channel.ts";
import { Listener, ownAddresses, type PortSharing } from "./listener.ts";

/** A listener that is closed at the end, and what arrives there. */
class Open implements AsyncDisposable {
  readonly listener: Listener;
  readonly arrived: Channel[] = [];
  readonly #arriving: Promise<void>;
  #changed = Promise.withResolvers<void>();

  constructor(
    addresses: readonly string[] = [],
    port = 0,
    sharing: PortSharing = "alone",
  ) {
    this.listener = Listener.open(port, addresses, sharing);
    this.#arriving = this.#collect();
  }

  async #collect(): Promise<void> {
    for await (const channel of this.listener.connections(() => {})) {
      this.arrived.push(channel);
      this.#changed.resolve();
      this.#changed = Promise.withResolvers();
    }
  }

  async untilArrived(count: number): Promise<void> {
    while (this.arrived.length < count) {
      await within("a connection", this.#changed.promise);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.listener.close();
    await this.#arriving;
    for (const channel of this.arrived) channel.close();
  }
}

async function reach(hostname: string, port: number): Promise<void> {
  (await TcpChannel.connect(hostname, port, 5000)).close();
}

Deno.test("Listener.open takes IPv4 and IPv6 on one free port", async () => {
  await using open = new Open();
  const { port } = open.listener;
  assert(port > 0);
  for (const hostname of ["127.0.0.1", "::1"]) await reach(hostname, port);
  await open.untilArrived(2);
  const peers = open.arrived.map(({ peer }) => peer.replace(/:\d+$/, ""));
  // An IPv4 client of a dual-stack socket is shown as what it is.
  assertEquals(peers.sort(), ["127.0.0.1", "[::1]"]);
});

Deno.test("Listener.open listens on the addresses that were named, and on no other", async () => {
  for (
    const [bound, other] of [["127.0.0.1", "::1"], [
      "::1",
      "127.0.0.1",
    ]] as const
  ) {
    await using open = new Open([bound]);
    await reach(bound, open.listener.port);
    await open.untilArrived(1);
    await assertRejects(
      () => reach(other, open.listener.port),
      Deno.errors.ConnectionRefused,
    );
  }
  await using both = new Open(["127.0.0.1", "::1"]);
  assertEquals(both.listener.addresses, [
    `127.0.0.1:${both.listener.port}`,
    `[::1]:${both.listener.port}`,
  ]);
  for (const hostname of ["127.0.0.1", "::1"]) {
    await reach(hostname, both.listener.port);
  }
  await both.untilArrived(2);
});

Deno.test("Listener.open says in one sentence that a port is in use, and holds nothing then", async () => {
  await using open = new Open(["127.0.0.1"]);
  const { port } = open.listener;
  for (const addresses of [[], ["127.0.0.1"], ["::1", "127.0.0.1"]]) {
    const error = assertThrows(
      () => Listener.open(port, addresses),
      ProgramError,
      `Port ${port} is in use by another program.`,
    );
    assertEquals(error.exit, EXIT.other);
  }
  // The first of two addresses was let go again when the second failed.
  Listener.open(port, ["::1"]).close();
});

Deno.test("Listener.open says in one sentence what is wrong with an address", () => {
  for (const address of ["203.0.113.7", "not an address"]) {
    const error = assertThrows(() => Listener.open(0, [address]), ProgramError);
    assertStringIncludes(error.message, "Cannot listen on port");
    assert(!error.message.includes("os error"));
  }
});

Deno.test("Listener.open shares a port only where that is asked for", async () => {
  await using one = new Open([], 0, "first");
  const { port } = one.listener;
  await using two = new Open([], port, "further");
  assertEquals(two.listener.port, port);
  assertThrows(() => Listener.open(port, []), ProgramError);
  // Another program with threads of its own.
  assertThrows(() => Listener.open(port, [], "first"), ProgramError);
});

Deno.test("Listener.close ends the connections to come, not those that came", async () => {
  const open = new Open();
  const client = await TcpChannel.connect("::1", open.listener.port, 5000);
  await open.untilArrived(1);
  open.listener.close();
  open.listener.close();
  await assertRejects(() => reach("::1", open.listener.port));
  const [server] = open.arrived;
  await server!.write(new Uint8Array([7]));
  const byte = new Uint8Array(1);
  assertEquals(await client.read(byte), 1);
  assertEquals(byte[0], 7);
  client.close();
  await open[Symbol.asyncDispose]();
});

Deno.test("addressText writes host and port as a URL does", () => {
  assertEquals(addressText("127.0.0.1", 5), "127.0.0.1:5");
  assertEquals(addressText("::1", 5), "[::1]:5");
  assertEquals(addressText("::ffff:192.0.2.1", 5), "192.0.2.1:5");
});

Deno.test("ownAddresses ends with loopback, and names no address twice", () => {
  const addresses = ownAddresses();
  assertEquals(addresses.slice(-2), ["127.0.0.1", "::1"]);
  assertEquals(new Set(addresses).size, addresses.length);
});

Deno.test("TcpChannel.close ends a read under way, and may be called again", async () => {
  await using open = new Open();
  const client = await TcpChannel.connect("::1", open.listener.port, 5000);
  const reading = client.read(new Uint8Array(1));
  client.close();
  client.close();
  await assertRejects(() => reading);
});
