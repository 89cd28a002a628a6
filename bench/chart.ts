/**
 * A bar chart as one SVG text: pure, no runtime API, so that programs and the bench can share it.
 *
 * The picture has no background and takes its colours from `prefers-color-scheme`, so it reads on a light page as on a
 * dark one; a viewer that knows no media queries shows the light colours. Bars are horizontal because labels are words.
 *
 * @module
 */

/** One bar. `note` stands behind the value, such as "2.9 x". */
export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly note?: string;
}

/** What the chart says besides its bars. */
export interface ChartOptions {
  readonly title: string;
  /** Written behind every value, such as "s" or "MB/s". */
  readonly unit: string;
  /** Width of the picture in CSS pixels; 640 unless told. */
  readonly width?: number;
}

const ROW_PX = 30;
const BAR_PX = 18;
const TITLE_PX = 44;
/** Mean width of a letter at 13 px in the sans-serif fonts of the common systems; a little wide, so that text fits. */
const LETTER_PX = 7.3;

/**
 * Draws `bars` from the top down, the longest over the whole width. Labels and title may hold any text: what XML
 * cannot carry is replaced. Values must be finite and not negative, else RangeError.
 */
export function barChart(bars: readonly Bar[], options: ChartOptions): string {
  for (const bar of bars) {
    if (!Number.isFinite(bar.value) || bar.value < 0) {
      throw new RangeError(
        `Cannot draw bar "${bar.label}": its value is ${bar.value}`,
      );
    }
  }
  const width = options.width ?? 640;
  const height = TITLE_PX + bars.length * ROW_PX + 10;
  const values = bars.map((bar) =>
    `${short(bar.value)} ${options.unit}${bar.note ? ` (${bar.note})` : ""}`
  );
  const labelPx = Math.min(
    width * 0.45,
    widest(bars.map((bar) => bar.label)) + 20,
  );
  const valuePx = widest(values) + 16;
  const roomPx = Math.max(40, width - labelPx - valuePx);
  const longest = Math.max(...bars.map((bar) => bar.value), Number.MIN_VALUE);

  const rows = bars.map((bar, index) => {
    const top = TITLE_PX + index * ROW_PX;
    // One pixel at least, so that a bar of nearly nothing is still seen to be there.
    const barPx = Math.max(1, (bar.value / longest) * roomPx);
    const baseline = top + BAR_PX - 4;
    return [
      `<text x="${px(labelPx - 8)}" y="${baseline}" text-anchor="end">${
        escapeXml(bar.label)
      }</text>`,
      `<rect class="bar" x="${px(labelPx)}" y="${top}" width="${
        px(barPx)
      }" height="${BAR_PX}" rx="3"/>`,
      `<text x="${px(labelPx + barPx + 8)}" y="${baseline}">${
        escapeXml(values[index]!)
      }</text>`,
    ].join("\n");
  });

  const summary = `${options.title}: ${
    bars.map((bar, index) => `${bar.label} ${values[index]}`).join(", ")
  }`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escapeXml(summary)}</title>`,
    "<style>",
    "text { font: 13px system-ui, sans-serif; fill: #1f2328 }",
    ".title { font-weight: 600; font-size: 15px }",
    ".bar { fill: #2f6fdb }",
    "@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .bar { fill: #6ea8fe } }",
    "</style>",
    `<text class="title" x="12" y="24">${escapeXml(options.title)}</text>`,
    ...rows,
    "</svg>",
    "",
  ].join("\n");
}

/** Makes any text fit for XML content and attributes; control characters XML 1.0 forbids become U+FFFD. */
function escapeXml(text: string): string {
  return text
    .toWellFormed()
    // deno-lint-ignore no-control-regex -- XML 1.0 (section 2.2, Char) has no way to write these, not even escaped
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** Three significant digits: enough to compare bars, no more than a measurement is worth. */
function short(value: number): string {
  return value >= 1000
    ? String(Math.round(value))
    : String(Number(value.toPrecision(3)));
}

function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function widest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map((text) => [...text].length)) * LETTER_PX;
}
