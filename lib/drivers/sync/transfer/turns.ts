/**
 * When others have their turn.
 *
 * @module
 */

/**
 * A read or write that can be done at once is done at once, without a look at other connections: Deno looks for news of
 * them only when it has nothing to do, or every 61 rounds of up to 128 such calls. Measured: with one connection on which
 * there is always something to read, all others stood still for 3 seconds. So whoever moves many bytes pauses after so
 * many (`sleep(0)`, some 2 ms); meanwhile the system's buffers go on taking and giving.
 */
export const TURN_BYTES = 4 * 1024 * 1024;
