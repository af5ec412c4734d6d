/**
 * What somebody typed into the search becomes an expression for FTS5 that cannot fail: words (all must occur),
 * `"phrases"`, `prefix*`, and nothing else. Every other sign separates words.
 *
 * Only letters, digits and marks of the text ever reach FTS5, always within quotes (fts5.html section 3). Words that `_`,
 * `-`, `.` or `/` join are looked for side by side, since that is how code and paths are written.
 */
import { foldName, foldWords } from '../words.js';

export interface SearchQuery {
  /** For `MATCH`, over the columns of texts; null: there is no word in it. */
  readonly match: string | null;
  /** Folded: what is marked in snippets. A prefix ends in `*`. */
  readonly marks: readonly string[];
  /** What a name must be, or begin with, to be hit by name; null: the text is none. */
  readonly name: string | null;
  /** Whether a name may go on within the last word. */
  readonly open: boolean;
}

const TERM = /"([^"]*)("|$)(\*?)|[^\s"]+/gu;
/** Between letters these join words to one name. */
const JOINED = /[\p{L}\p{N}\p{M}]+(?:[-_./][\p{L}\p{N}\p{M}]+)*\*?/gu;
const WORD = /[\p{L}\p{N}\p{M}]+/gu;

export function searchQuery(text: string): SearchQuery {
  const strings = new Set<string>();
  const marks = new Set<string>();
  for (const [term, phrase, , star] of text.matchAll(TERM)) {
    const parts = phrase === undefined ? (term.match(JOINED) ?? []) : [phrase + (star ?? '')];
    for (const part of parts) {
      const words = part.match(WORD) ?? [];
      if (words.length === 0) continue;
      const open = part.endsWith('*');
      strings.add(`"${words.join(' ')}"${open ? ' *' : ''}`);
      const folded = words.flatMap((word) => foldWords(word));
      folded.forEach((word, i) => {
        marks.add(open && i === folded.length - 1 ? `${word}*` : word);
      });
    }
  }
  const all = [...strings].join(' ');
  return {
    match: all === '' ? null : `{title body parts} : (${all})`,
    marks: [...marks],
    ...nameOf(text),
  };
}

/** The text as a name: without quotes, and without a star at its end. One within is no part of a name. */
function nameOf(text: string): { name: string | null; open: boolean } {
  const trimmed = text.trim();
  const open = trimmed.endsWith('*');
  const name = foldName((open ? trimmed.slice(0, -1) : trimmed).replaceAll('"', ''));
  return name === '' || name.includes('*') ? { name: null, open } : { name, open };
}
