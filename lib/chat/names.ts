/**
 * Names of people in a chat: what is one, and which two are the same.
 *
 * @module
 */

/** Code points of a name. */
export const NAME_CHARACTERS_MAX = 32;

/** A name, as it is shown and as it is compared. */
export interface ChatName {
  readonly shown: string;
  /** Equal for names that nobody can tell apart by case, width or composition. */
  readonly folded: string;
}

/** Why a text is no name: a sentence for the person who chose it. */
export class NameFault extends Error {
  override name = "NameFault";
}

/**
 * What has no place in a name: control, format (zero width, bidirectional), surrogates, private use, unassigned
 * characters, line and paragraph separators, blanks but for the plain one, and `|`, which ends a field.
 */
const UNUSABLE = /[\p{C}\p{Zl}\p{Zp}|]|(?! )\p{Zs}/u;
/** Blanks at an end or two in a row could not be seen. */
const HIDDEN_BLANK = /^ | $| {2}/;
/** Characters of their own width that show nothing. */
const INVISIBLE =
  /[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0\ufe00-\ufe0f\u{e0100}-\u{e01ef}]/u;
/** What would pass as the server, or means everyone. */
const RESERVED: ReadonlySet<string> = new Set(["*", "server"]);

/**
 * Checks `text` as a name (security.md U1).
 *
 * @throws {NameFault}
 */
export function toChatName(text: string): ChatName {
  // Composed, so that the same name is the same bytes; not NFKC, which would change what people see.
  const shown = text.normalize("NFC");
  if (shown === "") throw new NameFault("A name has at least one character");
  if ([...shown].length > NAME_CHARACTERS_MAX) {
    throw new NameFault(`A name has at most ${NAME_CHARACTERS_MAX} characters`);
  }
  if (shown.includes("|")) throw new NameFault("A name cannot contain |");
  if (HIDDEN_BLANK.test(shown)) {
    throw new NameFault("A name has blanks only one by one, and inside");
  }
  if (UNUSABLE.test(shown) || INVISIBLE.test(shown) || /^\p{M}/u.test(shown)) {
    throw new NameFault("A name has a character that cannot be seen");
  }
  if (shown.startsWith("/")) throw new NameFault("A name cannot begin with /");
  const folded = fold(shown);
  if (folded === "" || RESERVED.has(folded)) {
    throw new NameFault(`Nobody can be called ${shown}`);
  }
  return { shown, folded };
}

/**
 * The form in which names are compared: NFKC and case folding (Unicode 3.13, toNFKC_Casefold as far as ECMAScript has it:
 * upper case and back finds what lower case alone leaves apart, as ß and ss, ſ and s).
 */
export function fold(name: string): string {
  return name.normalize("NFKC").toUpperCase().toLowerCase().normalize("NFKC");
}
