/**
 * Prefixes of words: those of few docs are left to the index, which gathers all docs of all words with the
 * prefix before it returns the first. The others are matched against the texts of candidates: where every
 * twentieth text has one, hits come sooner than the index could return any. Samples of all docs decide
 * between the two.
 */
import type { Database } from '../database.js';
import { fold } from '../tokenize.js';
import type { Prefix } from './search-query.js';

/** The index gathers this many docs in about ten milliseconds. */
const GATHERED_MAX = 40_000;
const SAMPLES = 16;
const SAMPLE_DOCS = 20;
const SAMPLE_CHARS = 4096;
/** Scripts that the index is known to fold and to split as `tokenize` does. */
const PLAIN = /^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{N}]+$/u;

export interface DocText {
  readonly title: string;
  readonly body: string;
  readonly parts: string;
}

export interface SplitPrefixes {
  /** Strings for `MATCH`. */
  readonly indexed: readonly string[];
  /** Each must be found in `textToScan`. */
  readonly looked: readonly RegExp[];
}

export function splitPrefixes(db: Database, beginnings: readonly Prefix[]): SplitPrefixes {
  const indexed: string[] = [];
  const looked: RegExp[] = [];
  const count = beginnings.length === 0 ? 0 : countOf(db);
  const texts = count > GATHERED_MAX ? sample(db).map(textToScan) : [];
  for (const { string, lead, words } of beginnings) {
    // Of a phrase, too, all docs are gathered in which a word begins as its last one.
    const last = patternOf(words.slice(-1));
    const having = texts.filter((text) => last.test(text)).length;
    const isLooked =
      (count * having) / texts.length > GATHERED_MAX && words.every((word) => PLAIN.test(word));
    if (isLooked) looked.push(patternOf(words));
    const indexable = isLooked ? lead : string;
    if (indexable !== null) indexed.push(indexable);
  }
  return { indexed, looked };
}

/** Columns are separated by NUL, which no phrase crosses. */
export function textToScan({ title, body, parts }: DocText): string {
  return fold(`${title}\0${body}\0${parts}`);
}

/** Words are letters and digits alone: no character in them is special in a pattern. */
function patternOf(words: readonly string[]): RegExp {
  return new RegExp(`(?<![\\p{L}\\p{N}])${words.join('[^\\p{L}\\p{N}\\0]+')}`, 'u');
}

function countOf(db: Database): number {
  const sums = 'tasks + messages + artifacts + draft + active + completed + failed + archived';
  return db.get<{ count: number }>(`SELECT ${sums} AS count FROM totals WHERE owner = ''`)?.count ?? 0;
}

/** Docs at equal distances, so that those of one day do not represent all. */
function sample(db: Database): DocText[] {
  const ends = db.get<{ first: number; last: number }>(
    'SELECT (SELECT min(doc) FROM docs) AS first, (SELECT max(doc) FROM docs) AS last',
  );
  if (!ends) return [];
  const { first, last } = ends;
  return Array.from({ length: SAMPLES }, (_, i) => Math.floor(last - ((last - first) * i) / SAMPLES)).flatMap(
    (place) =>
      db.all<DocText>(
        `SELECT title, substr(body, 1, ${SAMPLE_CHARS}) AS body, substr(parts, 1, ${SAMPLE_CHARS}) AS parts
          FROM docs WHERE doc <= ? ORDER BY doc DESC LIMIT ${SAMPLE_DOCS}`,
        place,
      ),
  );
}
