/**
 * Follows a stream of events over any number of connections: continues after the last consumed event, so
 * that none is left out or repeated, whichever worker answers. A follower without a beginning gets a
 * fixed one before the first connection: else changes between two connections would be lost before the
 * first event has come.
 */
import type { Change } from '../contract/changes.js';
import { ApiError } from './api-error.js';
import { jittered } from './delay.js';
import { eventsOver } from './event-connection.js';
import type { ServerSentEvent } from './event-parser.js';
import { isNotFound } from './is-not-found.js';
import { NeverThere } from './problem.js';
import { type PersistentOptions, RetryPolicy } from './retry-policy.js';
import { queryString } from './target.js';
import type { Open } from './transport.js';

/** The delay in ms when the server requests none: the one that it promises to request. */
const RETRY_MS = 1000;

/** One commit; `id` is where to continue: the position, or the commit's number in one taskspace's stream. */
export interface ChangeEvent {
  readonly type: 'change';
  readonly id: string;
  readonly change: Change;
}

/** The changes in between are no longer retained: read your copies again, then continue. */
export interface ResetEvent {
  readonly type: 'reset';
  /** The place where the stream continues. */
  readonly position: string;
}

export type FollowedEvent = ChangeEvent | ResetEvent;

export interface EventSource {
  readonly path: string;
  /** Asks the server for the present place. */
  now(signal: AbortSignal | undefined): Promise<string>;
  /** Whether the stream ends with this change. */
  endsWith(change: Change): boolean;
}

/**
 * Ends as the source says, when the signal fires, and when a resource that existed answers
 * 404. Throws ApiError, also when no server was ever there.
 */
export async function* followEvents(
  open: Open,
  source: EventSource,
  since: string | undefined,
  options: PersistentOptions,
): AsyncGenerator<FollowedEvent, void, undefined> {
  const { signal } = options;
  const policy = new RetryPolicy(options);
  let place = since;
  let last: string | null = null;
  let found = false;
  let retryMs = RETRY_MS;
  while (!signal?.aborted) {
    try {
      if (place === undefined) {
        place = await source.now(signal);
        found = true;
      }
      const events = eventsOver(open, {
        path: source.path + (last === null ? queryString({ since: place }) : ''),
        lastEventId: last,
        signal,
        onOpen() {
          policy.succeeded();
          found = true;
        },
        onRetry(ms) {
          retryMs = ms;
        },
      });
      for await (const event of events) {
        if (event.id !== '' && event.id === last) continue;
        const followed = read(event);
        if (followed === null) continue;
        last = event.id || last;
        if (followed.type === 'reset') last = event.id || followed.position;
        yield followed;
        if (signal?.aborted || (followed.type === 'change' && source.endsWith(followed.change))) return;
      }
      await policy.rest(jittered(retryMs));
    } catch (error) {
      if (signal?.aborted || (found && isNotFound(error))) return;
      // A server that was never there is not waited for: the address is more likely to be wrong.
      if (error instanceof NeverThere && !found) throw error;
      await policy.afterFailure(error, found ? retryMs : 0);
    }
  }
}

/** Null for event types that this client does not know: those of later servers. */
function read({ event, data, id }: ServerSentEvent): FollowedEvent | null {
  const value = parse(data);
  if (event === 'reset') return { type: 'reset', position: String(value.position ?? id) };
  if (typeof value.taskspace !== 'string' || !Array.isArray(value.types)) return null;
  return { type: 'change', id, change: value as unknown as Change };
}

function parse(data: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(data);
    if (typeof value === 'object' && value !== null) return { ...value };
  } catch {
    // Reported below, with the data.
  }
  const detail = `An event whose data is no JSON object: ${data.slice(0, 200)}`;
  throw new ApiError({ status: 200, code: 'unexpected_answer', detail });
}
