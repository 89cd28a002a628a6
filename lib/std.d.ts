// deno-lint-ignore-file no-explicit-any -- constructors of errors take anything
/**
 * Types of the few functions we use from `deno-std` (the standard library on npm, which ships JavaScript only).
 * The module names are those of the import map in deno.json. A function used for the first time gets its line here.
 */

declare module "@std/cli/parse-args" {
  /** Parses `args`; `unknown` is called for every flag that is not declared, and for every positional. */
  export function parseArgs(
    args: readonly string[],
    options: {
      boolean?: readonly string[];
      string?: readonly string[];
      collect?: readonly string[];
      alias?: Record<string, readonly string[]>;
      stopEarly?: boolean;
      "--"?: boolean;
      unknown?: (arg: string, key?: string, value?: unknown) => unknown;
    },
  ): Record<string, unknown> & { _: string[]; "--"?: string[] };
}

declare module "@std/fmt/bytes" {
  /** Formats a number of bytes for people: `1.34 MB`, or `1.28 MiB` with `binary`. */
  export function format(
    bytes: number,
    options?: {
      binary?: boolean;
      minimumFractionDigits?: number;
      maximumFractionDigits?: number;
    },
  ): string;
}

declare module "@std/fmt/duration" {
  /** Formats milliseconds: `1m 5s` with `style: "narrow"` and `ignoreZero`. */
  export function format(
    ms: number,
    options?: { style?: "narrow" | "full" | "digital"; ignoreZero?: boolean },
  ): string;
}

declare module "@std/path" {
  export function basename(path: string, suffix?: string): string;
  export function dirname(path: string): string;
  export function extname(path: string): string;
  export function fromFileUrl(url: URL | string): string;
  export function toFileUrl(path: string): URL;
  export function isAbsolute(path: string): boolean;
  export function join(path: string, ...paths: string[]): string;
  export function relative(from: string, to: string): string;
  export function resolve(...paths: string[]): string;
}

declare module "@std/streams/text-line-stream" {
  /** Splits text into lines at LF or CRLF. It has no length limit: for the user's own terminal and pipes, never for a socket. */
  export class TextLineStream extends TransformStream<string, string> {
    constructor(options?: { allowCR?: boolean });
  }
}

declare module "@std/text/levenshtein-distance" {
  /** How many letters have to be changed, added or removed to make `b` of `a`. */
  export function levenshteinDistance(a: string, b: string): number;
}

declare module "@std/assert" {
  export class AssertionError extends Error {}
  export function assert(value: unknown, message?: string): asserts value;
  export function assertEquals<T>(
    actual: T,
    expected: T,
    message?: string,
  ): void;
  export function assertNotEquals<T>(
    actual: T,
    expected: T,
    message?: string,
  ): void;
  export function assertStrictEquals<T>(
    actual: unknown,
    expected: T,
    message?: string,
  ): asserts actual is T;
  export function assertExists<T>(
    actual: T,
    message?: string,
  ): asserts actual is NonNullable<T>;
  export function assertGreater<T>(
    actual: T,
    expected: T,
    message?: string,
  ): void;
  export function assertGreaterOrEqual<T>(
    actual: T,
    expected: T,
    message?: string,
  ): void;
  export function assertLess<T>(actual: T, expected: T, message?: string): void;
  export function assertLessOrEqual<T>(
    actual: T,
    expected: T,
    message?: string,
  ): void;
  export function assertMatch(
    actual: string,
    expected: RegExp,
    message?: string,
  ): void;
  export function assertNotMatch(
    actual: string,
    expected: RegExp,
    message?: string,
  ): void;
  export function assertStringIncludes(
    actual: string,
    expected: string,
    message?: string,
  ): void;
  export function assertInstanceOf<T>(
    actual: unknown,
    type: new (...args: any[]) => T,
    message?: string,
  ): asserts actual is T;
  export function assertThrows<E extends Error>(
    fn: () => unknown,
    type?: new (...args: any[]) => E,
    includes?: string,
  ): E;
  export function assertRejects<E extends Error>(
    fn: () => PromiseLike<unknown>,
    type?: new (...args: any[]) => E,
    includes?: string,
  ): Promise<E>;
  export function fail(message?: string): never;
}
