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
 * characters, line and paragraph separators, blanks but for the plain one.
 */
const UNUSABLE = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u;
/** Characters of their own width that show nothing: what Unicode calls ignorable, and the blank of Braille. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\u2800]/u;
const INVISIBLE_ALL = new RegExp(INVISIBLE, "gu");
/** Blanks at an end or two in a row could not be seen. */
const HIDDEN_BLANK = /^ | $| {2}/;
/** A mark at the beginning would sit on what stands in front of the name. */
const MARK_FIRST = /^\p{M}/u;
/** Emoji as Unicode lists them: families and hearts are held together by characters that are invisible elsewhere. */
const EMOJI = /\p{RGI_Emoji}/gv;
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
  // The wide one looks like the one that ends a field on the screen.
  if (/[|\uff5c]/.test(shown)) throw new NameFault("A name cannot contain |");
  if (HIDDEN_BLANK.test(shown)) {
    throw new NameFault("A name has blanks only one by one, and inside");
  }
  const letters = shown.replace(EMOJI, "");
  if (
    UNUSABLE.test(letters) || INVISIBLE.test(letters) || MARK_FIRST.test(shown)
  ) throw new NameFault("A name has a character that cannot be seen");
  if (shown.startsWith("/")) throw new NameFault("A name cannot begin with /");
  const folded = fold(shown);
  if (folded === "" || RESERVED.has(folded)) {
    throw new NameFault(`Nobody can be called ${shown}`);
  }
  return { shown, folded };
}

/**
 * The form in which names are compared: that of Unicode 3.13, toNFKC_Casefold. ECMAScript has no case folding: lower case
 * alone leaves ß and ss apart, upper case alone ß and ẞ; there and back finds all of them. What is invisible does not count:
 * a red heart is one with and without the character that makes it red.
 */
export function fold(name: string): string {
  return name.normalize("NFKC").replace(INVISIBLE_ALL, "").toLowerCase()
    .toUpperCase().toLowerCase().normalize("NFKC");
}
