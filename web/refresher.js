// @ts-check
/**
 * When what was uploaded is brought into the listing: soon, but a listing that takes long to fetch is not fetched all the
 * time. Nobody waits for that once the last file is there.
 *
 * @module
 */

/** Files that finish in quick succession are shown together. */
export const REFRESH_MS = 700;

export class Refresher {
  #world;
  #took = 0;
  /** @type {(() => void) | undefined} calls off the one that is to come */
  #callOff;

  /**
   * @param {{
   *   refresh: () => Promise<void>,
   *   now: () => number,
   *   after: (ms: number, action: () => void) => () => void,
   * }} world
   */
  constructor(world) {
    this.#world = world;
  }

  /**
   * There is something new.
   *
   * @param {boolean} isLast nothing more is to come
   */
  ask(isLast) {
    if (this.#callOff !== undefined && !isLast) return;
    this.#callOff?.();
    const ms = isLast ? REFRESH_MS : Math.max(REFRESH_MS, 10 * this.#took);
    this.#callOff = this.#world.after(ms, () => void this.#refresh());
  }

  async #refresh() {
    const { refresh, now } = this.#world;
    this.#callOff = undefined;
    const begun = now();
    try {
      await refresh();
    } catch {
      // It is shown with the next file, or after a reload.
    }
    this.#took = now() - begun;
  }
}
