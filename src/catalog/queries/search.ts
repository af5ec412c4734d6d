/**
 * Search: hits by exact name, then by a prefix of a name, then by text; in each tier the newest first.
 *
 * Hits stream from the index in the order of their keys, so the first page of a common word costs no more
 * than that of a rare one. A page examines a bounded number of candidates: it may be short, or empty, and
 * still not be the last.
 */
import { seesTaskspace } from '../../domain/glob.js';
import type { Database } from '../database.js';
import { generationToken, namesOf, nameToken, ownerToken, typeToken } from '../doc-scope.js';
import { type DocType, TYPES, typeOf } from '../schema.js';
import { Highlighter } from './highlighter.js';
import { AFTER_ALL, type Globs, withinGlobs } from './keyset.js';
import { type DocText, type SplitPrefixes, splitPrefixes, textToScan } from './prefix-search.js';
import { type SearchQuery, searchQuery } from './search-query.js';
import { type Snippet, snippet } from './snippet.js';

export interface SearchValues {
  readonly text: string;
  /** Empty: all. */
  readonly types: readonly DocType[];
  readonly owner: string | null;
  readonly taskspace: string | null;
  readonly globs: Globs;
  /** Where the previous page ended; null: at the beginning. */
  readonly after: SearchPlace | null;
  readonly limit: number;
}

/** Everything of earlier tiers, and everything of this one down to `doc`, has been examined. */
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
/** Bound of a page's cost in candidates: one takes about 4 µs, and so does scanning as many characters. */
const COST_MAX = 5_000;
const CHARS_PER_COST = 250;
/** About this many names with the prefix are hits by name, alphabetically; the others are hits by text. */
const PREFIX_NAMES_MAX = 1_000;
/** When hits can be in more taskspaces than this, each hit is checked for its taskspace instead. */
const LIVES_MAX = 200;
/** Characters of a text scanned for its snippet; for some hits of a page all, when none match there. */
const SNIPPET_CHARS = 256 * 1024;
const WHOLE_TEXTS_MAX = 16;
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
  for (let tier = firstTier; tier < TIERS; tier++) {
    let doc = tier === firstTier ? firstDoc : LAST;
    for (const candidate of finder.tier(tier, doc)) {
      if (found.length === values.limit || finder.cost >= COST_MAX)
        return pageOf([tier, doc, hitsBefore + found.length]);
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

/** Falls from hit to hit: 3 to 2 for names, 2 to 1 for their prefixes, 1 to 0 for texts. */
function scoreOf(tier: number, place: number): number {
  return TIERS - tier - place / (place + 1);
}

class Finder {
  /** Of the candidates that were tried so far. */
  cost = 0;
  private wholeTexts = 0;
  private readonly query: SearchQuery;
  private readonly marker: Highlighter;
  private readonly types: ReadonlySet<number>;
  /** The filters in terms of the index; null: nothing can pass them. */
  private readonly scope: readonly string[] | null;
  /** The upper bound of names that count as beginning with the text. */
  private readonly lastName: string;
  private open: SplitPrefixes | null = null;

  constructor(
    private readonly db: Database,
    private readonly values: SearchValues,
  ) {
    this.query = searchQuery(values.text);
    this.marker = new Highlighter(this.query.marks);
    const { types } = values;
    this.types = new Set((types.length === 0 ? TYPES : types).map((type) => TYPES.indexOf(type)));
    this.scope = this.scopeOf();
    this.lastName = this.lastNameOf();
  }

  /** Candidates of a tier below `doc`, the newest first. */
  tier(tier: number, doc: number): Iterable<Candidate> {
    if (this.scope === null) return [];
    if (tier === TEXT) return this.byText(this.scope, doc);
    if (this.query.name === null) return [];
    return tier === EXACT
      ? this.matching([...this.scope, inScope([nameToken(this.query.name)])], doc)
      : this.byBeginning(this.query.name, doc);
  }

  passes(candidate: Candidate, tier: number): boolean {
    this.cost++;
    const { type, taskspace, owner } = candidate;
    const { globs, owner: wanted, taskspace: only } = this.values;
    if (!this.types.has(type) || (wanted !== null && owner !== wanted)) return false;
    if ((only !== null && taskspace !== only) || (globs !== null && !seesTaskspace(globs, taskspace)))
      return false;
    // A doc that is hit by its name in two ways has been returned before.
    if (this.tierOf(candidate) !== tier) return false;
    return tier !== TEXT || this.holdsBeginnings(candidate.doc);
  }

  show({ doc, type, taskspace, ref, label, title, at }: Candidate, score: number): Hit {
    const { marks } = this.marker;
    const inBody = this.snippetOf(doc);
    const inTitle = inBody.met === marks.length ? null : snippet(title, this.marker);
    return {
      type: typeOf(type),
      taskspace,
      ref,
      title: title === '' ? label : title,
      // The title, when it matches more than the text around the first match, or when there is no text.
      snippet: inTitle && (inTitle.met > inBody.met || inBody.html === '') ? inTitle.html : inBody.html,
      score,
      at: new Date(at).toISOString(),
    };
  }

  private snippetOf(doc: number): Snippet {
    const body = this.bodyOf(doc, SNIPPET_CHARS);
    const found = snippet(body, this.marker);
    if (found.met > 0 || body.length < SNIPPET_CHARS || this.wholeTexts === WHOLE_TEXTS_MAX) return found;
    this.wholeTexts++;
    return snippet(this.bodyOf(doc, LAST), this.marker);
  }

  private bodyOf(doc: number, charsMax: number): string {
    const sql = 'SELECT substr(body, 1, CAST(? AS INTEGER)) AS body FROM docs WHERE doc = ?';
    return this.db.get<{ body: string }>(sql, charsMax, doc)?.body ?? '';
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

  private byText(scope: readonly string[], below: number): Iterable<Candidate> {
    const { strings, prefixes: beginnings } = this.query;
    if (strings.length + beginnings.length === 0) return [];
    const all = [...strings, ...this.split().indexed];
    const match = [...scope, ...(all.length === 0 ? [] : [`{title body parts} : (${all.join(' ')})`])];
    if (match.length > 0) return this.matching(match, below);
    return this.db.iterate<Candidate>(
      `SELECT ${WITH_TASKSPACE} FROM docs d CROSS JOIN taskspaces t ON t.n = d.n WHERE d.doc < ? ORDER BY d.doc DESC`,
      below,
    );
  }

  private matching(all: readonly string[], below: number): Iterable<Candidate> {
    return this.db.iterate<Candidate>(
      `SELECT ${WITH_TASKSPACE} FROM texts_index x CROSS JOIN docs d ON d.doc = x.rowid
        CROSS JOIN taskspaces t ON t.n = d.n WHERE texts_index MATCH ? AND x.rowid < CAST(? AS INTEGER)
        ORDER BY x.rowid DESC`,
      ...[all.join(' AND '), below],
    );
  }

  /** Checks the prefixes that the index was not asked for. */
  private holdsBeginnings(doc: number): boolean {
    const { looked } = this.split();
    if (looked.length === 0) return true;
    const row = this.db.get<DocText>('SELECT title, body, parts FROM docs WHERE doc = ?', doc);
    if (!row) return false;
    const text = textToScan(row);
    this.cost += text.length / CHARS_PER_COST;
    return looked.every((pattern) => pattern.test(text));
  }

  private split(): SplitPrefixes {
    this.open ??= splitPrefixes(this.db, this.query.prefixes);
    return this.open;
  }

  private tierOf({ type, ref, title }: Candidate): number {
    const { name } = this.query;
    if (name === null) return TEXT;
    const names = namesOf({ type: typeOf(type), ref, title });
    if (names.includes(name)) return EXACT;
    return names.some((key) => this.begins(key, name)) ? PREFIX : TEXT;
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
  private scopeOf(): string[] | null {
    const { taskspace, owner, types } = this.values;
    const scope =
      types.length === 0 || this.types.size === TYPES.length ? [] : [inScope(types.map(typeToken))];
    const lives = this.livesSeen();
    if (lives?.length === 0) return null;
    if (lives && lives.length <= LIVES_MAX) scope.push(inScope(lives.map(generationToken)));
    const moved = owner === null || taskspace !== null ? null : this.livesMovedTo(owner);
    if (owner !== null && moved && moved.length <= LIVES_MAX)
      scope.push(inScope([ownerToken(owner), ...moved.map(generationToken)]));
    return scope;
  }

  /** Generations that hits can be in, at most one more than are of use; null: any. */
  private livesSeen(): number[] | null {
    const { taskspace, globs } = this.values;
    const seen = withinGlobs('id', globs);
    if (taskspace !== null) return this.lives('id = ?', [taskspace]);
    return seen && this.lives(seen.sql, seen.values);
  }

  /** The index knows taskspaces by their first owners: these are the owner's now, but were another's. */
  private livesMovedTo(owner: string): number[] {
    return this.lives('owner = ? AND first_owner <> owner', [owner]);
  }

  private lives(condition: string, values: readonly string[]): number[] {
    return this.db
      .all<{ n: number }>(
        `SELECT n FROM taskspaces WHERE ${condition} LIMIT ?`,
        ...[...values, LIVES_MAX + 1],
      )
      .map(({ n }) => n);
  }
}

function inScope(tokens: readonly string[]): string {
  return `scope : (${tokens.map((token) => `"${token}"`).join(' OR ')})`;
}
