// @ts-check
/**
 * What there is, for /help.
 *
 * @module
 */

/** A line each. */
export const HELP = [
  "hello | bob: to bob only. hello, or hello | *: to everyone. A click on a name chooses it; Esc is for everyone again",
  "/me waves: an action. //: a message that begins with /",
  "/nick NAME: another name. /who: who is here. /history 50: the last lines. /quit: leaves",
  "Enter sends, Shift+Enter begins another line (a message of its own), Tab completes a name, Up brings back what was said",
];
