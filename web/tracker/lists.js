// @ts-check
/// <reference lib="dom" />
/**
 * The rows of the page: who is here, what is under way, what is where. All names are text (security.md X1).
 *
 * @module
 */

import { visible } from "../chat/visible.js";
import { element } from "../element.js";
import { counted, sizeText } from "../sizes.js";
import { ageText } from "./ages.js";

/**
 * What `/state.json` gives: `lib/tracker/view.ts`.
 *
 * @typedef {import("../../lib/tracker/view.ts").TrackerView} TrackerView
 */

const STATES = {
  here: "here",
  silent: "silent",
  away: "away for a moment",
};

/** @param {TrackerView} view */
export function peerRows({ peers, time }) {
  return peers.map(({ name, host, port, since, state, ...peer }) =>
    row([
      visible(name),
      `${address(host)}:${port}`,
      ageText(since, time),
      sizeText(peer.sent),
      sizeText(peer.received),
      peer.left === 0 ? "nothing" : counted(peer.left, "file"),
      STATES[state],
    ], state)
  );
}

/** @param {TrackerView} view */
export function underWayRows({ underWay, peers }) {
  return underWay.map(({ path, size, held, part, waitsFor }) =>
    row([
      visible(path),
      sizeText(size),
      `${held} of ${peers.length}`,
      part === 0 ? "" : `${part} more in part`,
      waitsFor.length === 0
        ? ""
        : `waiting for ${waitsFor.map(visible).join(", ")}`,
    ])
  );
}

/** @param {TrackerView} view */
export function fileRows({ listing, peers, time }) {
  return listing.map(({ path, kind, size, changed, by, held }) =>
    row([
      kind === "folder" ? `${visible(path)}/` : visible(path),
      kind === "folder" ? "" : sizeText(size),
      ageText(changed, time),
      visible(by),
      `${held} of ${peers.length}`,
    ], held < peers.length ? "lacking" : "")
  );
}

/**
 * @param {readonly string[]} cells
 * @param {string} [look]
 */
function row(cells, look = "") {
  const [first = "", ...rest] = cells;
  return element(
    "tr",
    { class: look },
    element("th", { scope: "row" }, first),
    ...rest.map((cell) => element("td", {}, cell)),
  );
}

/** @param {string} host */
function address(host) {
  if (host === "") return "the tracker's machine";
  return host.includes(":") ? `[${host}]` : host;
}
