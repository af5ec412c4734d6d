/** `GET /api/changes`: every commit of the server in one order that all readers share, from any position. */

import type { ChangesPage } from '../../contract/changes.js';
import { TaskspaceError } from '../../domain/errors.js';
import { jsonDocument } from '../../domain/json.js';
import type { Feed } from '../../store/ports.js';
import { type Position, parsePosition, positionText } from '../../store/position.js';
import { maySee, requireScope } from '../access.js';
import type { ReadAnswer } from '../answer.js';
import type { Caller } from '../caller.js';
import { bodyTag } from '../context.js';
import { type FeedPagesDeps, feedPage } from './feed-pages.js';

export interface ChangesQuery {
  /** A position from an earlier answer, `now`, or null for the oldest that is retained. */
  readonly since: string | null;
  readonly limit: number;
  /** Seconds to wait for a change when there is none yet; 0 to 30. */
  readonly waitSeconds: number;
  /** Ends the wait when the client leaves. */
  readonly signal: AbortSignal;
}

export interface ChangesDeps extends FeedPagesDeps {
  readonly feed: Pick<Feed, 'poll' | 'position' | 'after' | 'oldest'>;
  /** Resolves when the feed has grown, the time is over or the signal fires. */
  grown(timeoutMs: number, signal: AbortSignal): Promise<void>;
}

export async function readChanges(
  deps: ChangesDeps,
  caller: Caller,
  query: ChangesQuery,
): Promise<ReadAnswer> {
  const body = Buffer.from(jsonDocument(await changesPage(deps, caller, query)));
  return { body, etag: bodyTag(body), cache: 'store' };
}

async function changesPage(deps: ChangesDeps, caller: Caller, query: ChangesQuery): Promise<ChangesPage> {
  requireScope(caller, 'read');
  deps.feed.poll();
  let since = placeOf(deps.feed, query.since);
  const deadline = performance.now() + query.waitSeconds * 1000;
  for (;;) {
    const page = await feedPage(deps, since, query.limit, (id) => maySee(caller, id));
    const leftMs = deadline - performance.now();
    if (page.items.length > 0 || leftMs <= 0 || query.signal.aborted)
      return { items: page.items.map(({ change }) => change), position: positionText(page.end) };
    since = page.end;
    await deps.grown(leftMs, query.signal);
    deps.feed.poll();
  }
}

function placeOf(feed: ChangesDeps['feed'], since: string | null): Position {
  if (since === null) return feed.oldest();
  if (since === 'now') return feed.position;
  const place = parsePosition(since);
  if (place) return place;
  throw new TaskspaceError('invalid_query', '`since` must be a position from an earlier answer, or `now`.');
}
