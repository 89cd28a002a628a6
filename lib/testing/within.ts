/**
 * A bound for what must happen: a test that waits for an event that never comes says which one, instead of hanging.
 *
 * @module
 */

/** Longer than anything takes on a machine that is busy with other things. */
const WITHIN_MS = 20_000;

/** What `promise` gives, or an error that names `what` was waited for in vain. */
export async function within<T>(
  what: string,
  promise: Promise<T>,
  msMax = WITHIN_MS,
): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`Waited ${msMax} ms in vain for ${what}`)),
    msMax,
  );
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** How often `eventually` looks. */
const LOOK_EVERY_MS = 5;

/**
 * Waits until `holds` does. Only for what tells nobody when it happens, such as another process coming to an end.
 */
export async function eventually(
  what: string,
  holds: () => boolean | Promise<boolean>,
  lookEveryMs = LOOK_EVERY_MS,
): Promise<void> {
  const until = performance.now() + WITHIN_MS;
  while (!await holds()) {
    if (performance.now() > until) {
      throw new Error(`Waited ${WITHIN_MS} ms in vain for ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}
