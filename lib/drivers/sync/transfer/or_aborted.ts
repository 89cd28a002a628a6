/**
 * Waiting for something, or for the end of the wish for it.
 *
 * @module
 */

/** `promise`, or the reason of `signal` as soon as it is aborted. */
export async function orAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", abort);
  try {
    if (signal.aborted) abort();
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
