/**
 * How words are compared: folded (lower case, `ß` as `ss`, no accents, compatibility forms replaced: `ﬁ`,
 * `Ａ`, `²`), and split where code joins them.
 *
 * FTS5 splits at everything but letters and digits, so `snake_case` and paths need nothing here; camelCase is
 * one word to it, and `camelParts` gives its pieces. It removes accents from Latin letters alone (unicode61,
 * remove_diacritics 2) and knows neither compatibility forms nor `ß`: `indexKey` gives it other texts folded,
 * and questions are folded always.
 */

/** Folded, with single spaces. */
export function foldName(text: string): string {
  return fold(text).trim().replace(/\s+/g, ' ');
}

/** The folded words of a text, each once: runs of letters and digits. */
export function tokenize(text: string): string[] {
  return [...new Set(fold(text).match(WORD) ?? [])];
}

/** The pieces of camelCase words (`getUserName`, `HTTPServer`), each word once, separated by spaces. */
export function camelParts(text: string): string {
  const isAscii = ASCII.test(text);
  if (!(isAscii ? ASCII_CAMEL : CAMEL).test(text)) return '';
  const parts = new Set<string>();
  // Run by run: one expression over the text would be quadratic in the length of a run without a border.
  for (const [word] of text.matchAll(isAscii ? ASCII_WORD : WORD)) {
    if (word.length <= CAMEL_LENGTH_MAX && CAMEL.test(word)) parts.add(word.replace(BORDER, ' '));
  }
  return [...parts].join(' ');
}

/** What the index is given in place of a text; null: the text itself, which FTS5 folds in the same way. */
export function indexKey(text: string): string | null {
  if (ASCII.test(text)) return null;
  const isOwn = !BEYOND_LATIN.test(text) && text.normalize('NFKD') === text.normalize('NFD');
  return isOwn && !SHARP_S.test(text) ? null : fold(text);
}

/** All readable text of a JSON value: keys and scalars, separated by line breaks. */
export function jsonText(value: unknown): string {
  const found: string[] = [];
  collect(value, found);
  return found.join('\n');
}

/** Such a text has no accents; this test costs a tenth of removing them. */
const ASCII = /^[\u0020-\u007e\s]*$/;
const BEYOND_LATIN = /[^\p{Script=Latin}\p{Script=Common}]/u;
/** The one letter that NFKD leaves and case folding makes longer (CaseFolding.txt of Unicode, status F). */
const SHARP_S = /[ßẞ]/;
const MARKS = /\p{M}+/gu;
const WORD = /[\p{L}\p{N}]+/gu;
const CAMEL = /[\p{Ll}\p{N}]\p{Lu}|\p{Lu}\p{Lu}\p{Ll}/u;
/** The same for text without accents, three times as fast. */
const ASCII_WORD = /[a-zA-Z0-9]+/g;
const ASCII_CAMEL = /[a-z0-9][A-Z]|[A-Z][A-Z][a-z]/;
/** Longer runs are data, not names. */
const CAMEL_LENGTH_MAX = 128;
const BORDER = /(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/gu;

export function fold(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  // The form of a sigma at a word's end depends on what follows it, and is no difference.
  const lower = text.normalize('NFKD').replace(MARKS, '').toLowerCase();
  return lower.replaceAll('ς', 'σ').replaceAll('ß', 'ss');
}

function collect(value: unknown, found: string[]): void {
  if (typeof value === 'string') found.push(value);
  else if (typeof value === 'number') found.push(String(value));
  else if (Array.isArray(value)) for (const item of value) collect(item, found);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, member] of Object.entries(value)) {
      found.push(key);
      collect(member, found);
    }
  }
}
