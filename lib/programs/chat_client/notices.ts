/**
 * What there is to tell beside messages: who came, what was refused, that the connection was lost. In a pipe it stands on
 * stderr, at a terminal between the messages.
 *
 * @module
 */

import {
  namesLine,
  notTakenLine,
  presenceLine,
  shown,
} from "../../cli/chat_lines.ts";
import type { Saying } from "../../chat/unacknowledged.ts";
import type { ClientNews } from "../../drivers/chat/chat_client.ts";
import { causeText } from "./talk.ts";

/** A line for a person. */
export interface Notice {
  readonly text: string;
  /** That something went wrong, or an answer to a question: told also to those who want to be told little. */
  readonly isNeeded: boolean;
}

/** Makes notices of news. It remembers what it said last: of a block of fifty lines it is told once that they are kept. */
export class Notices {
  #keptFor: string | undefined;

  /** The line that tells `news`, if there is one; none for a message, which is more than a notice. */
  of(news: ClientNews): Notice | undefined {
    const keptFor = this.#keptFor;
    this.#keptFor = news.kind === "kept" ? news.name : undefined;
    switch (news.kind) {
      case "joined":
      case "message":
      case "action":
        return undefined;
      case "came":
      case "left":
        return info(presenceLine(news.kind, news.names));
      case "names":
        return needed(namesLine(news.names));
      case "renamed":
        return news.isOwn
          ? needed(`You are ${shown(news.to)} now`)
          : info(`${shown(news.from)} is ${shown(news.to)} now`);
      case "kept":
        return keptFor === news.name
          ? undefined
          : info(`${shown(news.name)} is away; it is kept`);
      case "refused": {
        const reason = news.text || `the server says ${news.code}`;
        return needed(
          news.saying === undefined
            ? shown(reason)
            : notTakenLine(typedOf(news.saying), reason),
        );
      }
      case "missed":
        return needed(
          news.count === 1
            ? "One message to you was not kept"
            : `${news.count} messages to you were not kept`,
        );
      case "lost":
        return needed(
          `Lost the server: ${shown(causeText(news.cause))}; trying again...`,
        );
      case "back":
        return needed("Back");
      default:
        throw news satisfies never;
    }
  }
}

function info(text: string): Notice {
  return { text, isNeeded: false };
}

function needed(text: string): Notice {
  return { text, isNeeded: true };
}

/** As it was typed, or could have been. */
function typedOf({ kind, to, text }: Saying): string {
  return `${kind === "act" ? "/me " : ""}${text} | ${to}`;
}
