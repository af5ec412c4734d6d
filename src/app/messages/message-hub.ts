/**
 * Waiting for messages. Each reader reads once; from then on one hub for each taskspace reads for all that
 * wait on it. A change costs one read of the new messages, one filter evaluation per reader, and one body for
 * all with the same query. A waiter that does not match costs one filter evaluation.
 *
 * No reader is given a read that began before its request: what a hub reads goes to readers that had read
 * before it began.
 */

import type { MessagePage } from '../../contract/messages.js';
import { requireLive } from '../../domain/command.js';
import { endedWhileWaiting } from '../../domain/errors.js';
import { jsonDocument } from '../../domain/json.js';
import { EVERY_MESSAGE, passes } from '../../domain/message-filter.js';
import type { Taskspace } from '../../store/ports.js';
import type { ReadAnswer } from '../answer.js';
import { bodyTag, tierOf, type UseCaseContext } from '../context.js';
import type { Subscription, WaitOptions } from '../waiting/change-notifier.js';
import type { MessageQuery } from './message-pages.js';
import { listName, pageJson, readPage } from './message-pages.js';

/** One read of the log, which may be shared. */
interface PollState {
  readonly page: MessagePage;
  /** The taskspace's generation: the tag of the commit that created it. */
  readonly life: string;
  readonly hit: boolean;
  rendered?: ReadAnswer;
}

/** A waiter that has read and found nothing. */
interface Reader {
  readonly query: MessageQuery;
  /** The same for all readers with the same query. */
  readonly key: string;
  readonly life: string;
  /** No message up to this seq matches. */
  seen: number;
  /** With a read that found something; null: the reader must read for itself. */
  resolve(found: PollState | null): void;
  reject(error: unknown): void;
}

/** How many new messages a hub reads at a time; a reader without a match among them reads the rest itself. */
const TAIL_MAX = 501;

export class MessageHubs {
  private readonly hubs = new Map<string, Hub>();

  constructor(private readonly context: UseCaseContext) {}

  /**
   * The page when something matches, else as soon as something does, else an empty one when the time is
   * over. `query` is in ascending order, without `before` and `cursor`. Errors: 404 as soon as the
   * taskspace is deleted.
   */
  async wait(id: string, query: MessageQuery, { waitSeconds, signal }: WaitOptions): Promise<ReadAnswer> {
    const { notifier } = this.context;
    const deadline = performance.now() + waitSeconds * 1000;
    const hub = this.hubs.get(id) ?? new Hub(this.context, id, () => this.hubs.delete(id));
    this.hubs.set(id, hub);
    hub.join();
    let waited = false;
    try {
      for (let before: PollState | null = null, last = waitSeconds <= 0; ; ) {
        const { rounds } = hub;
        const look: PollState = await pollOn(this.context, id, query, before);
        if (before !== null && look.life !== before.life) throw endedWhileWaiting(id);
        before = look;
        if (look.page.items.length > 0 || last) return answerOf(look);
        // A round that began during the read did not include this reader, and the read may lack what the
        // round has found.
        if (hub.rounds !== rounds) continue;
        waited = true;
        const found = await hub.next(query, look, deadline - performance.now(), signal);
        if (found) return answerOf(found);
        await notifier.yieldFairly();
        waited = false;
        last = hub.ended || signal.aborted || performance.now() >= deadline;
      }
    } finally {
      hub.leave();
      if (waited) await notifier.yieldFairly();
    }
  }
}

class Hub {
  /** How many reads it has begun. */
  rounds = 0;
  ended = false;
  private members = 0;
  private readonly readers = new Set<Reader>();
  private readonly watch: Subscription;

  constructor(
    private readonly context: UseCaseContext,
    private readonly id: string,
    private readonly onEmpty: () => void,
  ) {
    this.watch = context.notifier.subscribe(id, 'messages');
    void this.run();
  }

  join(): void {
    this.members++;
  }

  leave(): void {
    if (--this.members > 0) return;
    this.onEmpty();
    this.watch.close();
  }

  /**
   * Resolves with matching messages after the read `look`; null: read again, or the time (ms) is over, or the
   * signal has fired.
   */
  next(
    query: MessageQuery,
    { page, life }: PollState,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<PollState | null> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', giveUp);
        this.readers.delete(reader);
      };
      const giveUp = (): void => reader.resolve(null);
      const reader: Reader = {
        query,
        key: JSON.stringify([listName(this.id, query), query.limit]),
        life,
        seen: page.lastSeq,
        resolve: (found) => {
          end();
          resolve(found);
        },
        reject: (error) => {
          end();
          reject(error);
        },
      };
      const timer = setTimeout(giveUp, timeoutMs);
      signal.addEventListener('abort', giveUp);
      this.readers.add(reader);
      if (signal.aborted || this.ended) giveUp();
    });
  }

  private async run(): Promise<void> {
    while (await this.watch.next()) {
      this.rounds++;
      const readers = [...this.readers];
      if (readers.length === 0) continue;
      const from = readers.reduce((least, { seen }) => Math.min(least, seen), Number.MAX_SAFE_INTEGER);
      const query = {
        ...EVERY_MESSAGE,
        after: from,
        before: null,
        order: 'asc',
        limit: TAIL_MAX,
        cursor: null,
      } as const;
      try {
        const tail = await pollOnce(this.context, this.id, (folder) => readPage(folder, this.id, query));
        this.handOut(tail, readers);
      } catch (error) {
        for (const reader of readers) reader.reject(error);
      }
    }
    this.ended = true;
    this.watch.close();
    for (const reader of this.readers) reader.resolve(null);
  }

  private handOut({ page, life, hit }: PollState, readers: readonly Reader[]): void {
    const looks = new Map<string, PollState>();
    for (const reader of readers) {
      const { query, key, seen } = reader;
      // Another generation, or a journal restored from an older copy: nothing is known of it.
      const sameLog = life === reader.life && page.lastSeq >= seen;
      const known = looks.get(key);
      if (sameLog && known) {
        reader.resolve(known);
        continue;
      }
      const found = page.items
        .filter(({ seq }) => seq > (query.after ?? 0))
        .filter((item) => passes(item, query));
      if (!sameLog || (found.length <= query.limit && page.nextCursor !== null)) {
        reader.resolve(null);
      } else if (found.length > 0) {
        const shown = pageJson(listName(this.id, query), query.limit, found, page.lastSeq);
        const look = { page: shown, life, hit };
        looks.set(key, look);
        reader.resolve(look);
      } else {
        reader.seen = page.lastSeq;
      }
    }
  }
}

/** A reader's own read, from where the previous one has ended. */
function pollOn(
  context: UseCaseContext,
  id: string,
  query: MessageQuery,
  before: PollState | null,
): Promise<PollState> {
  return pollOnce(context, id, (folder) => {
    const seen = before?.page.lastSeq ?? 0;
    // The log of a journal restored from an older copy is shorter.
    const from = seen > folder.state.messages.lastSeq ? 0 : seen;
    return readPage(folder, id, query, from);
  });
}

function pollOnce(
  { l1 }: UseCaseContext,
  id: string,
  read: (folder: Taskspace) => Promise<MessagePage>,
): Promise<PollState> {
  return l1.use(id, async ({ folder }, hit) => {
    requireLive(folder.state);
    const life = folder.state.bornTag;
    return { page: await read(folder), life, hit };
  });
}

function answerOf(look: PollState): ReadAnswer {
  look.rendered ??= render(look);
  return look.rendered;
}

function render({ page, hit }: PollState): ReadAnswer {
  const body = Buffer.from(jsonDocument(page));
  return { body, etag: bodyTag(body), cache: tierOf(hit) };
}
