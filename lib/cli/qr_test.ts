import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import { encode } from "uqr";
import { qrCode } from "./qr.ts";

const URL = "http://192.168.1.7:5000/";
/** With the quiet zone that ISO/IEC 18004 asks for. */
const DATA = encode(URL, { ecc: "M", border: 4 }).data;

/** The rows of modules that a reader of `lines` sees, `#` for what has the colour of the text. */
function rowsOf(lines: readonly string[]): string[] {
  return lines.flatMap((line) => [
    line.replaceAll(/[█▀]/g, "#").replaceAll(/[^#]/g, "."),
    line.replaceAll(/[█▄]/g, "#").replaceAll(/[^#]/g, "."),
  ]);
}

function rowsOfData(isMarked: (dark: boolean) => boolean): string[] {
  return DATA.map((row) =>
    row.map((dark) => isMarked(dark) ? "#" : ".").join("")
  );
}

/** The lines of a code for a terminal, without the colours that each must set and leave. */
async function linesOnTerminal(): Promise<string[]> {
  const lines = (await qrCode(URL, true)).split("\n");
  assertEquals(lines.pop(), "");
  return lines.map((line) => {
    const found = /^\x1b\[38;5;16;48;5;231m([ ▀▄█]+)\x1b\[0m$/.exec(line);
    assert(found !== null, line);
    return found[1]!;
  });
}

Deno.test("qrCode() draws the modules in half blocks, black on white on every line of a terminal", async () => {
  const lines = await linesOnTerminal();
  // A half line is left over: it has the colour of the background, and is light.
  assertEquals(rowsOf(lines), [
    ...rowsOfData((dark) => dark),
    ".".repeat(DATA.length),
  ]);
  // The code, the URLs and the prompt are on one screen of 24 lines.
  assertLessOrEqual(lines.length, 19);
});

Deno.test("qrCode() leaves a quiet zone of four modules around three corners that are neither inverted nor turned", async () => {
  const rows = rowsOf(await linesOnTerminal());
  const size = DATA.length;
  const quiet = /^\.+$/;
  for (const row of [...rows.slice(0, 4), ...rows.slice(size - 4)]) {
    assert(quiet.test(row), row);
  }
  for (const row of rows) {
    assert(quiet.test(row.slice(0, 4) + row.slice(size - 4)), row);
  }
  const corner = (x: number, y: number) =>
    rows.slice(y, y + 7).map((row) => row.slice(x, x + 7)).join("\n");
  const FINDER = `#######
#.....#
#.###.#
#.###.#
#.###.#
#.....#
#######`;
  assertEquals(corner(4, 4), FINDER);
  assertEquals(corner(size - 11, 4), FINDER);
  assertEquals(corner(4, size - 11), FINDER);
});

Deno.test("qrCode() draws no escapes without colours: light modules are blocks", async () => {
  const text = await qrCode(URL, false);
  assert(/^[ ▀▄█\n]+$/.test(text));
  assertEquals(
    rowsOf(text.split("\n").slice(0, -1)).slice(0, DATA.length),
    rowsOfData((dark) => !dark),
  );
});
