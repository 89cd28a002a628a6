/**
 * The faults this project knows, in ONE table: the code said on the wire, the HTTP status that means the same,
 * the exit code of a program that ends because of it, and the sentence to fall back on. A new fault is a new row here
 * and in docs/protocol.md ("Refusals").
 *
 * Three classes tell who is at fault: `Refusal` (one side says no, by the rules), `PeerError` (the other side broke the
 * rules, the connection is of no more use), `MisuseError` (our own code did; a bug).
 *
 * @module
 */

interface FaultRow {
  /** HTTP status (RFC 9110, 6585, 4918) with the same meaning. */
  readonly status: number;
  /** Exit code of a command-line program (see `EXIT`). */
  readonly exit: number;
  /** What a person is told where nothing more exact is known. */
  readonly text: string;
}

/** Exit codes, the same for all programs and documented in every `--help`. */
export const EXIT = {
  ok: 0,
  other: 1,
  usage: 2,
  notFound: 3,
  denied: 4,
  network: 5,
  verification: 6,
  someFailed: 7,
  exists: 8,
  /** 128 + 2: ended by Ctrl-C, as shells count it. */
  interrupted: 130,
  /** 128 + 15: ended by SIGTERM. */
  terminated: 143,
} as const;

/** Code -> meaning. The order is that of docs/protocol.md. */
export const FAULTS = {
  "bad-request": {
    status: 400,
    exit: EXIT.usage,
    text: "The request is not well formed",
  },
  "bad-name": {
    status: 400,
    exit: EXIT.usage,
    text: "That is not a usable name",
  },
  "unknown-verb": {
    status: 501,
    exit: EXIT.usage,
    text: "There is no such command; try: help",
  },
  "line-too-long": {
    status: 414,
    exit: EXIT.usage,
    text: "The request line is too long",
  },
  "not-found": {
    status: 404,
    exit: EXIT.notFound,
    text: "There is no such file",
  },
  "not-allowed": {
    status: 403,
    exit: EXIT.denied,
    text: "That is not allowed here",
  },
  "bad-range": {
    status: 416,
    exit: EXIT.usage,
    text: "The range begins behind the end of the file",
  },
  "exists": {
    status: 409,
    exit: EXIT.exists,
    text: "A file of that name is already there",
  },
  "wrong-offset": {
    status: 409,
    exit: EXIT.network,
    text: "The part goes on at another offset",
  },
  "changed": {
    status: 409,
    exit: EXIT.verification,
    text: "The file changed while it was being sent",
  },
  "corrupt": {
    status: 460,
    exit: EXIT.verification,
    text: "The bytes do not match their check",
  },
  "too-large": {
    status: 413,
    exit: EXIT.denied,
    text: "That is larger than this server takes",
  },
  "no-space": { status: 507, exit: EXIT.other, text: "The disk is full" },
  "timeout": { status: 408, exit: EXIT.network, text: "That took too long" },
  "busy": {
    status: 503,
    exit: EXIT.network,
    text: "The server is busy; try again later",
  },
  "stopping": {
    status: 503,
    exit: EXIT.network,
    text: "The server is stopping",
  },
  "internal": {
    status: 500,
    exit: EXIT.other,
    text: "The server could not do that",
  },
} as const satisfies Record<string, FaultRow>;

/** A fault code, as said on the wire. */
export type FaultCode = keyof typeof FAULTS;

/** Whether `text` is one of our fault codes. A newer peer may know more; those count as `internal`. */
export function isFaultCode(text: string): text is FaultCode {
  return Object.hasOwn(FAULTS, text);
}

/** One side says no, by the rules. The connection goes on unless `closes`. */
export class Refusal extends Error {
  override name = "Refusal";
  readonly code: FaultCode;
  /** Whether the connection ends with this refusal. */
  readonly closes: boolean;

  constructor(
    code: FaultCode,
    text: string = FAULTS[code].text,
    options: { closes?: boolean; cause?: unknown } = {},
  ) {
    super(
      text,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.code = code;
    this.closes = options.closes ?? false;
  }
}

/** The other side broke the rules of the protocol, or went away in the middle. */
export class PeerError extends Error {
  override name = "PeerError";
}

/** We broke the rules ourselves: a bug of this program, never the peer's fault. */
export class MisuseError extends Error {
  override name = "MisuseError";
}

/** An error that ends a program with a sentence for the person who started it, and an exit code of `EXIT`. */
export class ProgramError extends Error {
  override name = "ProgramError";
  readonly exit: number;

  constructor(message: string, exit: number, options?: ErrorOptions) {
    super(message, options);
    this.exit = exit;
  }
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
