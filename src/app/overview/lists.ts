/** Lists over all taskspaces, from the catalog: taskspaces, artifacts, the trash. */

import type { DerivedRequest } from '../../cache/derived.js';
import { ownerTag, taskspaceTag } from '../../cache/invalidation-table.js';
import type { ArtifactFilter } from '../../catalog/queries/artifact-list.js';
import { tokenize } from '../../catalog/tokenize.js';
import type { DeletedTaskspace } from '../../contract/overview.js';
import type { Status } from '../../domain/taskspace.js';
import type { Caller } from '../caller.js';
import type { Page } from '../cursor.js';
import { decodePlace, encodeCursor } from '../cursor.js';
import { bodyOf, type CatalogContext, globsOf, keyOf } from './catalog-context.js';

export interface ArtifactsQuery extends Page, ArtifactFilter {}

export interface TaskspacesQuery extends Page {
  readonly owner: string | null;
  /** Any of these; none: all. */
  readonly statuses: readonly Status[];
  /** All of these. */
  readonly tags: readonly string[];
  /** Each of its words begins a word of the name or the id. */
  readonly q: string | null;
  readonly sort: 'updatedAt' | 'createdAt' | 'name' | 'id';
  readonly order: 'asc' | 'desc';
  readonly withSummary: boolean;
}

const DAY_MS = 86_400_000;

/** Errors: 400 `invalid_cursor`. */
export function taskspacesRequest(
  context: CatalogContext,
  caller: Caller,
  query: TaskspacesQuery,
): DerivedRequest {
  const { owner, statuses, tags, q, sort, order, withSummary, limit, cursor } = query;
  const list = taskspaceListOf(query);
  const keyType = sort === 'name' || sort === 'id' ? 'string' : 'number';
  const after = decodePlace<readonly [string | number, string]>(list, cursor, [keyType, 'string']);
  const words = q === null ? [] : tokenize(q);
  const values = {
    owner,
    statuses,
    tags,
    words,
    globs: globsOf(caller),
    sort,
    order,
    after,
    limit,
    withSummary,
  };
  return {
    kind: 'list',
    key: keyOf('list', owner, [...list, withSummary, limit, after], caller),
    tags: [ownerTag(withSummary ? 'list+summary' : 'list', owner)],
    async load() {
      // Without a word no name can match.
      if (q !== null && words.length === 0) return bodyOf(listBody('[]', null));
      const { items, next, unreadable } = await context.catalog.query('taskspaces', values);
      const page = listBody(items, next && encodeCursor(list, next));
      // What cannot be read must not be missing silently.
      return bodyOf(
        unreadable.length === 0 ? page : `${page.slice(0, -1)},"unreadable":${JSON.stringify(unreadable)}}`,
      );
    },
  };
}

/** The list that a cursor belongs to. */
export function taskspaceListOf({ owner, statuses, tags, q, sort, order }: TaskspacesQuery): unknown[] {
  return ['taskspaces', sort, order, owner, [...statuses].sort(), [...tags].sort(), q];
}

/** Errors: 400 `invalid_cursor`. */
export function artifactsRequest(
  context: CatalogContext,
  caller: Caller,
  query: ArtifactsQuery,
): DerivedRequest {
  const { limit, cursor, ...filters } = query;
  const { owner, taskspace, types, outdated, modified, prefix } = filters;
  const list = ['all-artifacts', owner, taskspace, [...types].sort(), outdated, modified, prefix];
  const after = decodePlace<readonly [string, string]>(list, cursor, ['string', 'string']);
  const values = { ...filters, globs: globsOf(caller), after, limit };
  return {
    kind: 'list',
    key: keyOf('list', owner, [...list, limit, after], caller),
    tags: [taskspace === null ? ownerTag('artifact-list', owner) : taskspaceTag('artifacts', taskspace)],
    async load() {
      const { items, next } = await context.catalog.query('artifacts', values);
      return bodyOf(listBody(items, next && encodeCursor(list, next)));
    },
  };
}

/** Errors: 400 `invalid_cursor`. */
export function trashRequest(
  context: CatalogContext,
  caller: Caller,
  { limit, cursor }: Page,
): DerivedRequest {
  const list = ['trash'];
  const after = decodePlace<readonly [number, string]>(list, cursor, ['number', 'string']);
  return {
    kind: 'list',
    key: keyOf('list', null, [...list, limit, after], caller),
    tags: [ownerTag('list', null)],
    async load() {
      const { rows, more } = await context.catalog.query('trash', { globs: globsOf(caller), after, limit });
      const items = rows.map(
        ({ id, name, owner, deleted_at, bytes }): DeletedTaskspace => ({
          id,
          name,
          owner,
          deletedAt: new Date(deleted_at).toISOString(),
          purgeAt: new Date(deleted_at + context.trashDays * DAY_MS).toISOString(),
          bytes,
        }),
      );
      const last = rows.at(-1);
      const next = more && last ? encodeCursor(list, [last.deleted_at, last.id]) : null;
      return bodyOf(listBody(JSON.stringify(items), next));
    },
  };
}

/** Up to `max` taskspaces of an owner, those changed last first. */
export async function latestIds({ catalog }: CatalogContext, owner: string, max: number): Promise<string[]> {
  const { items } = await catalog.query('taskspaces', {
    ...{ owner, statuses: [], tags: [], words: [], globs: null, after: null },
    ...{ sort: 'updatedAt', order: 'desc', limit: max, withSummary: false },
  });
  return (JSON.parse(items) as { id: string }[]).map(({ id }) => id);
}

/** @param items as JSON. */
function listBody(items: string, nextCursor: string | null): string {
  return `{"items":${items},"nextCursor":${JSON.stringify(nextCursor)}}`;
}
