/** `GET /api/changes`: every commit of the server in one order that all readers share, from any position. */
import { TaskspaceError } from '../domain/errors.js';
import type { Commit, Event } from '../domain/event.js';
import type { FeedHistory, FeedPosition } from '../store/feed-history.js';
import { positionOf } from '../store/feed-history.js';
import type { Told } from '../store/feed-segment.js';
import { maySee, requireScope } from './access.js';
import type { ReadAnswer } from './answer.js';
import type { Caller } from './caller.js';
import { bodyTag, type UseCaseContext } from './context.js';
import type { ChangesQuery } from './service.js';

/** As API.md section 9 shows it. */
export interface Change {
  readonly position?: string;
  readonly taskspace: string;
  readonly commit: number;
  readonly types: readonly string[];
  readonly by: string;
  readonly at: string;
  readonly refs: readonly string[];
}

export interface ChangesPage {
  readonly items: readonly Change[];
  readonly position: string;
}

const REFS_MAX = 20;

export interface ChangesDeps {
  readonly context: UseCaseContext;
  readonly history: FeedHistory;
  /** Looks at the feed. */
  look(): void;
  /** Resolves when the feed has grown, or when the time is over or the signal fires. */
  grown(timeoutMs: number, signal: AbortSignal): Promise<void>;
}

async function changesPage(deps: ChangesDeps, caller: Caller, query: ChangesQuery): Promise<ChangesPage> {
  requireScope(caller, 'read');
  deps.look();
  let since = placeOf(deps.history, query.since);
  const deadline = performance.now() + query.waitSeconds * 1000;
  for (;;) {
    const page = await pageAfter(deps, caller, since, query.limit);
    const leftMs = deadline - performance.now();
    if (page.items.length > 0 || leftMs <= 0 || query.signal.aborted)
      return { items: page.items, position: textOf(page.end) };
    since = page.end;
    await deps.grown(leftMs, query.signal);
    deps.look();
  }
}

export async function readChanges(
  deps: ChangesDeps,
  caller: Caller,
  query: ChangesQuery,
): Promise<ReadAnswer> {
  const body = Buffer.from(JSON.stringify(await changesPage(deps, caller, query)));
  return { body, etag: bodyTag(body), cache: 'store' };
}

interface Page {
  readonly items: Change[];
  /** Everything up to here has been looked at. */
  readonly end: FeedPosition;
}

async function pageAfter(
  { context, history }: ChangesDeps,
  caller: Caller,
  since: FeedPosition,
  limit: number,
): Promise<Page> {
  const items: Change[] = [];
  let end = since;
  for (;;) {
    const wanted = limit - items.length;
    const tellings = await history.after(end, wanted);
    for (const told of tellings) {
      const commits = maySee(caller, told.id) ? await commitsOf(context, told, limit - items.length) : [];
      for (const commit of commits)
        items.push(showChange(told.id, commit, textOf(positionOf(told, commit.number))));
      const last = items.length >= limit ? (commits.at(-1)?.number ?? told.to) : told.to;
      end = positionOf(told, last);
      if (items.length >= limit) return { items, end };
    }
    if (tellings.length < wanted) return { items, end };
  }
}

/** The commits that a telling stands for, as far as the journal still has them. */
function commitsOf({ l1 }: UseCaseContext, told: Told, limit: number): Promise<Commit[]> {
  return l1.use(told.id, ({ folder }) => folder.commits(told.from, Math.min(told.to, told.from + limit - 1)));
}

export function showChange(taskspace: string, commit: Commit, position?: string): Change {
  const { number, events, by, time } = commit;
  const types = [...new Set(events.map(({ type }) => type))];
  const refs = refsOf(events).slice(0, REFS_MAX);
  return {
    ...(position === undefined ? {} : { position }),
    taskspace,
    commit: number,
    types,
    by,
    at: time,
    refs,
  };
}

/** Task ids, paths, and `seq` or `seq-seq` of the messages of a commit. */
function refsOf(events: readonly Event[]): string[] {
  const refs = new Set<string>();
  const seqs: number[] = [];
  for (const event of events) {
    if (event.type === 'message.posted') seqs.push(event.message.seq);
    else if (event.type === 'task.added') refs.add(event.task.id);
    else if (event.type === 'task.changed' || event.type === 'task.removed') refs.add(event.id);
    else if (event.type === 'artifact.written') refs.add(event.artifact.path);
    else if (event.type === 'artifact.deleted') refs.add(event.path);
  }
  const [first] = seqs;
  const last = seqs.at(-1);
  if (first !== undefined) refs.add(first === last ? String(first) : `${first}-${last}`);
  return [...refs];
}

/** Positions are opaque to clients: `<segment>.<offset>.<commit>`. */
function textOf({ segment, at, commit }: FeedPosition): string {
  return `${segment}.${at}.${commit}`;
}

function placeOf(history: FeedHistory, since: string | null): FeedPosition {
  if (since === null) return history.oldest();
  if (since === 'now') return history.end();
  const match = /^(\d{1,8})\.(\d{1,15})\.(\d{1,15})$/.exec(since);
  if (match) return { segment: Number(match[1]), at: Number(match[2]), commit: Number(match[3]) };
  throw new TaskspaceError('invalid_query', '`since` must be a position from an earlier answer, or `now`.');
}
