// @ts-check
/// <reference lib="dom" />
/**
 * What the page of a folder does better with scripts than without.
 *
 * @module
 */

export {};
