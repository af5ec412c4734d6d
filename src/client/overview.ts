/** API.md section 6: search, dashboard and stats over all taskspaces that the caller may see. */
import type { Dashboard, Hit, HitType, Stats } from '../contract/overview.js';
import type { Answer, NotModified } from './answer.js';
import { type CallOptions, type Read, readConditionally } from './call.js';
import { listOf, type PagedList, type PageOptions } from './paged-list.js';
import { type Query, queryString } from './target.js';
import type { Send } from './transport.js';

export interface SearchQuery extends PageOptions {
  /** 1–500 characters: words, `"phrases"`, `prefix*`; all must occur. */
  readonly q: string;
  /** Any of these. */
  readonly type?: readonly HitType[] | undefined;
  readonly owner?: string | undefined;
  readonly taskspace?: string | undefined;
}

export interface OwnerQuery {
  /** All owners when absent. */
  readonly owner?: string | undefined;
}

export interface StatsQuery extends OwnerQuery {
  /** 1–366; 30 when absent. */
  readonly days?: number | undefined;
}

export interface OverviewCalls {
  /** Best first. */
  search(query: SearchQuery): PagedList<Hit>;
  dashboard: Read<[query?: OwnerQuery], Dashboard>;
  stats: Read<[query?: StatsQuery], Stats>;
}

export function overviewCalls(send: Send): OverviewCalls {
  return {
    search: (query) => listOf(send, () => '/api/search', query),
    dashboard: reading(send, '/api/dashboard'),
    stats: reading(send, '/api/stats'),
  };
}

function reading<Q extends object, T>(send: Send, path: string): Read<[query?: Q], T> {
  const read = async (query?: Q, options?: CallOptions): Promise<Answer<T> | NotModified> => {
    const parameters: Query = { ...query };
    return readConditionally<T>(send, path + queryString(parameters), options);
  };
  return read as Read<[query?: Q], T>;
}
