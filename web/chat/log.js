// @ts-check
/// <reference lib="dom" />
/**
 * The messages on the page, in order, each once. Names and texts reach it by `textContent` alone.
 *
 * @module
 */

import { element } from "../element.js";
import { dayText, timeText } from "./moments.js";
import { colourOf } from "./name_colours.js";
import { Presence } from "./presence.js";
import { EVERYONE } from "./typed_line.js";
import { visible } from "./visible.js";

/**
 * What became of an own message.
 *
 * @typedef {"waiting" | "sent" | "kept" | "refused"} Fate
 *
 * A line of the log. One that was said here has a `number`, and an `id` not until the server repeats it.
 *
 * @typedef {{
 *   readonly type: "said",
 *   readonly kind: "message" | "action",
 *   readonly time: number,
 *   readonly from: string,
 *   readonly to: string,
 *   readonly text: string,
 *   readonly isOwn: boolean,
 *   readonly isOld: boolean,
 *   readonly number?: number,
 *   id?: number,
 *   fate?: Fate,
 *   fateText?: string,
 * }} SaidEntry
 *
 * @typedef {{ readonly type: "note" | "fault", readonly time: number, text: string }} NoteEntry
 *
 * @typedef {SaidEntry | NoteEntry} Entry
 *
 * @typedef {{ readonly entry: Entry, readonly item: HTMLLIElement }} Row
 */

/** Rows that stay on the page. */
const ROWS_MAX = 1000;
/** What one says in that time needs the name once. */
const FOLLOWS_MS = 5 * 60_000;
/** IDs that are known to be shown; a server repeats no more. */
const SHOWN_IDS_MAX = 5000;

export class Log {
  /** @type {HTMLElement} */
  #list;
  /** @type {(name: string) => void} */
  #onName;
  /** @type {Row[]} */
  #rows = [];
  #rowsMax = ROWS_MAX;
  /** In the order in which they came. @type {Set<number>} */
  #shownIds = new Set();
  /** Who came and left, while nobody says anything. @type {{ presence: Presence, row: Row } | undefined} */
  #presence;

  /**
   * @param {HTMLElement} list
   * @param {(name: string) => void} onName somebody's name was clicked
   */
  constructor(list, onName) {
    this.#list = list;
    this.#onName = onName;
  }

  /** To be remembered, the newest `count`. @param {number} count @returns {Entry[]} */
  entries(count) {
    return this.#rows.slice(-count).map(({ entry }) => entry)
      .filter(({ text }) => text !== "");
  }

  /** @param {readonly Entry[]} entries of the page before this one */
  restore(entries) {
    for (const entry of entries) {
      if (entry.type === "said" && entry.id !== undefined) {
        this.#know(entry.id);
      }
      this.#insert(this.#rows.length, entry);
    }
  }

  /** The IDs begin again: what is shown belongs to another history. */
  forgetIds() {
    this.#shownIds.clear();
    for (const { entry } of this.#rows) {
      if (entry.type === "said") delete entry.id;
    }
  }

  /** Whether `entry` is shown already, or by this. @param {SaidEntry & { id: number }} entry */
  #isShown(entry) {
    if (this.#shownIds.has(entry.id)) return true;
    this.#know(entry.id);
    if (!entry.isOwn) return false;
    // Said here, and shown since then; what the server repeats tells its ID.
    const row = this.#rows.find(({ entry: own }) =>
      own.type === "said" && own.isOwn && own.id === undefined &&
      own.fate !== "refused" && own.kind === entry.kind &&
      own.text === entry.text && own.to === entry.to
    );
    if (row?.entry.type === "said") row.entry.id = entry.id;
    return row !== undefined;
  }

  /**
   * Shows what the server tells; what is old in its place.
   *
   * @param {SaidEntry & { id: number }} entry
   * @returns {HTMLElement | undefined} `undefined` if it was shown before
   */
  tell(entry) {
    if (this.#isShown(entry)) return undefined;
    let at = this.#rows.length;
    if (entry.isOld) {
      const later = this.#rows.findIndex(({ entry: other }) =>
        other.type === "said" && other.id !== undefined && other.id > entry.id
      );
      if (later >= 0) at = later;
      this.#rowsMax++;
    }
    return this.#insert(at, entry).item;
  }

  /** Shows what is said here. @param {SaidEntry} entry */
  say(entry) {
    this.#insert(this.#rows.length, entry);
  }

  /**
   * What became of what was said here under `number`.
   *
   * @param {number} number
   * @param {Fate} fate
   * @param {string} [text]
   */
  setFate(number, fate, text = "") {
    const row = this.#rowOf(number);
    if (row?.entry.type !== "said") return;
    row.entry.fate = fate;
    row.entry.fateText = text;
    showFate(row.item, row.entry);
  }

  /** What was said under `number` is stored; that it is kept, or refused, was told before. @param {number} number */
  setSent(number) {
    const row = this.#rowOf(number);
    if (row?.entry.type === "said" && row.entry.fate === "waiting") {
      this.setFate(number, "sent");
    }
  }

  /** Whether it shows what was said under `number`. @param {number} number */
  hasSaid(number) {
    return this.#rowOf(number) !== undefined;
  }

  /** @param {number} number */
  #rowOf(number) {
    // From the end: it was said a moment ago.
    return this.#rows.findLast(({ entry }) =>
      entry.type === "said" && entry.number === number
    );
  }

  /** A word of the page itself. @param {string} text @param {{ isFault?: boolean }} [options] */
  note(text, { isFault = false } = {}) {
    const type = isFault ? "fault" : "note";
    this.#insert(this.#rows.length, { type, time: Date.now(), text });
  }

  /** @param {"came" | "left"} what @param {readonly string[]} names */
  tellPresence(what, names) {
    const { presence, row } = this.#presence ?? this.#newPresence();
    presence[what](names);
    const { text } = presence;
    if (row.entry.type !== "said") row.entry.text = text;
    row.item.lastElementChild?.replaceChildren(text);
    row.item.hidden = text === "";
  }

  #newPresence() {
    const entry = /** @type {const} */ ({
      type: "note",
      time: Date.now(),
      text: "",
    });
    const row = this.#insert(this.#rows.length, entry);
    this.#presence = { presence: new Presence(), row };
    return this.#presence;
  }

  /** @param {number} id */
  #know(id) {
    this.#shownIds.add(id);
    if (this.#shownIds.size > SHOWN_IDS_MAX) {
      this.#shownIds.delete(this.#shownIds.keys().next().value ?? 0);
    }
  }

  /**
   * @param {number} at
   * @param {Entry} entry
   */
  #insert(at, entry) {
    const isLast = at === this.#rows.length;
    if (isLast) this.#presence = undefined;
    const row = {
      entry,
      item: entry.type === "said" ? this.#saidItem(entry) : noteItem(entry),
    };
    this.#list.insertBefore(row.item, this.#rows[at]?.item ?? null);
    this.#rows.splice(at, 0, row);
    this.#join(at);
    if (!isLast) this.#join(at + 1);
    else if (this.#rows.length > this.#rowsMax) this.#dropFirst();
    return row;
  }

  #dropFirst() {
    this.#rows.shift()?.item.remove();
    this.#join(0);
  }

  /** Says what stands between a row and the one before it: another day, or the same voice. @param {number} at */
  #join(at) {
    const row = this.#rows[at];
    if (row === undefined) return;
    const { entry, item } = row;
    const before = this.#rows[at - 1]?.entry;
    const day = dayText(entry.time);
    item.querySelector(".day")?.remove();
    if (before === undefined || dayText(before.time) !== day) {
      item.prepend(element("p", { class: "day" }, day));
    }
    const follows = entry.type === "said" && before?.type === "said" &&
      entry.kind === "message" && before.kind === "message" &&
      entry.from === before.from && entry.to === before.to &&
      entry.isOwn === before.isOwn &&
      entry.time - before.time < FOLLOWS_MS && dayText(before.time) === day;
    item.classList.toggle("follows", follows);
  }

  /** @param {SaidEntry} entry */
  #saidItem(entry) {
    const { kind, time, from, to, text, isOwn, isOld } = entry;
    const isDirect = to !== EVERYONE;
    const item = element("li", {
      class: [
        "said",
        kind,
        isOwn && "own",
        isDirect && "direct",
        isOld && "old",
      ].filter(Boolean).join(" "),
    });
    const meta = element("p", { class: "meta" });
    if (kind === "message") {
      meta.append(this.#nameButton(from, isOwn ? "You" : from));
    }
    if (isDirect) {
      meta.append(
        element(
          "span",
          { class: "only" },
          isOwn ? "only to " : "only to you",
          isOwn ? this.#nameButton(to, to) : "",
        ),
      );
    }
    meta.append(
      element(
        "time",
        { datetime: new Date(time).toISOString() },
        timeText(time),
      ),
    );
    const body = element(
      "p",
      { class: "text", dir: "auto" },
      ...(kind === "action" ? [this.#nameButton(from, from), " "] : []),
      visible(text),
    );
    item.append(
      element("div", { class: "bubble" }, meta, body),
      element("p", { class: "fate" }),
    );
    showFate(item, entry);
    return item;
  }

  /** @param {string} name @param {string} shown */
  #nameButton(name, shown) {
    return element("button", {
      type: "button",
      class: "name",
      "data-colour": `${colourOf(name)}`,
      title: `Write to ${visible(name)} only`,
      click: () => this.#onName(name),
    }, element("bdi", {}, visible(shown)));
  }
}

/** @param {NoteEntry} entry */
function noteItem({ type, text }) {
  return element("li", { class: type }, element("p", {}, visible(text)));
}

/** @param {HTMLElement} item @param {SaidEntry} entry */
function showFate(item, { fate, fateText = "" }) {
  const shown = item.querySelector(".fate");
  if (shown === null) return;
  if (fate !== undefined) item.dataset["fate"] = fate;
  // Ticks and dots are for the eyes: read out, they would be noise behind every message.
  shown.ariaHidden = `${fate === "waiting" || fate === "sent"}`;
  shown.textContent = fate === "sent"
    ? "✓"
    : fate === "waiting"
    ? "…"
    : visible(fateText);
}
