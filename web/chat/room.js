// @ts-check
/// <reference lib="dom" />
/**
 * The room as one sees it: lines of the server become what is shown, what is typed becomes lines for the server.
 *
 * What is guaranteed (docs/chat.md) rests here on three things: what is said waits in the outbox until it is acknowledged;
 * the log shows no ID twice; and the cursor tells a new connection where the lost one was.
 *
 * @module
 */

import { Composer } from "./composer.js";
import { Connection } from "./connection.js";
import { Cursor } from "./cursor.js";
import { HELP } from "./help.js";
import { Log } from "./log.js";
import { LostBanner } from "./lost_banner.js";
import {
  newKey,
  rememberedSelf,
  rememberedShown,
  rememberName,
  rememberSelf,
  rememberShown,
} from "./memory.js";
import { Outbox, outgoingLine, textFault } from "./outbox.js";
import { People } from "./people.js";
import { Scroller } from "./scroller.js";
import { Seen } from "./seen.js";
import { parseServerLine } from "./server_lines.js";
import { EVERYONE } from "./typed_line.js";
import { Unread } from "./unread.js";

/** @typedef {import("./outbox.js").Outgoing} Outgoing */
/** @typedef {import("./server_lines.js").Said} Said */
/** @typedef {import("./server_lines.js").ServerLine} ServerLine */
/** @typedef {import("./typed_line.js").Typed} Typed */

/** What outlives the page; 4 KiB each at most, and browsers keep 5 MB. */
const REMEMBERED_ENTRIES = 300;
const NO_CONNECTION = "There is no connection: try that again when it is back";

export class Room {
  #room;
  #banner;
  #view;
  #log;
  #people;
  #composer;
  #scroller;
  #unread = new Unread();
  #connection;
  /** @type {(fault: string, name: string) => void} */
  #onOut;

  #name = "";
  #key;
  #outbox;
  #cursor = new Cursor();
  #wasLost = false;
  #seen = new Seen((line) => this.#connection.post([line]));
  #isWhoAsked = false;
  /** Answers to /history that are to come; and the first line of the one that comes. */
  #histories = 0;
  /** @type {HTMLElement | undefined} */
  #firstOfHistory;

  /**
   * @param {(selector: string) => HTMLElement} part of the page
   * @param {(fault: string, name: string) => void} onOut one is not in any more, and needs a name; the one that one had
   */
  constructor(part, onOut) {
    this.#room = part(".room");
    this.#banner = new LostBanner(
      part(".lost"),
      () => this.#connection.retryNow(),
    );
    this.#view = part(".log");
    this.#onOut = onOut;
    const choose = (/** @type {string} */ name) => {
      this.#people.toggle(false);
      this.#composer.setTarget(name === this.#name ? undefined : name);
      this.#composer.focus();
    };
    this.#log = new Log(part(".log ol"), choose);
    this.#people = new People(part(".people"), part(".people-button"), choose);
    this.#scroller = new Scroller(this.#view, part(".newer"));
    this.#composer = new Composer(part("form.composer"), {
      typed: (typed) => this.#typed(typed),
      names: () => this.#people.names.filter((name) => name !== this.#name),
    });
    const self = rememberedSelf();
    this.#key = self?.key ?? newKey();
    this.#name = self?.name ?? "";
    this.#outbox = new Outbox(self?.outbox);
    this.#restore();
    this.#connection = new Connection({
      address: () => ({
        name: this.#name,
        key: this.#key,
        since: `${this.#cursor}`,
      }),
      onLine: (line) => this.#onLine(line),
      onLost: (pauseMs) => this.#onLost(pauseMs),
      onFault: (text) => this.#note(text, true),
    });
  }

  /** Whether one sees it. */
  get isOpen() {
    return !this.#room.hidden;
  }

  /** Comes in, or tries to. @param {string} name */
  enter(name) {
    this.#name = name;
    this.#connection.open();
  }

  /** To the message that is being written, from wherever one is. */
  write() {
    this.#people.toggle(false);
    this.#composer.focus();
  }

  /** Tells what can be typed. */
  help() {
    for (const line of HELP) this.#note(line);
    this.#scroller.toEnd();
  }

  /** What is shown will be there when the page is loaded again. */
  remember() {
    const { state } = this.#cursor;
    if (state === undefined) return;
    rememberShown({ ...state, entries: this.#log.entries(REMEMBERED_ENTRIES) });
  }

  #restore() {
    const shown = rememberedShown();
    if (shown !== undefined) {
      this.#cursor.restore(shown);
      this.#log.restore(shown.entries);
    }
    // What was said just before a page was lost is not among what it had shown.
    for (const outgoing of this.#outbox.pending) this.#show(outgoing);
  }

  #remember() {
    rememberSelf({
      key: this.#key,
      name: this.#name,
      outbox: this.#outbox.state,
    });
  }

  /** @param {string} text */
  #onLine(text) {
    const line = parseServerLine(text);
    if (line === undefined) return;
    switch (line.kind) {
      case "joined":
        return this.#onJoined(line);
      case "message":
      case "action":
        return this.#onSaid(line);
      case "now":
        return this.#onNow();
      case "sent":
        return this.#settle(this.#outbox.acknowledge(line.number));
      case "kept":
        return this.#log.setFate(
          line.number,
          "kept",
          `${line.name} is away: kept until they come back`,
        );
      case "refused":
        return this.#onRefused(line);
      case "came":
      case "left":
        return this.#onPresence(line.kind, line.names);
      case "names":
        return this.#onNames(line.names);
      case "renamed":
        return this.#onRenamed(line.from, line.to);
      case "missed":
        return this.#note(
          `${line.count} messages to you were not kept: there were too many`,
          true,
        );
      case "ping":
        this.#connection.post(["pong"]);
        return;
      case "bye":
        return this.#onBye(line.code, line.text);
    }
  }

  /** @param {ServerLine & { kind: "joined" }} line */
  #onJoined({ name, epoch, number }) {
    if (this.#cursor.joined(epoch)) {
      this.#log.forgetIds();
      this.#seen.forget();
    }
    this.#name = name;
    rememberName(name);
    this.#settle(this.#outbox.joined(number));
    this.#people.setSelf(name);
    this.#histories = 0;
    // What is old is not read out.
    this.#view.ariaBusy = "true";
    this.#connection.ready([
      "who",
      ...this.#outbox.pending.map(outgoingLine),
    ]);
    this.#remember();
    this.#banner.hide();
    if (this.#wasLost) this.#note("The connection is back");
    this.#wasLost = false;
    if (this.#room.hidden) {
      this.#room.hidden = false;
      this.#scroller.toEnd();
      this.#composer.focus();
    }
  }

  /** @param {Said} said */
  #onSaid({ kind, isOld, id, time, from, to, text }) {
    const isOwn = from === this.#name;
    const item = this.#log.tell({
      type: "said",
      kind,
      id,
      time,
      from,
      to,
      text,
      isOwn,
      isOld,
    });
    this.#cursor.shown(id);
    if (!isOld && !isOwn && to !== EVERYONE) this.#seen.add(id);
    if (item === undefined) return;
    if (isOld && this.#histories > 0) this.#firstOfHistory ??= item;
    this.#scroller.follow({ isNew: !isOld });
    if (!isOld) this.#unread.add(item);
  }

  #onNow() {
    if (this.#cursor.isOpening) {
      this.#cursor.opened();
      this.#view.ariaBusy = "false";
    } else if (this.#histories > 0) {
      this.#histories--;
      if (this.#firstOfHistory === undefined) {
        this.#note("There is nothing older than what is shown here");
      } else this.#scroller.show(this.#firstOfHistory);
      this.#firstOfHistory = undefined;
    }
  }

  /** @param {readonly Outgoing[]} acknowledged */
  #settle(acknowledged) {
    if (acknowledged.length === 0) return;
    for (const { number } of acknowledged) this.#log.setSent(number);
    this.#remember();
  }

  /** @param {ServerLine & { kind: "refused" }} line */
  #onRefused({ number, text }) {
    if (number > 0) {
      this.#outbox.refuse(number);
      this.#log.setFate(number, "refused", `Not sent: ${text}`);
      this.#remember();
    } else if (this.#connection.isReady) this.#note(text, true);
    else this.#leave(text);
  }

  /** @param {"came" | "left"} what @param {readonly string[]} names */
  #onPresence(what, names) {
    if (what === "came") this.#people.add(names);
    else this.#people.remove(names);
    const others = names.filter((name) => name !== this.#name);
    if (others.length === 0) return;
    this.#log.tellPresence(what, others);
    this.#scroller.follow();
  }

  /** @param {readonly string[]} names */
  #onNames(names) {
    if (!this.#people.list(names) || !this.#isWhoAsked) return;
    this.#isWhoAsked = false;
    const all = this.#people.names;
    this.#note(`${all.length} here: ${all.join(", ")}`);
  }

  /** @param {string} from @param {string} to */
  #onRenamed(from, to) {
    this.#people.remove([from]);
    this.#people.add([to]);
    if (this.#composer.target === from) this.#composer.setTarget(to);
    if (from !== this.#name) return this.#note(`${from} is ${to} now`);
    this.#name = to;
    this.#people.setSelf(to);
    rememberName(to);
    this.#remember();
    this.#note(`You are ${to} now`);
  }

  /** @param {string} code @param {string} text */
  #onBye(code, text) {
    if (code === "quit") this.#leave("You have left");
    else if (code === "replaced") {
      this.#leave("You are here in another window, under this name");
    } else {
      this.#note(text, true);
      this.#connection.lost();
    }
  }

  /** @param {number} pauseMs */
  #onLost(pauseMs) {
    this.#wasLost ||= !this.#room.hidden;
    this.#banner.show(pauseMs);
  }

  /** One is out, and asked for a name. @param {string} fault */
  #leave(fault) {
    this.#connection.close();
    this.#banner.hide();
    this.#wasLost = false;
    this.#room.hidden = true;
    // The key stays, and with it what is not acknowledged; but the page asks for a name when it is loaded again.
    rememberSelf({ key: this.#key, name: "", outbox: this.#outbox.state });
    this.#onOut(fault, this.#name);
  }

  /** @param {Typed} typed @returns {string | undefined} why it cannot be sent */
  #typed(typed) {
    switch (typed.kind) {
      case "say":
      case "act":
        return this.#say(typed.kind, typed.to, typed.text);
      case "nick":
        return this.#ask(`nick|${typed.name}`);
      case "who":
        this.#isWhoAsked = true;
        return this.#ask("who");
      case "history":
        this.#histories++;
        return this.#ask(`history|${typed.count}`);
      case "quit":
        if (!this.#connection.post(["quit"])) this.#leave("You have left");
        return undefined;
      case "help":
        this.help();
        return undefined;
    }
    return undefined;
  }

  /** @param {"say" | "act"} kind @param {string} to @param {string} text */
  #say(kind, to, text) {
    const fault = textFault(text);
    if (fault !== undefined) return fault;
    const outgoing = this.#outbox.add(kind, to, text);
    this.#remember();
    this.#show(outgoing);
    this.#connection.post([outgoingLine(outgoing)]);
    this.#scroller.toEnd();
    return undefined;
  }

  /** Shows what is said here, once. @param {Outgoing} outgoing */
  #show({ number, kind, to, text }) {
    if (this.#log.hasSaid(number)) return;
    this.#log.say({
      type: "said",
      kind: kind === "act" ? "action" : "message",
      time: Date.now(),
      from: this.#name,
      to,
      text,
      isOwn: true,
      isOld: false,
      number,
      fate: "waiting",
    });
  }

  /** @param {string} line */
  #ask(line) {
    return this.#connection.post([line]) ? undefined : NO_CONNECTION;
  }

  /** @param {string} text @param {boolean} [isFault] */
  #note(text, isFault = false) {
    this.#log.note(text, { isFault });
    this.#scroller.follow();
  }
}
