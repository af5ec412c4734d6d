/**
 * The newest artifacts of all taskspaces, by taskspace and path.
 *
 * The rows come from the smallest source: one taskspace; the artifacts of a type, outdated or modified, when
 * these are rare; the taskspaces of an owner who has few; else the index of the order.
 */
import type { Database, SqlValue } from '../database.js';
import { type Globs, questionMarks, takePage } from './keyset.js';

/** Which artifacts are wanted. */
export interface ArtifactFilter {
  readonly owner: string | null;
  readonly taskspace: string | null;
  /** Any of these, as `metadata.type`; empty: all. */
  readonly types: readonly string[];
  readonly outdated: boolean;
  readonly modified: boolean;
  /** A prefix of the path; may be empty. */
  readonly prefix: string;
}

export interface ArtifactListValues extends ArtifactFilter {
  readonly globs: Globs;
  /** Taskspace and path of the last item of the previous page. */
  readonly after: readonly [taskspace: string, path: string] | null;
  readonly limit: number;
}

export interface ArtifactPage {
  /** JSON of the items. */
  readonly items: string;
  readonly next: readonly [taskspace: string, path: string] | null;
}

interface Row {
  readonly taskspace: string;
  readonly path: string;
  readonly body: string;
}

/** More of a kind than this are not read one by one. */
const FEW_ARTIFACTS = 2_000;
const FEW_TASKSPACES = 5_000;

export function artifactList(db: Database, values: ArtifactListValues): ArtifactPage {
  const { rows, more } = takePage(rowsOf(db, values), values.limit, values.globs, (row) => row.taskspace);
  const items = rows.map(({ taskspace, body }) => `{"taskspace":"${taskspace}",${body.slice(1)}`);
  const last = rows.at(-1);
  return { items: `[${items.join(',')}]`, next: more && last ? [last.taskspace, last.path] : null };
}

function rowsOf(db: Database, values: ArtifactListValues): Iterable<Row> {
  const { taskspace, owner, types, outdated, modified } = values;
  if (taskspace !== null) return ofTaskspaces(db, values, taskspacesOf(db, taskspace, owner));
  const index = indexOf(values);
  const narrowed = types.length > 0 || outdated || modified;
  if (owner !== null && !(narrowed && areFew(db, values, index))) {
    const ids = db.all<{ id: string; n: number }>(
      'SELECT id, n FROM taskspaces WHERE owner = ? ORDER BY id LIMIT ?',
      ...[owner, FEW_TASKSPACES + 1],
    );
    if (ids.length <= FEW_TASKSPACES) return ofTaskspaces(db, values, ids);
  }
  return along(db, values, index);
}

function taskspacesOf(db: Database, id: string, owner: string | null): { id: string; n: number }[] {
  const rows = db.all<{ id: string; n: number; owner: string }>(
    'SELECT id, n, owner FROM taskspaces WHERE id = ?',
    id,
  );
  return rows.filter((row) => owner === null || row.owner === owner);
}

/** Taskspace by taskspace, in the order of their ids. */
function* ofTaskspaces(
  db: Database,
  values: ArtifactListValues,
  taskspaces: readonly { id: string; n: number }[],
): Generator<Row> {
  const { after } = values;
  const filters = filtersOf(values);
  for (const { id, n } of taskspaces) {
    if (after !== null && id < after[0]) continue;
    const from = after !== null && id === after[0] ? after[1] : '';
    const rows = db.all<Omit<Row, 'taskspace'>>(
      `SELECT path, body FROM artifacts a WHERE a.n = ? AND a.path > ? ${filters.sql} ORDER BY a.path LIMIT ?`,
      ...[n, from, ...filters.values, values.limit + 1],
    );
    for (const row of rows) yield { taskspace: id, ...row };
  }
}

/** Along an index in the order of the list; of several types, one walk for each, merged. */
function along(db: Database, values: ArtifactListValues, index: string): Iterable<Row> {
  const { owner, after, types } = values;
  const filters = filtersOf(values);
  const place = after === null ? '' : 'AND (a.taskspace, a.path) > (?, ?)';
  const ofOwner = owner === null ? '' : 'AND t.owner = ?';
  const kinds = index === 'artifacts_by_type' ? types : [null];
  const arms = kinds.map((type) => ({
    sql: `SELECT a.taskspace AS taskspace, a.path AS path, a.body AS body FROM artifacts a INDEXED BY ${index}
      CROSS JOIN taskspaces t ON t.n = a.n
      WHERE ${type === null ? '1' : 'a.type = ?'} ${place} ${ofOwner} ${filters.sql}`,
    values: [
      ...(type === null ? [] : [type]),
      ...(after ?? []),
      ...(owner === null ? [] : [owner]),
      ...filters.values,
    ],
  }));
  return db.iterate<Row>(
    `${arms.map(({ sql }) => sql).join(' UNION ALL ')} ORDER BY taskspace, path`,
    ...arms.flatMap((arm) => arm.values),
  );
}

function indexOf({ types, outdated, modified }: ArtifactListValues): string {
  if (outdated) return 'artifacts_outdated';
  if (modified) return 'artifacts_modified';
  return types.length > 0 ? 'artifacts_by_type' : 'artifacts_by_path';
}

function areFew(db: Database, values: ArtifactListValues, index: string): boolean {
  const filters = filtersOf(values);
  const found = db.get<{ count: number }>(
    `SELECT count(*) AS count FROM (SELECT 1 FROM artifacts a INDEXED BY ${index} WHERE 1 ${filters.sql} LIMIT ?)`,
    ...[...filters.values, FEW_ARTIFACTS + 1],
  );
  return (found?.count ?? 0) <= FEW_ARTIFACTS;
}

function filtersOf(values: ArtifactListValues): { sql: string; values: SqlValue[] } {
  const { types, outdated, modified, prefix } = values;
  const sql: string[] = [];
  const bound: SqlValue[] = [];
  if (types.length > 0) {
    sql.push(`AND a.type IN (${questionMarks(types.length)})`);
    bound.push(...types);
  }
  // Written as in the partial indexes.
  if (outdated) sql.push('AND a.outdated = 1');
  if (modified) sql.push('AND a.modified = 1');
  if (prefix !== '') {
    sql.push('AND substr(a.path, 1, ?) = ?');
    bound.push([...prefix].length, prefix);
  }
  return { sql: sql.join(' '), values: bound };
}
