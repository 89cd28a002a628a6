/**
 * A QR code in the terminal: two modules to a character, with the quiet zone that scanners need.
 *
 * @module
 */

/** ISO/IEC 18004, 9.1: as many light modules on every side. */
const QUIET_MODULES = 4;

/**
 * Black on white, whatever the theme: these two of the 256 colours are the same in all of them, unlike the 16 that
 * themes replace.
 */
const BLACK_ON_WHITE = "\x1b[38;5;16;48;5;231m";
const PLAIN = "\x1b[0m";

/**
 * `text` as a QR code of lines that end with LF.
 *
 * @param colours whether the reader is a terminal. Without, light modules are drawn as blocks: right on a dark background,
 * inverted on a light one, which most scanners take.
 */
export async function qrCode(text: string, colours: boolean): Promise<string> {
  // Loaded here because hardly any start asks for it.
  const { encode } = await import("uqr");
  // Level M: a reflection on the screen costs some modules, a larger code costs lines.
  const { data } = encode(text, { ecc: "M", border: QUIET_MODULES });
  return colours
    ? lines(data, (row) => `${BLACK_ON_WHITE}${row}${PLAIN}`)
    : lines(data.map((row) => row.map((dark) => !dark)), (row) => row);
}

/** Two rows of modules to a line, in half blocks; `true` is what has the colour of the text. */
function lines(
  modules: readonly (readonly boolean[])[],
  finish: (row: string) => string,
): string {
  let text = "";
  for (let y = 0; y < modules.length; y += 2) {
    const [upper = [], lower = []] = [modules[y], modules[y + 1]];
    text += finish(
      upper.map((top, x) => halves(top, lower[x])).join(""),
    ) + "\n";
  }
  return text;
}

/** A row too many below has the colour of the background. */
function halves(top: boolean, bottom = false): string {
  if (top) return bottom ? "█" : "▀";
  return bottom ? "▄" : " ";
}
