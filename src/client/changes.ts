/** API.md section 6: what has happened, over all taskspaces or in one, page by page or as a stream. */
import type { ChangesPage } from '../contract/changes.js';
import type { Summary } from '../contract/summary.js';
import type { Answer } from './answer.js';
import { type CallOptions, callJson } from './call.js';
import { type FollowedEvent, followEvents } from './event-follower.js';
import type { PersistentOptions } from './retry-policy.js';
import { queryString, taskspacePath } from './target.js';
import type { Transport } from './transport.js';

const CHANGES = '/api/changes';

export interface ChangesQuery extends CallOptions {
  /** A position, or `now`; the oldest retained one when absent. */
  readonly since?: string | undefined;
  readonly limit?: number | undefined;
  /** Seconds, 0–30: how long to wait for the first change when there is none. */
  readonly wait?: number | undefined;
}

export interface ChangeCalls {
  /** Throws `position_gone` for a position older than what is retained. */
  list(query?: ChangesQuery): Promise<Answer<ChangesPage>>;
}

export interface FollowOptions extends PersistentOptions {
  /** A position, exclusive; from now on when absent. */
  readonly since?: string | undefined;
}

export interface FollowOneOptions extends PersistentOptions {
  /** A commit, exclusive: 0 begins with the first one; from now on when absent. */
  readonly since?: number | undefined;
}

type Events = AsyncGenerator<FollowedEvent, void, undefined>;

/** Each change once, in order, over broken connections and restarts; at the pace of the consumer. */
export interface EventCalls {
  /** All commits of the server, in the one order that all readers share. */
  follow(options?: FollowOptions): Events;
  /**
   * The commits of one taskspace. Ends with its `taskspace.deleted`; throws `not_found` if it does
   * not exist at first.
   */
  of(id: string, options?: FollowOneOptions): Events;
}

export function changeCalls({ send }: Transport): ChangeCalls {
  return {
    list: async ({ signal, ...query } = {}) =>
      callJson<ChangesPage>(send, {
        method: 'GET',
        path: CHANGES + queryString(query),
        waitSeconds: query.wait,
        signal,
      }),
  };
}

export function eventCalls({ send, open }: Transport): EventCalls {
  const follow = ({ since, ...options }: FollowOptions = {}): Events => {
    const source = {
      path: '/api/events',
      async now(signal: AbortSignal | undefined) {
        const path = CHANGES + queryString({ since: 'now' });
        return (await callJson<ChangesPage>(send, { method: 'GET', path, signal })).value.position;
      },
      endsWith: () => false,
    };
    return followEvents(open, source, since === 'now' ? undefined : since, options);
  };

  const of = (id: string, { since, ...options }: FollowOneOptions = {}): Events => {
    const source = {
      path: taskspacePath(id, 'events'),
      async now(signal: AbortSignal | undefined) {
        const path = taskspacePath(id, 'summary');
        return String((await callJson<Summary>(send, { method: 'GET', path, signal })).value.commit);
      },
      endsWith: ({ types }: { types: readonly string[] }) => types.includes('taskspace.deleted'),
    };
    return followEvents(open, source, since === undefined ? undefined : String(since), options);
  };
  return { follow, of };
}
