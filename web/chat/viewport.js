// @ts-check
/// <reference lib="dom" />
/**
 * The keyboard of a phone: where it lies over the page (Safari), the page is made as high as what is left of it.
 *
 * @module
 */

export function fitKeyboard() {
  const { visualViewport } = globalThis;
  if (!visualViewport) return;
  const fit = () => {
    // Who has zoomed in wants to see a part, not a smaller page.
    if (visualViewport.scale > 1.01) return;
    document.documentElement.style.setProperty(
      "--height",
      `${visualViewport.height}px`,
    );
    // Safari scrolls the page to bring the input into sight; it is in sight anyway.
    globalThis.scrollTo(0, 0);
  };
  visualViewport.addEventListener("resize", fit);
  fit();
}
