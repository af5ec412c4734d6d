/**
 * Search: hits by exact name, then by the beginning of a name, then by text; in each of these the newest first.
 *
 * Hits stream from the index in the order of their keys, so the first page of a common word costs no more than that of a
 * rare one. A page looks at a bounded number of candidates: it may be short, or empty, and still not be the last.
 */
import { seesTaskspace } from '../../domain/glob.js';
import type { Database } from '../database.js';
import { type DocType, TYPES } from '../schema.js';
import { AFTER_ALL, type Globs, withinGlobs } from './keyset.js';
import { Marker } from './marker.js';
import { type SearchQuery, searchQuery } from './search-query.js';
import { snippet } from './snippet.js';

export interface SearchValues {
  readonly text: string;
  /** None: all. */
  readonly types: readonly DocType[];
  readonly owner: string | null;
  readonly taskspace: string | null;
  readonly globs: Globs;
  /** Where the page before has ended; null: at the beginning. */
  readonly after: SearchPlace | null;
  readonly limit: number;
}

/** Everything of earlier tiers, and everything of this one down to `doc`, has been looked at. */
export type SearchPlace = readonly [tier: number, doc: number, hits: number];

export interface Hit {
  readonly type: DocType;
  readonly taskspace: string;
  readonly ref: string;
  readonly title: string;
  readonly snippet: string;
  readonly score: number;
  readonly at: string;
}

export interface SearchPage {
  readonly hits: readonly Hit[];
  /** Null: there is no more. */
  readonly next: SearchPlace | null;
}

const EXACT = 0;
const PREFIX = 1;
const TEXT = 2;
const TIERS = 3;
/** Candidates looked at for one page: about as many milliseconds as thousands. */
const CANDIDATES_MAX = 10_000;
/** About so many names that begin so are hits by name, in alphabetical order; the others are hits by text. */
const PREFIX_NAMES_MAX = 1_000;
/** Of an owner with more taskspaces than this every hit is asked whose it is. */
const OWN_TASKSPACES_MAX = 200;
const SNIPPET_CHARS = 256 * 1024;
const LAST = Number.MAX_SAFE_INTEGER;

interface Candidate {
  readonly doc: number;
  readonly type: number;
  readonly ref: string;
  readonly at: number;
  readonly label: string;
  readonly title: string;
  readonly taskspace: string;
  readonly owner: string;
}

const COLUMNS = 'd.doc AS doc, d.type AS type, d.ref AS ref, d.at AS at, d.label AS label, d.title AS title';
const WITH_TASKSPACE = `${COLUMNS}, t.id AS taskspace, t.owner AS owner`;

export function search(db: Database, values: SearchValues): SearchPage {
  const finder = new Finder(db, values);
  const [firstTier, firstDoc, hitsBefore] = values.after ?? [EXACT, LAST, 0];
  const found: Candidate[] = [];
  const tiers: number[] = [];
  let looked = 0;
  for (let tier = firstTier; tier < TIERS; tier++) {
    let doc = tier === firstTier ? firstDoc : LAST;
    for (const candidate of finder.tier(tier, doc)) {
      if (found.length === values.limit || looked === CANDIDATES_MAX)
        return pageOf([tier, doc, hitsBefore + found.length]);
      looked++;
      doc = candidate.doc;
      if (!finder.passes(candidate, tier)) continue;
      found.push(candidate);
      tiers.push(tier);
    }
  }
  return pageOf(null);

  function pageOf(next: SearchPlace | null): SearchPage {
    const hits = found.map((candidate, i) =>
      finder.show(candidate, scoreOf(tiers[i] ?? TEXT, hitsBefore + i)),
    );
    return { hits, next };
  }
}

/** Falls from hit to hit: 3 to 2 for names, 2 to 1 for their beginnings, 1 to 0 for texts. */
function scoreOf(tier: number, place: number): number {
  return TIERS - tier - place / (place + 1);
}

class Finder {
  private readonly query: SearchQuery;
  private readonly marker: Marker;
  private readonly types: ReadonlySet<number>;
  /** The expression with the filters that the index knows; null: nothing can be found by text. */
  private readonly match: string | null;
  /** Names before this one count as beginning with the text. */
  private readonly lastName: string;

  constructor(
    private readonly db: Database,
    private readonly values: SearchValues,
  ) {
    this.query = searchQuery(values.text);
    this.marker = new Marker(this.query.marks);
    const { types } = values;
    this.types = new Set((types.length === 0 ? TYPES : types).map((type) => TYPES.indexOf(type)));
    const scope = this.scope();
    const { match } = this.query;
    this.match = match === null || scope === null ? null : [...scope, match].join(' AND ');
    this.lastName = this.lastNameOf();
  }

  /** Candidates of a tier below `doc`, the newest first. */
  tier(tier: number, doc: number): Iterable<Candidate> {
    if (tier === TEXT) return this.byText(doc);
    if (this.query.name === null) return [];
    return tier === EXACT ? this.byName(this.query.name, doc) : this.byBeginning(this.query.name, doc);
  }

  passes({ doc, type, taskspace, owner }: Candidate, tier: number): boolean {
    const { globs, owner: wanted, taskspace: only } = this.values;
    if (!this.types.has(type) || (wanted !== null && owner !== wanted)) return false;
    if ((only !== null && taskspace !== only) || (globs !== null && !seesTaskspace(globs, taskspace)))
      return false;
    // What is hit by its name in two ways has come before.
    return tier === EXACT || this.tierOf(doc) === tier;
  }

  show({ doc, type, taskspace, ref, label, title, at }: Candidate, score: number): Hit {
    const { marks } = this.marker;
    const body =
      this.db.get<{ body: string }>(
        'SELECT substr(body, 1, ?) AS body FROM docs WHERE doc = ?',
        SNIPPET_CHARS,
        doc,
      )?.body ?? '';
    const inBody = snippet(body, this.marker);
    const inTitle = inBody.met === marks.length ? null : snippet(title, this.marker);
    return {
      type: TYPES[type] ?? 'taskspace',
      taskspace,
      ref,
      title: title === '' ? label : title,
      // The title, when more is met in it than around the first place in the text, or when there is no text.
      snippet: inTitle && (inTitle.met > inBody.met || inBody.html === '') ? inTitle.html : inBody.html,
      score,
      at: new Date(at).toISOString(),
    };
  }

  private byName(name: string, below: number): Iterable<Candidate> {
    return this.db.iterate<Candidate>(
      `SELECT ${WITH_TASKSPACE} FROM names x CROSS JOIN docs d ON d.doc = x.doc CROSS JOIN taskspaces t ON t.n = d.n
        WHERE x.key = ? AND x.doc < ? ORDER BY x.doc DESC`,
      ...[name, below],
    );
  }

  private byBeginning(name: string, below: number): Iterable<Candidate> {
    const docs = new Set<number>();
    for (const { key, doc } of this.beginnings(name))
      if (doc < below && this.begins(key, name)) docs.add(doc);
    return this.candidates([...docs].sort((a, b) => b - a));
  }

  private beginnings(name: string): { key: string; doc: number }[] {
    return this.db.all<{ key: string; doc: number }>(
      'SELECT key, doc FROM names WHERE key > ? AND key < ? ORDER BY key',
      ...[name, this.lastName],
    );
  }

  /** A hit by name is one by text, too: the words of the search are whole words of the name. */
  private begins(key: string, name: string): boolean {
    if (key <= name || key >= this.lastName || !key.startsWith(name)) return false;
    return this.query.open || !/^[\p{L}\p{N}\p{M}]/u.test(key.slice(name.length));
  }

  private *candidates(docs: readonly number[]): Generator<Candidate> {
    for (const doc of docs) {
      const row = this.db.get<Candidate>(
        `SELECT ${WITH_TASKSPACE} FROM docs d JOIN taskspaces t ON t.n = d.n WHERE d.doc = ?`,
        doc,
      );
      if (row) yield row;
    }
  }

  private byText(below: number): Iterable<Candidate> {
    if (this.match === null) return [];
    return this.db.iterate<Candidate>(
      `SELECT ${WITH_TASKSPACE} FROM texts_index x CROSS JOIN docs d ON d.doc = x.rowid
        CROSS JOIN taskspaces t ON t.n = d.n WHERE texts_index MATCH ? AND x.rowid < CAST(? AS INTEGER)
        ORDER BY x.rowid DESC`,
      ...[this.match, below],
    );
  }

  private tierOf(doc: number): number {
    const { name } = this.query;
    if (name === null) return TEXT;
    let tier = TEXT;
    for (const { key } of this.db.all<{ key: string }>('SELECT key FROM names WHERE doc = ?', doc)) {
      if (key === name) return EXACT;
      if (this.begins(key, name)) tier = PREFIX;
    }
    return tier;
  }

  private lastNameOf(): string {
    const { name } = this.query;
    if (name === null) return '';
    const beyond = this.db.get<{ key: string }>(
      'SELECT key FROM names WHERE key > ? AND key < ? ORDER BY key LIMIT 1 OFFSET ?',
      ...[name, name + AFTER_ALL, PREFIX_NAMES_MAX],
    );
    return beyond?.key ?? name + AFTER_ALL;
  }

  /** Filters in terms of the index; null: nothing can pass them. */
  private scope(): string[] | null {
    const { taskspace, owner, types } = this.values;
    const scope: string[] = [];
    if (types.length > 0 && this.types.size < TYPES.length)
      scope.push(`scope : (${[...new Set(types)].map((type) => `"t${type}"`).join(' OR ')})`);
    const own = this.own(taskspace, owner);
    if (own === null) return scope;
    if (own.length === 0) return null;
    if (own.length <= OWN_TASKSPACES_MAX)
      scope.push(`scope : (${own.map(({ n }) => `"n${n}"`).join(' OR ')})`);
    return scope;
  }

  /** The taskspaces that hits can be in, one more than are of use at most; null: any. */
  private own(taskspace: string | null, owner: string | null): { n: number }[] | null {
    const whose = taskspace ?? owner;
    const seen = withinGlobs('id', this.values.globs);
    if (whose === null && seen === null) return null;
    const conditions = [
      ...(whose === null ? [] : [taskspace === null ? 'owner = ?' : 'id = ?']),
      ...(seen ? [seen.sql] : []),
    ];
    return this.db.all<{ n: number }>(
      `SELECT n FROM taskspaces WHERE ${conditions.join(' AND ')} LIMIT ?`,
      ...[...(whose === null ? [] : [whose]), ...(seen?.values ?? []), OWN_TASKSPACES_MAX + 1],
    );
  }
}
