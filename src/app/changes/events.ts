/**
 * `GET /api/events` and `GET …/:id/events`: following the server, or one taskspace, from any place
 * and on any worker.
 *
 * Each followed taskspace has one hub here, and so has the server; without followers there is none. A hub
 * subscribes to changes before the first read of its source, so none is missed.
 */
import { TaskspaceError, taskspaceNotFound } from '../../domain/errors.js';
import type { Feed } from '../../store/ports.js';
import { type Position, parsePosition, positionText } from '../../store/position.js';
import { maySee, requireAccess, requireScope } from '../access.js';
import type { Caller } from '../caller.js';
import { openingFrame } from './event-frame.js';
import { EventHub, type EventSink } from './event-hub.js';
import type { FeedPagesDeps } from './feed-pages.js';
import { ServerEvents } from './server-events.js';
import { type LogPlace, TaskspaceEvents } from './taskspace-events.js';

export type EventUseCases = Pick<Events, 'ofServer' | 'ofTaskspace'>;

export interface EventStream {
  /** Bytes that are sent first. */
  readonly opening: Buffer;
  /**
   * Sends whole events, in order, none left out and none twice, until the taskspace is deleted or the signal
   * fires. Rejects when the store fails: the client reconnects where it was.
   */
  run(sink: EventSink, signal: AbortSignal): Promise<void>;
  /** Releases everything, also when it never ran. */
  close(): void;
}

export interface EventsQuery {
  /** The place after which the stream begins, as the client sent it; null: it begins now. */
  readonly after: { readonly text: string; readonly from: 'header' | 'query' } | null;
}

/** Of one worker. Each costs a connection and what its client has not received yet. */
const STREAMS_MAX = 5_000;
const NOW = 'now';

export interface EventsDeps extends FeedPagesDeps {
  readonly feed: FeedPagesDeps['feed'] & Pick<Feed, 'subscribe'>;
  /** Keeps polling the feed until the returned function is called. */
  keepPolling(): () => void;
}

export class Events implements EventUseCases {
  private readonly hubs = new Map<string, EventHub<LogPlace>>();
  private readonly server: EventHub<Position>;
  private readonly serverEvents: ServerEvents;
  private readonly unlisten: () => void;
  private streams = 0;
  private stopPolling: (() => void) | null = null;

  constructor(private readonly deps: EventsDeps) {
    this.serverEvents = new ServerEvents(deps);
    this.server = new EventHub(this.serverEvents);
    this.unlisten = deps.feed.subscribe({
      onChange: ({ id }) => {
        this.hubs.get(id)?.wake();
        this.server.wake();
      },
      onUnreadable: () => {
        for (const hub of this.hubs.values()) hub.wake();
        this.server.wake();
      },
    });
  }

  async ofServer(caller: Caller, { after }: EventsQuery): Promise<EventStream> {
    requireScope(caller, 'read');
    const release = this.enter();
    try {
      const now = await this.serverEvents.newest();
      const from = after === null || after.text === NOW ? now : parsePosition(after.text);
      if (from === null) throw malformed(after, 'a position from an earlier event or answer');
      const sees = caller.globs.includes('*') ? null : (id: string) => maySee(caller, id);
      return {
        opening: openingFrame(from === now ? positionText(now) : null),
        run: (sink, signal) => this.server.follow({ sink, signal, sees }, from).finally(release),
        close: release,
      };
    } catch (error) {
      release();
      throw error;
    }
  }

  async ofTaskspace(caller: Caller, id: string, { after }: EventsQuery): Promise<EventStream> {
    requireAccess(caller, 'read', id);
    const number = commitOf(after);
    const leave = this.enter();
    const hub = this.hubs.get(id) ?? new EventHub<LogPlace>(new TaskspaceEvents(this.deps.l1, id));
    this.hubs.set(id, hub);
    hub.users++;
    const release = once(() => {
      if (--hub.users === 0) this.hubs.delete(id);
      leave();
    });
    try {
      const from = await this.startOf(id, number);
      return {
        opening: openingFrame(number === null ? String(from.commit) : null),
        run: (sink, signal) => hub.follow({ sink, signal, sees: null }, from).finally(release),
        close: release,
      };
    } catch (error) {
      release();
      throw error;
    }
  }

  close(): void {
    this.unlisten();
    this.stopPolling?.();
  }

  /** The place after commit `number`; null: now; 0: from the beginning of the present generation. */
  private async startOf(id: string, number: number | null): Promise<LogPlace> {
    const events = new TaskspaceEvents(this.deps.l1, id);
    const { newest, lives } = await events.catchUp();
    // A follower of a taskspace that was deleted while it was disconnected still gets the deletion.
    const missesItsEnd = number !== null && number > 0 && number < newest.commit;
    if (lives === 'none' && !missesItsEnd) throw taskspaceNotFound(id);
    if (number === null) return newest;
    if (number === 0 && lives === 'several') return events.beforeBirth();
    return { commit: number, id: null };
  }

  /** Counts a stream, and returns the function that uncounts it. */
  private enter(): () => void {
    if (this.streams >= STREAMS_MAX) throw tooMany();
    this.streams++;
    this.stopPolling ??= this.deps.keepPolling();
    return once(() => {
      if (--this.streams > 0) return;
      this.stopPolling?.();
      this.stopPolling = null;
    });
  }
}

function commitOf(after: EventsQuery['after']): number | null {
  if (after === null || after.text === NOW) return null;
  if (/^\d{1,15}$/.test(after.text)) return Number(after.text);
  throw malformed(after, 'the number of a commit of this taskspace');
}

function malformed(after: EventsQuery['after'], wanted: string): TaskspaceError {
  if (after?.from === 'header')
    return new TaskspaceError(
      'invalid_header',
      `Last-Event-ID must be the id of an earlier event: ${wanted}.`,
    );
  return new TaskspaceError('invalid_query', `\`since\` must be ${wanted}, or \`now\`.`);
}

function tooMany(): TaskspaceError {
  return new TaskspaceError(
    'overloaded',
    `${STREAMS_MAX} event streams are open at this worker. Close some, or use GET /api/changes.`,
  );
}

function once(run: () => void): () => void {
  let done = false;
  return () => {
    if (!done) run();
    done = true;
  };
}
