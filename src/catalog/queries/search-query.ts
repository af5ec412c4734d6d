/**
 * Turns search input into an expression for FTS5 that cannot fail: words (all must occur), `"phrases"`,
 * `prefix*`, and nothing else. Every other sign separates words.
 *
 * Only folded letters and digits of the text ever reach FTS5, always within quotes (fts5.html section 3).
 * Words that `_`, `-`, `.` or `/` join are matched as adjacent words, since that is how code and paths are
 * written.
 */
import { foldName, tokenize } from '../tokenize.js';

export interface SearchQuery {
  /** Strings for `MATCH`: whole words and phrases. */
  readonly strings: readonly string[];
  readonly prefixes: readonly Prefix[];
  /** Folded: what snippets highlight. A prefix ends in `*`. */
  readonly marks: readonly string[];
  /** What a name must equal, or begin with, to be hit by name; null: the text is no name. */
  readonly name: string | null;
  /** Whether a name may continue within the last word. */
  readonly open: boolean;
}

/** A word, or a phrase, that ends in `*`. */
export interface Prefix {
  /** For `MATCH`; `lead`: the words before the last, null: there are none. */
  readonly string: string;
  readonly lead: string | null;
  /** Folded; the last is the prefix of a word. */
  readonly words: readonly string[];
}

const TERM = /"([^"]*)("|$)(\*?)|[^\s"]+/gu;
/** Between letters these join words into one name. */
const JOINED = /[\p{L}\p{N}\p{M}]+(?:[-_./][\p{L}\p{N}\p{M}]+)*\*?/gu;
const WORD = /[\p{L}\p{N}\p{M}]+/gu;

export function searchQuery(typed: string): SearchQuery {
  // Signs too may be compatibility forms: full-width quotes and stars, or several letters in one character.
  const text = typed.normalize('NFKC');
  const strings = new Set<string>();
  const beginnings = new Map<string, Prefix>();
  const marks = new Set<string>();
  for (const [term, phrase, , star] of text.matchAll(TERM)) {
    const parts = phrase === undefined ? (term.match(JOINED) ?? []) : [phrase + (star ?? '')];
    for (const part of parts) {
      const words = (part.match(WORD) ?? []).flatMap((word) => tokenize(word));
      if (words.length === 0) continue;
      const open = part.endsWith('*');
      const string = quoted(words);
      const lead = words.length > 1 ? quoted(words.slice(0, -1)) : null;
      if (open) beginnings.set(string, { string: `${string} *`, lead, words });
      else strings.add(string);
      words.forEach((word, i) => {
        marks.add(open && i === words.length - 1 ? `${word}*` : word);
      });
    }
  }
  return {
    strings: [...strings],
    prefixes: [...beginnings.values()],
    marks: [...marks],
    ...nameOf(text),
  };
}

function quoted(words: readonly string[]): string {
  return `"${words.join(' ')}"`;
}

/** The text as a name: without quotes, and without a star at its end. One within is no part of a name. */
function nameOf(text: string): { name: string | null; open: boolean } {
  const trimmed = text.trim();
  const open = trimmed.endsWith('*');
  const name = foldName((open ? trimmed.slice(0, -1) : trimmed).replaceAll('"', ''));
  return name === '' || name.includes('*') ? { name: null, open } : { name, open };
}
