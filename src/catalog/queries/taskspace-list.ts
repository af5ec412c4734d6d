/**
 * The list of taskspaces: any filters, any order, by key.
 *
 * Two ways lead to a page. A *walk* goes along the index of the order, one arm for each status, merged, and
 * tries the other filters on each row. A *drive* reads all rows of a rare tag or word, and sorts them. The
 * counts of the catalog decide: a walk passes `limit * all / matching` rows, a drive all that match.
 */
import { seesTaskspace } from '../../domain/glob.js';
import { STATUSES } from '../../domain/taskspace.js';
import type { Database, SqlValue } from '../database.js';
import { AFTER_ALL, type Globs, questionMarks, takePage, withinGlobs } from './keyset.js';

export const SORTS = ['updatedAt', 'createdAt', 'name', 'id'] as const;
export type Sort = (typeof SORTS)[number];

export interface TaskspaceListValues {
  readonly owner: string | null;
  /** Any of these; empty: all. */
  readonly statuses: readonly string[];
  /** All of these. */
  readonly tags: readonly string[];
  /** Folded: each begins a word of the name or the id. */
  readonly words: readonly string[];
  readonly globs: Globs;
  readonly sort: Sort;
  readonly order: 'asc' | 'desc';
  /** Key and id of the last item of the previous page. */
  readonly after: readonly [key: string | number, id: string] | null;
  readonly limit: number;
  readonly withSummary: boolean;
}

export interface TaskspacePage {
  /** JSON of the items. */
  readonly items: string;
  /** Key and id of the last item; null: there is no more. */
  readonly next: readonly [key: string | number, id: string] | null;
  /**
   * On the first page of a list without filters: taskspaces that cannot be read, shown in their last good
   * state or not at all.
   */
  readonly unreadable: readonly string[];
}

interface KeyRow {
  readonly n: number;
  readonly id: string;
  readonly key: string | number;
}

/** A part of a condition on one row. */
interface Part {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

/** Another source of rows than the order's index, and how many it has. */
interface Source extends Part {
  readonly count: number;
}

/** Unreadable taskspaces that are named, at most. */
const UNREADABLE_MAX = 100;

const COLUMNS = {
  updatedAt: { key: 't.updated_at', index: 'updated' },
  createdAt: { key: 't.created_at', index: 'created' },
  name: { key: 't.name_key', index: 'name' },
  id: { key: 't.id', index: 'id' },
} as const;

export function taskspaceList(db: Database, values: TaskspaceListValues): TaskspacePage {
  const { limit, globs, withSummary } = values;
  const { rows, more } = takePage(rowsOf(db, values), limit, globs, ({ id }) => id);
  const items = rows.map(({ n }) => bodyOf(db, n, withSummary));
  const last = rows.at(-1);
  return {
    items: `[${items.join(',')}]`,
    next: more && last ? [last.key, last.id] : null,
    unreadable: isBeginning(values) ? unreadable(db, globs) : [],
  };
}

function isBeginning({ after, owner, statuses, tags, words }: TaskspaceListValues): boolean {
  return after === null && owner === null && statuses.length + tags.length + words.length === 0;
}

function unreadable(db: Database, globs: Globs): string[] {
  const rows = db.all<{ id: string }>(
    'SELECT id FROM journals WHERE trouble IS NOT NULL ORDER BY id LIMIT ?',
    UNREADABLE_MAX,
  );
  return rows.map(({ id }) => id).filter((id) => globs === null || seesTaskspace(globs, id));
}

function rowsOf(db: Database, values: TaskspaceListValues): Iterable<KeyRow> {
  const { sql, values: bound } = planOf(db, values);
  return db.iterate<KeyRow>(sql, ...bound);
}

/** The statement for these filters, and its bound values. */
function planOf(db: Database, values: TaskspaceListValues): Part {
  const all = countOf(db, values);
  // A drive of this many rows costs about as much as the walk that it spares.
  const driveMax = Math.ceil(Math.sqrt(2 * (values.limit + 1) * all));
  const source = sourcesOf(db, values, driveMax + 1).sort((a, b) => a.count - b.count)[0];
  return source && source.count <= driveMax ? drive(values, source) : walk(values);
}

function walk(values: TaskspaceListValues): Part {
  const { owner, sort } = values;
  const index = owner === null ? `by_${COLUMNS[sort].index}` : `by_owner_${COLUMNS[sort].index}`;
  const filters = [...placeFilter(values), ...tagFilters(values), ...wordFilters(values)];
  const arms = statusesOf(values).map((status) => {
    const parts = [...ownerFilter(values), { sql: 't.status = ?', values: [status] }, ...filters];
    return {
      sql: `SELECT t.n AS n, t.id AS id, ${COLUMNS[sort].key} AS key FROM taskspaces t INDEXED BY ${index} WHERE ${and(parts)}`,
      values: parts.flatMap((part) => part.values),
    };
  });
  return {
    sql: `${arms.map(({ sql }) => sql).join(' UNION ALL ')} ${ordered(values)}`,
    values: arms.flatMap((arm) => arm.values),
  };
}

function drive(values: TaskspaceListValues, source: Source): Part {
  const statuses = statusesOf(values);
  const parts = [
    ...ownerFilter(values),
    { sql: `t.status IN (${questionMarks(statuses.length)})`, values: statuses },
    ...placeFilter(values),
    ...tagFilters(values),
    ...wordFilters(values),
  ];
  return {
    sql: `SELECT t.n AS n, t.id AS id, ${COLUMNS[values.sort].key} AS key
      FROM (${source.sql}) s CROSS JOIN taskspaces t ON t.n = s.n WHERE ${and(parts)} ${ordered(values)}`,
    values: [...source.values, ...parts.flatMap((part) => part.values)],
  };
}

/** The possible sources, each counted up to `countMax`. */
function sourcesOf(db: Database, { tags, words, globs }: TaskspaceListValues, countMax: number): Source[] {
  const seen = withinGlobs('id', globs);
  const sources: Part[] = [
    ...(seen ? [{ sql: `SELECT n FROM taskspaces WHERE ${seen.sql}`, values: seen.values }] : []),
    ...tags.map((tag) => ({ sql: 'SELECT n FROM tags WHERE tag = ?', values: [tag] })),
    ...words.map((word) => ({
      sql: 'SELECT DISTINCT n FROM name_words WHERE word >= ? AND word < ?',
      values: [word, word + AFTER_ALL],
    })),
  ];
  return sources.map(({ sql, values }) => ({
    sql,
    values,
    count:
      db.get<{ count: number }>(`SELECT count(*) AS count FROM (${sql} LIMIT ?)`, ...[...values, countMax])
        ?.count ?? 0,
  }));
}

/** How many taskspaces this owner has in these statuses. */
function countOf(db: Database, values: TaskspaceListValues): number {
  const totals = db.get<Record<string, number>>('SELECT * FROM totals WHERE owner = ?', values.owner ?? '');
  return statusesOf(values).reduce((sum, status) => sum + (totals?.[status] ?? 0), 0);
}

function statusesOf({ statuses }: TaskspaceListValues): readonly string[] {
  return statuses.length === 0 ? STATUSES : statuses;
}

function ownerFilter({ owner }: TaskspaceListValues): Part[] {
  return owner === null ? [] : [{ sql: 't.owner = ?', values: [owner] }];
}

function placeFilter({ after, sort, order }: TaskspaceListValues): Part[] {
  if (after === null) return [];
  const [key, id] = after;
  const beyond = order === 'asc' ? '>' : '<';
  if (sort === 'id') return [{ sql: `t.id ${beyond} ?`, values: [id] }];
  return [{ sql: `(${COLUMNS[sort].key}, t.id) ${beyond} (?, ?)`, values: [key, id] }];
}

function tagFilters({ tags }: TaskspaceListValues): Part[] {
  return tags.map((tag) => ({
    sql: 'EXISTS (SELECT 1 FROM tags g WHERE g.tag = ? AND g.n = t.n)',
    values: [tag],
  }));
}

function wordFilters({ words }: TaskspaceListValues): Part[] {
  return words.map((word) => ({
    sql: 'EXISTS (SELECT 1 FROM name_words w WHERE w.n = t.n AND w.word >= ? AND w.word < ?)',
    values: [word, word + AFTER_ALL],
  }));
}

function and(parts: readonly Part[]): string {
  return parts.map(({ sql }) => sql).join(' AND ');
}

function ordered({ sort, order }: TaskspaceListValues): string {
  return sort === 'id' ? `ORDER BY id ${order}` : `ORDER BY key ${order}, id ${order}`;
}

function bodyOf(db: Database, n: number, withSummary: boolean): string {
  const body = db.get<{ body: string }>('SELECT body FROM bodies WHERE n = ?', n)?.body ?? '{}';
  if (!withSummary) return body;
  const summary = db.get<{ summary: string }>('SELECT summary FROM taskspaces WHERE n = ?', n)?.summary;
  return `${body.slice(0, -1)},"summary":${summary}}`;
}
