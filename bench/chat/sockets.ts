/**
 * TCP connections for load generators: system calls made directly, on one thread, without the runtime's event loop.
 *
 * A load generator has to be lighter than what it measures. Reading from 1000 connections, a line each time, took 13.5 us
 * of the processor a read by `Deno.Conn.read`; by `epoll_wait` and `recv` of the C library 8 to 11, nearly all of it the
 * kernel's. Linux only.
 *
 * @module
 */

const AF_INET6 = 10;
const SOCK_STREAM_CLOEXEC = 0o2000001;
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_MOD = 3;
const EPOLLIN = 1;
const EPOLLOUT = 4;

/** `struct epoll_event` is packed on x86-64 only. */
const EVENT_BYTES = Deno.build.arch === "x86_64" ? 12 : 16;
const EVENT_DATA = EVENT_BYTES - 8;
const EVENTS_MAX = 256;
const READ_BYTES = 256 * 1024;
const READ_SIZE = BigInt(READ_BYTES);
/** The longest piece of a line that may be left over. */
const REST_BYTES_MAX = 64 * 1024;

function openLibrary() {
  return Deno.dlopen("libc.so.6", {
    socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
    connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
    close: { parameters: ["i32"], result: "i32" },
    setsockopt: {
      parameters: ["i32", "i32", "i32", "buffer", "u32"],
      result: "i32",
    },
    // What they give is an `ssize_t`, which would be a bigint; no call here moves as much as 2 GiB.
    recv: { parameters: ["i32", "buffer", "usize", "i32"], result: "i32" },
    send: { parameters: ["i32", "buffer", "usize", "i32"], result: "i32" },
    epoll_create1: { parameters: ["i32"], result: "i32" },
    epoll_ctl: { parameters: ["i32", "i32", "i32", "buffer"], result: "i32" },
    epoll_wait: { parameters: ["i32", "buffer", "i32", "i32"], result: "i32" },
  });
}

/**
 * Takes what has arrived: the first `end` bytes of `bytes`, which are valid during the call only.
 *
 * @returns how many were understood; the others come again, with more behind them
 */
export type Hear = (bytes: Uint8Array, end: number) => number;

/** Connections to [::1], and the loop that waits for all of them. */
export class Sockets {
  readonly #library = openLibrary();
  readonly #epoll: number;
  readonly #events = new Uint8Array(EVENT_BYTES * EVENTS_MAX);
  readonly #view = new DataView(this.#events.buffer);
  readonly #event = new Uint8Array(EVENT_BYTES);
  readonly #bytes = new Uint8Array(REST_BYTES_MAX + READ_BYTES);
  readonly #byNumber = new Map<number, Socket>();

  constructor() {
    this.#epoll = this.#library.symbols.epoll_create1(0);
  }

  /** Connects to `port` of [::1]. Throws Error if nobody listens there. */
  connect(port: number, hear: Hear): Socket {
    const { symbols } = this.#library;
    const number = symbols.socket(AF_INET6, SOCK_STREAM_CLOEXEC, 0);
    // struct sockaddr_in6
    const address = new Uint8Array(28);
    const view = new DataView(address.buffer);
    view.setUint16(0, AF_INET6, true);
    view.setUint16(2, port);
    view.setUint8(23, 1);
    if (
      number < 0 || symbols.connect(number, address, address.length) !== 0
    ) {
      throw new Error(
        `Cannot connect to port ${port}, with ${this.#byNumber.size} there`,
      );
    }
    const on = Uint8Array.of(1, 0, 0, 0);
    symbols.setsockopt(number, IPPROTO_TCP, TCP_NODELAY, on, on.length);
    const socket = new Socket(
      hear,
      (bytes) =>
        symbols.send(
          number,
          bytes,
          BigInt(bytes.length),
          MSG_DONTWAIT | MSG_NOSIGNAL,
        ),
      (wantsRoom) => this.#watch(EPOLL_CTL_MOD, number, wantsRoom),
    );
    this.#byNumber.set(number, socket);
    this.#watch(EPOLL_CTL_ADD, number, false);
    return socket;
  }

  /**
   * Waits for at most `msMax` until something arrives, and has it heard.
   *
   * @throws {Error} when a connection has ended
   */
  turn(msMax: number): void {
    const { symbols } = this.#library;
    const count = symbols.epoll_wait(
      this.#epoll,
      this.#events,
      EVENTS_MAX,
      Math.ceil(msMax),
    );
    for (let at = 0; at < count; at++) {
      const kinds = this.#view.getUint32(at * EVENT_BYTES, true);
      const number = this.#view.getInt32(at * EVENT_BYTES + EVENT_DATA, true);
      const socket = this.#byNumber.get(number)!;
      if ((kinds & EPOLLOUT) !== 0) socket.flush();
      if ((kinds & ~EPOLLOUT) === 0) continue;
      const rest = socket.rest.length;
      if (rest > 0) this.#bytes.set(socket.rest);
      const space = this.#bytes.subarray(rest, rest + READ_BYTES);
      const read = symbols.recv(number, space, READ_SIZE, MSG_DONTWAIT);
      if (read <= 0) {
        const last = new TextDecoder().decode(this.#bytes.subarray(0, rest));
        throw new Error(`The server has ended a connection: "${last}"`);
      }
      socket.take(this.#bytes, rest + read);
    }
  }

  /** Turns until `isOver`. Throws Error if that takes longer than `msMax`. */
  until(isOver: () => boolean, msMax: number, what: string): void {
    const end = performance.now() + msMax;
    while (!isOver()) {
      if (performance.now() > end) {
        throw new Error(`Waited ${msMax} ms in vain until ${what}`);
      }
      this.turn(100);
    }
  }

  /** Turns until the time `end`; once at least. */
  untilTime(end: number): void {
    do this.turn(Math.max(0, end - performance.now())); while (
      performance.now() < end
    );
  }

  #watch(what: number, number: number, wantsRoom: boolean): void {
    const view = new DataView(this.#event.buffer);
    view.setUint32(0, wantsRoom ? EPOLLIN | EPOLLOUT : EPOLLIN, true);
    view.setInt32(EVENT_DATA, number, true);
    this.#library.symbols.epoll_ctl(this.#epoll, what, number, this.#event);
  }
}

/** One connection. */
export class Socket {
  /** What was heard, and not understood yet. */
  rest: Uint8Array = new Uint8Array();
  readonly #hear: Hear;
  readonly #write: (bytes: Uint8Array<ArrayBuffer>) => number;
  readonly #watch: (wantsRoom: boolean) => void;
  #unsent: Uint8Array<ArrayBuffer> | undefined;

  constructor(
    hear: Hear,
    write: (bytes: Uint8Array<ArrayBuffer>) => number,
    watch: (wantsRoom: boolean) => void,
  ) {
    this.#hear = hear;
    this.#write = write;
    this.#watch = watch;
  }

  /** Whether the peer has not yet taken what was sent: nothing else may be. */
  get isStuck(): boolean {
    return this.#unsent !== undefined;
  }

  /** Sends `bytes`, as soon as the peer takes them. */
  send(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#unsent !== undefined) {
      throw new Error("Cannot send: the peer has not taken the last bytes");
    }
    // A connection that has ended is noticed by who reads.
    const sent = Math.max(0, this.#write(bytes));
    if (sent === bytes.length) return;
    this.#unsent = bytes.slice(sent);
    this.#watch(true);
  }

  /** There is room again. */
  flush(): void {
    const bytes = this.#unsent;
    if (bytes === undefined) return;
    const sent = Math.max(0, this.#write(bytes));
    this.#unsent = sent < bytes.length ? bytes.subarray(sent) : undefined;
    if (this.#unsent === undefined) this.#watch(false);
  }

  /** The first `end` of `bytes` are what was left over and what has arrived. */
  take(bytes: Uint8Array, end: number): void {
    const understood = this.#hear(bytes, end);
    if (understood < end) this.rest = bytes.slice(understood, end);
    else if (this.rest.length > 0) this.rest = new Uint8Array();
  }
}
